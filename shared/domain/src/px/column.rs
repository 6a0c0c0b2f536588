//! The fields by which lists are filtered and sorted, and their values in comparable form.

use super::custom::value_type;
use super::field::{GENDERS, PxField, PxFieldSource, PxFieldType, USER_TYPES};
use super::row::PxRow;
use super::value::{SentValue, default_choice, parse_value};
use super::{PxObject, identify::find_flat_field};
use crate::schema::metadata::{Field, Object};
use crate::values::{Decimal, Value};

/// The prefix of custom attributes, which may be left out.
const CUSTOM_PREFIX: &str = "customattributes.";

/// A default field or a custom attribute.
#[derive(Debug, Clone, Copy)]
pub(super) enum Column<'m> {
    Default(&'static PxField),
    Custom(&'m Field),
}

/// A comparable value. Values of one column are of one kind, apart from [`Self::Null`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cell {
    /// A custom attribute that is no text and has no value.
    Null,
    Bool(bool),
    /// Also dates, as milliseconds.
    Number(Decimal),
    /// A text without blanks at its ends, in lower case.
    Text(String),
    List(Vec<String>),
}

impl<'m> Column<'m> {
    /// The column of a name, ignoring case: dotted, or flat as in the list of attributes.
    pub(super) fn resolve(name: &str, object: PxObject, custom: &'m Object) -> Option<Self> {
        let is_column = |field: &&PxField| {
            !matches!(field.source, PxFieldSource::CustomAttributes | PxFieldSource::Null)
        };
        let by_path = || object.fields().iter().find(|field| field.path.eq_ignore_ascii_case(name));
        let lower = name.to_ascii_lowercase();
        let flat = lower.strip_prefix("location.").unwrap_or(&lower);
        let flat = if flat == "cityname" { "city" } else { flat };
        if let Some(field) = by_path().or_else(|| find_flat_field(object, flat)).filter(is_column) {
            return Some(Self::Default(field));
        }
        custom.field(lower.strip_prefix(CUSTOM_PREFIX).unwrap_or(&lower)).map(Self::Custom)
    }

    pub(super) fn kind(self) -> PxFieldType {
        match self {
            Self::Default(field) => field.kind,
            Self::Custom(field) => value_type(field),
        }
    }

    /// The value of a row.
    pub(super) fn cell(self, row: &PxRow<'_>) -> Cell {
        match self {
            Self::Default(field) => {
                row.value(field).map_or_else(|| empty_cell(field.kind), |value| Cell::new(&value))
            }
            Self::Custom(field) => match (row.custom_value(field), value_type(field)) {
                (Some(value), _) => Cell::new(value),
                (None, PxFieldType::Text(_)) => Cell::Text(String::new()),
                (None, _) => Cell::Null,
            },
        }
    }

    /// The value that a text in a filter stands for; `None` if it is none of the column's type.
    pub(super) fn parse_operand(self, text: &str) -> Option<Cell> {
        match self.kind() {
            PxFieldType::Text(_)
            | PxFieldType::TextList
            | PxFieldType::UserType
            | PxFieldType::Gender => Some(Cell::Text(fold(text))),
            PxFieldType::Date if Decimal::parse(text)?.to_i64() == Some(0) => {
                Some(Cell::Number(0.into()))
            }
            PxFieldType::Integer => Decimal::parse(text).map(Cell::Number),
            kind => match parse_value(kind, &text.into()) {
                Ok(SentValue::Set(value)) => Some(Cell::new(&value)),
                _ => None,
            },
        }
    }
}

impl Cell {
    fn new(value: &Value) -> Self {
        match value {
            Value::Text(text) => Self::Text(fold(text)),
            Value::Bool(flag) => Self::Bool(*flag),
            Value::Number(number) => Self::Number(number.clone()),
            Value::List(texts) => Self::List(texts.iter().map(|text| fold(text)).collect()),
        }
    }
}

/// The value that an empty default field is compared as: the one that answers print.
fn empty_cell(kind: PxFieldType) -> Cell {
    match kind {
        PxFieldType::Text(_) => Cell::Text(String::new()),
        PxFieldType::Integer | PxFieldType::Float | PxFieldType::Number | PxFieldType::Date => {
            Cell::Number(0.into())
        }
        PxFieldType::Boolean => Cell::Bool(false),
        PxFieldType::TextList => Cell::List(Vec::new()),
        PxFieldType::UserType => Cell::Text(fold(default_choice(&USER_TYPES))),
        PxFieldType::Gender => Cell::Text(fold(default_choice(&GENDERS))),
    }
}

/// The form in which texts are compared.
pub(super) fn fold(text: &str) -> String {
    text.trim().to_lowercase()
}
