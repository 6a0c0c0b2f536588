//! One condition: its values are read by the field's type once, then asked of each row.

use std::ops::Bound;

use serde_json::Value as Json;

use super::request::Asked;
use super::scalar::Scalar;
use super::{Column, Operator, Related};
use crate::fault::shown;
use crate::ids::gsid;
use crate::ids::mint::Mint;
use crate::objects::{ObjectCode, ObjectFault};
use crate::people::view::View;
use crate::schema::metadata::{Field, is_dropdown};
use crate::values::{self, FieldType, Value};

/// A condition on one column.
#[derive(Debug)]
pub struct Condition<'m> {
    pub(super) column: Column<'m>,
    test: Test,
    /// What is true of a row of which the test is not.
    not: bool,
}

/// What is asked of a value.
#[derive(Debug)]
enum Test {
    /// Of a value that no field of the type can hold (contract:
    /// query#values-that-no-field-can-hold).
    Never,
    Null,
    Equal(Wanted),
    Between(Bound<Scalar>, Bound<Scalar>),
    /// A text in lower case.
    Text(How, String),
}

#[derive(Debug, Clone, Copy)]
enum How {
    Contains,
    Starts,
    Ends,
}

/// The values of which one has to be there; of a list, with `all`, no other.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub(super) null: bool,
    pub(super) scalars: Vec<Scalar>,
    /// Dropdown items by GSID.
    pub(super) items: Vec<String>,
    all: bool,
}

impl<'m> Condition<'m> {
    /// The condition on a column.
    pub(super) fn of(asked: &Asked, column: Column<'m>) -> Result<Self, ObjectFault> {
        let reader = Reader { asked, field: column.field };
        let test = reader.test()?;
        let not =
            matches!(asked.operator, Operator::Ne | Operator::DoesNotContain | Operator::IsNotNull);
        Ok(Self { column, test, not })
    }

    /// Whether it is true of a row.
    pub(super) fn holds(&self, view: View<'_>, related: &Related, mint: &Mint) -> bool {
        let value = self.column.value(view, related);
        self.test.holds(value.as_deref(), self.column.field, mint) != self.not
    }

    /// The values of which a row must have one in this column, if there are such.
    pub(super) fn one_of(&self) -> Option<&[Scalar]> {
        match &self.test {
            Test::Equal(wanted) if !self.not && !wanted.null && wanted.items.is_empty() => {
                let single = self.column.field.kind != FieldType::MultiSelectDropdownList;
                single.then_some(&wanted.scalars)
            }
            _ => None,
        }
    }

    /// Whether it is true of no row at all.
    pub(super) fn is_never(&self) -> bool {
        let never = match &self.test {
            Test::Never => true,
            Test::Equal(wanted) => {
                !wanted.null && wanted.scalars.is_empty() && wanted.items.is_empty()
            }
            _ => false,
        };
        never && !self.not
    }
}

/// Reads the values of a condition by the type of its field.
struct Reader<'a> {
    asked: &'a Asked,
    field: &'a Field,
}

