//! Filters on stored fields. Absence and NULL are written out: a field that was never sent reads as
//! the default of its time, and a cleared one is null.

use std::ops::Bound;

use super::texts::is_uncased;
use super::{Comparison, Filter};
use crate::ids::tenant_ids::TenantIds;
use crate::query::condition::{Condition, ConditionTest, TextMatch, WantedValues};
use crate::query::scalar::Scalar;
use crate::schema::metadata::Field;
use crate::values::{Decimal, FieldType, Value};

/// Digits of a number that DynamoDB holds.
const NUMBER_DIGITS_MAX: usize = 38;

/// A filter on the attribute that stores a field; `None` if the condition has no such form.
pub(super) fn filter_field(
    condition: &Condition<'_>,
    field: &Field,
    name: &str,
    tenant_ids: &TenantIds,
) -> Option<Filter> {
    let meets = |value: Option<&Value>| condition.matches_value(value, field, tenant_ids);
    let defaults = field.defaults.iter().map(|default| default.value.as_ref());
    let meets_if_absent = defaults.chain([None]).any(meets);
    let mut parts = Vec::from_iter(filter_value(condition, field, name)?);
    parts.extend(meets(None).then(|| Filter::Null(name.to_owned())));
    parts.extend(meets_if_absent.then(|| Filter::Absent(name.to_owned())));
    // A condition that nothing meets has no form of its own.
    (!parts.is_empty()).then(|| Filter::any(parts))
}

/// A filter that lets through every stored value that meets the condition; `Some(None)` if none
/// does.
fn filter_value(condition: &Condition<'_>, field: &Field, name: &str) -> Option<Option<Filter>> {
    let kind = field.kind;
    match (&condition.test, condition.is_negated) {
        // The key of an email is stored elsewhere than its text, and compared by other rules.
        _ if kind == FieldType::Email => None,
        (ConditionTest::Null, false) => Some(None),
        (ConditionTest::Null, true) => Some(Some(Filter::Exists(name.to_owned()))),
        (ConditionTest::Equal(wanted), false) => filter_equal(wanted, kind, name),
        (ConditionTest::Equal(wanted), true) => filter_not_equal(wanted, kind, name).map(Some),
        (ConditionTest::Between(from, to), false) => filter_between(from, to, name).map(Some),
        (ConditionTest::Text(text_match, text), false) if has_single_text(kind) => {
            is_uncased(text).then(|| Some(text_match.to_filter(name, text)))
        }
        (ConditionTest::Never | ConditionTest::Between(..) | ConditionTest::Text(..), _) => None,
    }
}

fn filter_equal(wanted: &WantedValues, kind: FieldType, name: &str) -> Option<Option<Filter>> {
    if !wanted.items.is_empty() {
        return None;
    }
    if wanted.scalars.is_empty() {
        return Some(None);
    }
    let contains = |scalar: &Scalar| match scalar {
        Scalar::Text(text) if !text.is_empty() => {
            Some(Filter::Contains(name.to_owned(), text.clone()))
        }
        _ => None,
    };
    let filter = match kind {
        FieldType::MultiSelectDropdownList => {
            let parts = wanted.scalars.iter().map(contains).collect::<Option<Vec<_>>>()?;
            if wanted.all_of_list { Filter::all(parts) } else { Filter::any(parts) }
        }
        _ if is_compared_exactly(kind) => {
            let values = wanted.scalars.iter().map(exact_value).collect::<Option<Vec<_>>>()?;
            Filter::one_of(name, values)
        }
        // Blanks at the ends of the stored text don't count.
        _ => Filter::any(wanted.scalars.iter().map(contains).collect::<Option<Vec<_>>>()?),
    };
    Some(Some(filter))
}

fn filter_not_equal(wanted: &WantedValues, kind: FieldType, name: &str) -> Option<Filter> {
    let is_single = wanted.items.is_empty() && !wanted.null && is_compared_exactly(kind);
    match wanted.scalars.as_slice() {
        _ if wanted.null && wanted.scalars.is_empty() => Some(Filter::Exists(name.to_owned())),
        [only] if is_single => {
            Some(Filter::Compare(name.to_owned(), Comparison::NotEqual, exact_value(only)?))
        }
        _ => None,
    }
}

/// Numbers and dates are ordered in the store as they are here; texts are not.
fn filter_between(from: &Bound<Scalar>, to: &Bound<Scalar>, name: &str) -> Option<Filter> {
    let compare = |scalar: &Scalar, comparison| match scalar {
        Scalar::Number(_) => {
            Some(Filter::Compare(name.to_owned(), comparison, exact_value(scalar)?))
        }
        _ => None,
    };
    let mut parts = Vec::new();
    match from {
        Bound::Included(scalar) => parts.push(compare(scalar, Comparison::GreaterOrEqual)?),
        Bound::Excluded(scalar) => parts.push(compare(scalar, Comparison::Greater)?),
        Bound::Unbounded => {}
    }
    match to {
        Bound::Included(scalar) => parts.push(compare(scalar, Comparison::LessOrEqual)?),
        Bound::Excluded(scalar) => parts.push(compare(scalar, Comparison::Less)?),
        Bound::Unbounded => {}
    }
    (!parts.is_empty()).then(|| Filter::all(parts))
}

impl TextMatch {
    fn to_filter(self, name: &str, text: &str) -> Filter {
        match self {
            Self::StartsWith => Filter::StartsWith(name.to_owned(), text.to_owned()),
            Self::Contains | Self::EndsWith => Filter::Contains(name.to_owned(), text.to_owned()),
        }
    }
}

/// Whether equal values of the type are stored equally.
fn is_compared_exactly(kind: FieldType) -> bool {
    match kind {
        FieldType::Boolean
        | FieldType::Number
        | FieldType::Currency
        | FieldType::Percentage
        | FieldType::Date
        | FieldType::DateTime
        | FieldType::Gsid
        | FieldType::Sfdcid
        | FieldType::Picklist => true,
        FieldType::String
        | FieldType::RichTextArea
        | FieldType::Email
        | FieldType::Url
        | FieldType::MultiSelectDropdownList => false,
    }
}

fn has_single_text(kind: FieldType) -> bool {
    matches!(
        kind,
        FieldType::String
            | FieldType::RichTextArea
            | FieldType::Url
            | FieldType::Gsid
            | FieldType::Sfdcid
            | FieldType::Picklist
    )
}

fn exact_value(scalar: &Scalar) -> Option<Value> {
    match scalar {
        Scalar::Bool(flag) => Some(Value::Bool(*flag)),
        Scalar::Number(number) => is_storable(number).then(|| Value::Number(number.clone())),
        Scalar::Text(text) => (!text.is_empty()).then(|| Value::Text(text.clone())),
    }
}

fn is_storable(number: &Decimal) -> bool {
    number.as_str().bytes().filter(u8::is_ascii_digit).count() <= NUMBER_DIGITS_MAX
}
