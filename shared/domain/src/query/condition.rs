//! Conditions of queries: the values of a condition are parsed once by its field's type, then
//! tested on each row.

use std::ops::Bound;

use serde_json::Value as Json;

use super::request::ConditionRequest;
use super::scalar::Scalar;
use super::{Column, Operator, RelatedRows};
use crate::fault::truncate_value;
use crate::ids::gsid;
use crate::ids::tenant_ids::TenantIds;
use crate::objects::{ObjectCode, ObjectFault};
use crate::people::view::View;
use crate::schema::metadata::{Field, is_dropdown};
use crate::values::{self, FieldType, Value};

/// A condition on one column.
#[derive(Debug)]
pub struct Condition<'m> {
    pub(super) column: Column<'m>,
    pub(super) test: ConditionTest,
    /// Whether the condition holds for rows that fail the test.
    pub(super) is_negated: bool,
}

/// The test of a value.
#[derive(Debug)]
pub(super) enum ConditionTest {
    /// Compares with a value that no field of the type can hold, so nothing passes (contract:
    /// query#values-that-no-field-can-hold).
    Never,
    Null,
    Equal(WantedValues),
    Between(Bound<Scalar>, Bound<Scalar>),
    /// Compares with a text in lower case.
    Text(TextMatch, String),
}

#[derive(Debug, Clone, Copy)]
pub(super) enum TextMatch {
    Contains,
    StartsWith,
    EndsWith,
}

/// The values of which a row must have one; of a list, with `all_of_list`, no others.
#[derive(Debug, Default)]
pub(super) struct WantedValues {
    pub(super) null: bool,
    pub(super) scalars: Vec<Scalar>,
    /// The GSIDs of dropdown items.
    pub(super) items: Vec<String>,
    pub(super) all_of_list: bool,
}

impl<'m> Condition<'m> {
    /// Checks the values of a condition on a column.
    pub(super) fn from_request(
        request: &ConditionRequest,
        column: Column<'m>,
    ) -> Result<Self, ObjectFault> {
        let reader = ConditionReader { request, field: column.field };
        let test = reader.read_test()?;
        let is_negated = matches!(
            request.operator,
            Operator::Ne | Operator::DoesNotContain | Operator::IsNotNull
        );
        Ok(Self { column, test, is_negated })
    }

    /// Whether a row meets the condition.
    pub(super) fn matches(
        &self,
        view: View<'_>,
        related: &RelatedRows,
        tenant_ids: &TenantIds,
    ) -> bool {
        let value = self.column.value(view, related);
        self.matches_value(value.as_deref(), self.column.field, tenant_ids)
    }

    /// Whether a value of the field meets the condition.
    pub(super) fn matches_value(
        &self,
        value: Option<&Value>,
        field: &Field,
        tenant_ids: &TenantIds,
    ) -> bool {
        self.test.matches(value, field, tenant_ids) != self.is_negated
    }

    /// The values of which a matching row must have one in this column, if there are any.
    pub(super) fn required_values(&self) -> Option<&[Scalar]> {
        match &self.test {
            ConditionTest::Equal(wanted)
                if !self.is_negated && !wanted.null && wanted.items.is_empty() =>
            {
                let single = self.column.field.kind != FieldType::MultiSelectDropdownList;
                single.then_some(&wanted.scalars)
            }
            _ => None,
        }
    }

    /// The [`Self::required_values`] of a field that holds ids.
    pub(super) fn required_texts(&self) -> Option<Vec<String>> {
        let values = self.required_values()?.iter();
        let text = |value: &Scalar| match value {
            Scalar::Text(text) => Some(text.clone()),
            Scalar::Bool(_) | Scalar::Number(_) => None,
        };
        values.map(text).collect()
    }

    /// The texts between which a matching row is, both included, if it must be.
    pub(super) fn text_bounds(&self) -> Option<(Option<&str>, Option<&str>)> {
        match &self.test {
            ConditionTest::Between(from, to) if !self.is_negated => {
                Some((bound_text(from), bound_text(to)))
            }
            _ => None,
        }
    }

