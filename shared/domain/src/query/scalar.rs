//! Values in the form in which queries compare and order them.

use crate::ids::email;
use crate::values::{Decimal, FieldType, Value};

/// One comparable value. Values of a type are ordered as numbers, as times or by code points.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Scalar {
    /// False comes before true.
    Bool(bool),
    /// Also dates, as milliseconds.
    Number(Decimal),
    /// A text as lookups compare it: trimmed, an email by its key; a label exactly.
    Text(String),
}

impl Scalar {
    /// The scalars of a value: the items of a list in order, or the one value.
    pub(super) fn list_from_value(kind: FieldType, value: &Value) -> Vec<Self> {
        match value {
            Value::Bool(flag) => vec![Self::Bool(*flag)],
            Value::Number(number) => vec![Self::Number(number.clone())],
            Value::Text(text) => vec![Self::from_text(kind, text)],
            Value::List(list) => list.iter().map(|item| Self::from_text(kind, item)).collect(),
        }
    }

    /// A value as one scalar: a list as its joined labels.
    pub(super) fn from_value(kind: FieldType, value: &Value) -> Self {
        match value {
            Value::List(list) => Self::Text(list.join(";")),
            Value::Bool(flag) => Self::Bool(*flag),
            Value::Number(number) => Self::Number(number.clone()),
            Value::Text(text) => Self::from_text(kind, text),
        }
    }

    fn from_text(kind: FieldType, text: &str) -> Self {
        Self::Text(match kind {
            FieldType::Email => email::comparable_text(text),
            FieldType::Picklist | FieldType::MultiSelectDropdownList => text.to_owned(),
            _ => text.trim().to_owned(),
        })
    }

    /// The bytes of its text.
    pub(super) fn text_bytes(&self) -> usize {
        match self {
            Self::Bool(_) => 0,
            Self::Number(number) => number.as_str().len(),
            Self::Text(text) => text.len(),
        }
    }

    /// The text in lookup entries, see [`crate::objects::record::comparable_text`].
    pub(super) fn to_index_text(&self) -> String {
        match self {
            Self::Bool(flag) => flag.to_string(),
            Self::Number(number) => number.as_str().to_owned(),
            Self::Text(text) => text.trim().to_owned(),
        }
    }
}