impl Reader<'_> {
    fn test(&self) -> Result<Test, ObjectFault> {
        let operator = self.asked.operator;
        if !operator.fits(self.field.kind) {
            return Err(self.fault(ObjectCode::Invalid, &operator.as_str().into()));
        }
        Ok(match operator {
            Operator::IsNull | Operator::IsNotNull => Test::Null,
            Operator::Eq | Operator::Ne | Operator::In => Test::Equal(self.wanted()?),
            Operator::Lt | Operator::Lte | Operator::Gt | Operator::Gte | Operator::Btw => {
                self.between()?.unwrap_or(Test::Never)
            }
            Operator::Contains | Operator::DoesNotContain => {
                Test::Text(How::Contains, self.text()?)
            }
            Operator::StartsWith => Test::Text(How::Starts, self.text()?),
            Operator::EndsWith => Test::Text(How::Ends, self.text()?),
        })
    }

    fn wanted(&self) -> Result<Wanted, ObjectFault> {
        let values = self.asked.values.iter().map(|raw| self.parse(raw));
        let values = values.collect::<Result<Vec<_>, _>>()?;
        let values: Vec<_> = values.into_iter().flatten().collect();
        Ok(Wanted::of(self.field, &values, self.asked.operator != Operator::In))
    }

    /// The test for values between two bounds; none when a bound is no value of the type.
    fn between(&self) -> Result<Option<Test>, ObjectFault> {
        use Bound::{Excluded, Included, Unbounded};
        let first = self.bound(0)?;
        let (from, to) = match self.asked.operator {
            Operator::Lt => (Some(Unbounded), first.map(Excluded)),
            Operator::Lte => (Some(Unbounded), first.map(Included)),
            Operator::Gt => (first.map(Excluded), Some(Unbounded)),
            Operator::Gte => (first.map(Included), Some(Unbounded)),
            _ => (first.map(Included), self.bound(1)?.map(Included)),
        };
        Ok(from.zip(to).map(|(from, to)| Test::Between(from, to)))
    }

    fn bound(&self, at: usize) -> Result<Option<Scalar>, ObjectFault> {
        let raw = self.asked.values.get(at).unwrap_or(&Json::Null);
        let Some(value) = self.parse(raw)? else { return Ok(None) };
        let value = value.ok_or_else(|| self.fault(ObjectCode::Invalid, raw))?;
        Ok(Some(Scalar::one(self.field.kind, &value)))
    }

    /// A part of a text, in lower case: it need not have the form of the whole.
    fn text(&self) -> Result<String, ObjectFault> {
        let raw = self.asked.values.first().unwrap_or(&Json::Null);
        let text = raw.as_str().filter(|text| !text.is_empty());
        let text = text.ok_or_else(|| self.fault(ObjectCode::Invalid, raw))?;
        Ok(text.to_lowercase())
    }

    /// A value, null too; none for a text that no field of the type can hold.
    fn parse(&self, raw: &Json) -> Result<Option<Option<Value>>, ObjectFault> {
        let kind = self.field.kind;
        match values::parse(kind, self.field.max_length, raw) {
            Ok(value) => Ok(Some(value)),
            Err(_) if is_text(kind, raw) => Ok(None),
            Err(code) => Err(self.fault(ObjectCode::of(code, kind), raw)),
        }
    }

    fn fault(&self, code: ObjectCode, value: &Json) -> ObjectFault {
        ObjectFault { code, field: self.asked.name.clone(), value: shown(value.clone()) }
    }
}

/// Whether what was sent is text for a type of texts, whatever their form: it may be compared.
fn is_text(kind: FieldType, raw: &Json) -> bool {
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

impl Test {
    fn holds(&self, value: Option<&Value>, field: &Field, mint: &Mint) -> bool {
        let is_between = |from, to, value| {
            let scalar = Scalar::one(field.kind, value);
            std::ops::RangeBounds::contains(&(from, to), &scalar)
        };
        match (self, value) {
            (Self::Never, _) => false,
            (Self::Null, value) => value.is_none(),
            (Self::Equal(wanted), None) => wanted.null,
            (Self::Equal(wanted), Some(value)) => wanted.has(field, value, mint),
            (Self::Between(from, to), Some(value)) => {
                is_between(Bound::as_ref(from), Bound::as_ref(to), value)
            }
            (Self::Text(how, wanted), Some(Value::Text(text))) => how.fits(text, wanted),
            (Self::Text(how, wanted), Some(Value::List(list))) => {
                list.iter().any(|text| how.fits(text, wanted))
            }
            (Self::Between(..) | Self::Text(..), _) => false,
        }
    }
}

impl How {
    fn fits(self, text: &str, wanted: &str) -> bool {
        let text = text.to_lowercase();
        match self {
            Self::Contains => text.contains(wanted),
            Self::Starts => text.starts_with(wanted),
            Self::Ends => text.ends_with(wanted),
        }
    }
}

impl Wanted {
    fn of(field: &Field, values: &[Option<Value>], all: bool) -> Self {
        let mut wanted = Self { null: values.iter().any(Option::is_none), all, ..Self::default() };
        let scalars = values.iter().flatten().flat_map(|value| Scalar::all(field.kind, value));
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

    fn has(&self, field: &Field, value: &Value, mint: &Mint) -> bool {
        let held = Scalar::all(field.kind, value);
        let wants = |held: &Scalar| {
            self.scalars.binary_search(held).is_ok() || self.has_item(field, held, mint)
        };
        match value {
            Value::List(_) if self.all => {
                held.len() == self.scalars.len() + self.items.len() && held.iter().all(wants)
            }
            _ => held.iter().any(wants),
        }
    }

    /// Whether a label is that of a wanted item: an item's GSID follows from its label.
    fn has_item(&self, field: &Field, label: &Scalar, mint: &Mint) -> bool {
        match (label, field.category.as_deref()) {
            (Scalar::Text(label), Some(category)) if !self.items.is_empty() => {
                self.items.contains(&mint.dropdown_item(category, label))
            }
            _ => false,
        }
    }
}