    /// Whether no row can meet the condition.
    pub(super) fn is_never(&self) -> bool {
        let never = match &self.test {
            ConditionTest::Never => true,
            ConditionTest::Equal(wanted) => {
                !wanted.null && wanted.scalars.is_empty() && wanted.items.is_empty()
            }
            _ => false,
        };
        never && !self.is_negated
    }
}

fn bound_text(bound: &Bound<Scalar>) -> Option<&str> {
    match bound {
        Bound::Included(Scalar::Text(text)) | Bound::Excluded(Scalar::Text(text)) => Some(text),
        _ => None,
    }
}

/// Parses the values of a condition by the type of its field.
struct ConditionReader<'a> {
    request: &'a ConditionRequest,
    field: &'a Field,
}

impl ConditionReader<'_> {
    fn read_test(&self) -> Result<ConditionTest, ObjectFault> {
        let operator = self.request.operator;
        if !operator.applies_to(self.field.kind) {
            return Err(self.build_fault(ObjectCode::Invalid, &operator.as_str().into()));
        }
        Ok(match operator {
            Operator::IsNull | Operator::IsNotNull => ConditionTest::Null,
            Operator::Eq | Operator::Ne | Operator::In => ConditionTest::Equal(self.read_wanted()?),
            Operator::Lt | Operator::Lte | Operator::Gt | Operator::Gte | Operator::Between => {
                self.read_between()?.unwrap_or(ConditionTest::Never)
            }
            Operator::Contains | Operator::DoesNotContain => {
                ConditionTest::Text(TextMatch::Contains, self.read_text()?)
            }
            Operator::StartsWith => ConditionTest::Text(TextMatch::StartsWith, self.read_text()?),
            Operator::EndsWith => ConditionTest::Text(TextMatch::EndsWith, self.read_text()?),
        })
    }

    fn read_wanted(&self) -> Result<WantedValues, ObjectFault> {
        let values = self.request.values.iter().map(|raw| self.parse_value(raw));
        let values = values.collect::<Result<Vec<_>, _>>()?;
        let values: Vec<_> = values.into_iter().flatten().collect();
        Ok(WantedValues::from_values(self.field, &values, self.request.operator != Operator::In))
    }

    /// The test for values between two bounds; `None` if a bound is not a value of the type.
    fn read_between(&self) -> Result<Option<ConditionTest>, ObjectFault> {
        use Bound::{Excluded, Included, Unbounded};
        let first = self.read_bound(0)?;
        let (from, to) = match self.request.operator {
            Operator::Lt => (Some(Unbounded), first.map(Excluded)),
            Operator::Lte => (Some(Unbounded), first.map(Included)),
            Operator::Gt => (first.map(Excluded), Some(Unbounded)),
            Operator::Gte => (first.map(Included), Some(Unbounded)),
            _ => (first.map(Included), self.read_bound(1)?.map(Included)),
        };
        Ok(from.zip(to).map(|(from, to)| ConditionTest::Between(from, to)))
    }

    fn read_bound(&self, at: usize) -> Result<Option<Scalar>, ObjectFault> {
        let raw = self.request.values.get(at).unwrap_or(&Json::Null);
        let Some(value) = self.parse_value(raw)? else { return Ok(None) };
        let value = value.ok_or_else(|| self.build_fault(ObjectCode::Invalid, raw))?;
        Ok(Some(Scalar::from_value(self.field.kind, &value)))
    }

    /// A part of a text, in lower case; it need not be a valid value.
    fn read_text(&self) -> Result<String, ObjectFault> {
        let raw = self.request.values.first().unwrap_or(&Json::Null);
        let text = raw.as_str().filter(|text| !text.is_empty());
        let text = text.ok_or_else(|| self.build_fault(ObjectCode::Invalid, raw))?;
        Ok(text.to_lowercase())
    }

    /// Parses a value or null; `None` for a text that no field of the type can hold.
    fn parse_value(&self, raw: &Json) -> Result<Option<Option<Value>>, ObjectFault> {
        let kind = self.field.kind;
        match values::parse(kind, self.field.max_length, raw) {
            Ok(value) => Ok(Some(value)),
            Err(_) if is_comparable_text(kind, raw) => Ok(None),
            Err(code) => Err(self.build_fault(ObjectCode::from_code(code, kind), raw)),
        }
    }

    fn build_fault(&self, code: ObjectCode, value: &Json) -> ObjectFault {
        ObjectFault { code, field: self.request.name.clone(), value: truncate_value(value.clone()) }
    }
}

/// Whether the value is text for a text type, whatever its form: it may be compared.
fn is_comparable_text(kind: FieldType, raw: &Json) -> bool {
    match kind {
        FieldType::Boolean
        | FieldType::Number
        | FieldType::Currency
        | FieldType::Percentage
        | FieldType::Date
        | FieldType::DateTime => false,
        FieldType::MultiSelectDropdownList => match raw {
            Json::Array(list) => list.iter().all(|item| item.is_string() || item.is_null()),
            single => single.is_string(),
        },
        FieldType::String
        | FieldType::RichTextArea
        | FieldType::Email
        | FieldType::Url
        | FieldType::Gsid
        | FieldType::Sfdcid
        | FieldType::Picklist => raw.is_string(),
    }
}

impl ConditionTest {
    fn matches(&self, value: Option<&Value>, field: &Field, tenant_ids: &TenantIds) -> bool {
        let is_between = |from, to, value| {
            let scalar = Scalar::from_value(field.kind, value);
            std::ops::RangeBounds::contains(&(from, to), &scalar)
        };
        match (self, value) {
            (Self::Never, _) => false,
            (Self::Null, value) => value.is_none(),
            (Self::Equal(wanted), None) => wanted.null,
            (Self::Equal(wanted), Some(value)) => wanted.contains_value(field, value, tenant_ids),
            (Self::Between(from, to), Some(value)) => {
                is_between(Bound::as_ref(from), Bound::as_ref(to), value)
            }
            (Self::Text(text_match, wanted), Some(Value::Text(text))) => {
                text_match.matches(text, wanted)
            }
            (Self::Text(text_match, wanted), Some(Value::List(list))) => {
                list.iter().any(|text| text_match.matches(text, wanted))
            }
            (Self::Between(..) | Self::Text(..), _) => false,
        }
    }
}

impl TextMatch {
    fn matches(self, text: &str, wanted: &str) -> bool {
        let text = text.to_lowercase();
        match self {
            Self::Contains => text.contains(wanted),
            Self::StartsWith => text.starts_with(wanted),
            Self::EndsWith => text.ends_with(wanted),
        }
    }
}

impl WantedValues {
    fn from_values(field: &Field, values: &[Option<Value>], all: bool) -> Self {
        let mut wanted =
            Self { null: values.iter().any(Option::is_none), all_of_list: all, ..Self::default() };
        let scalars =
            values.iter().flatten().flat_map(|value| Scalar::list_from_value(field.kind, value));
        for scalar in scalars {
            match scalar {
                Scalar::Text(id) if is_dropdown(field.kind) && gsid::is_dropdown_item(&id) => {
                    wanted.items.push(id);
                }
                scalar => wanted.scalars.push(scalar),
            }
        }
        wanted.scalars.sort_unstable();
        wanted.scalars.dedup();
        wanted
    }

    fn contains_value(&self, field: &Field, value: &Value, tenant_ids: &TenantIds) -> bool {
        let scalars = Scalar::list_from_value(field.kind, value);
        let is_wanted = |scalar: &Scalar| {
            self.scalars.binary_search(scalar).is_ok()
                || self.contains_item(field, scalar, tenant_ids)
        };
        match value {
            Value::List(_) if self.all_of_list => {
                scalars.len() == self.scalars.len() + self.items.len()
                    && scalars.iter().all(is_wanted)
            }
            _ => scalars.iter().any(is_wanted),
        }
    }

    /// Whether a label is that of a wanted item, whose GSID is derived from its label.
    fn contains_item(&self, field: &Field, label: &Scalar, tenant_ids: &TenantIds) -> bool {
        match (label, field.category.as_deref()) {
            (Scalar::Text(label), Some(category)) if !self.items.is_empty() => {
                self.items.contains(&tenant_ids.dropdown_item_gsid(category, label))
            }
            _ => false,
        }
    }
}
