//! Field values: which JSON each type accepts (contract: fields), how it is stored, and how GET
//! shows it (contract: get#printed-person).
//!
//! A value is checked here once, on input; a `Value` is always valid. [`parse`] reads back whatever
//! [`to_json`] returns.

mod boolean;
mod date;
mod date_text;
mod decimal;
mod email;
mod field_type;
mod id;
mod number;
mod picklist;
mod text;
mod url;

#[cfg(test)]
mod cases;
#[cfg(test)]
mod properties;

use std::fmt;

use serde_json::Value as Json;

use crate::code::Code;

pub use date::format_datetime;
pub use decimal::Decimal;
pub(crate) use email::is_email;
pub use field_type::FieldType;

/// A valid value as it is stored.
#[derive(Clone, PartialEq)]
pub enum Value {
    /// Any text type, also ids and labels, as sent; an email trimmed.
    Text(String),
    Bool(bool),
    /// NUMBER, CURRENCY, PERCENTAGE; DATE and DATETIME as milliseconds since 1970-01-01 UTC.
    Number(Decimal),
    /// MULTISELECTDROPDOWNLIST: labels or item ids, at least one, each once, in the order sent.
    List(Vec<String>),
}

/// Prints the kind and size alone, because a value may be personal data.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "Value::Text(<{} chars>)", text.chars().count()),
            Self::Bool(_) => f.write_str("Value::Bool(<hidden>)"),
            Self::Number(number) => write!(f, "Value::Number({number:?})"),
            Self::List(items) => write!(f, "Value::List(<{} items>)", items.len()),
        }
    }
}

/// Parses a value for a field of this type (contract: fields#empty-text); null and `""` are `None`.
///
/// `max_length` is the field's length from the metadata in code points, per item for a list. It
/// limits the text types and labels; the forms of other types have limits of their own.
///
/// # Errors
///
/// The type's own code for a wrong form, JSON type or length; `NumberRange` above 1e15;
/// `CurrencyComma` for commas that do not group thousands.
pub fn parse(kind: FieldType, max_length: usize, raw: &Json) -> Result<Option<Value>, Code> {
    if raw.is_null() || raw.as_str() == Some("") {
        return Ok(None);
    }
    let value = match kind {
        FieldType::Boolean => Value::Bool(boolean::parse_boolean(raw)?),
        FieldType::Number => Value::Number(number::parse_number(raw)?),
        FieldType::Currency => Value::Number(number::parse_currency(raw)?),
        FieldType::Percentage => Value::Number(number::parse_percentage(raw)?),
        FieldType::Date => Value::Number(date::parse_date(raw)?.into()),
        FieldType::DateTime => Value::Number(date::parse_datetime(raw)?.into()),
        FieldType::String | FieldType::RichTextArea => {
            Value::Text(text::parse_text(raw, max_length)?)
        }
        FieldType::Email => Value::Text(email::parse_email(raw, max_length)?),
        FieldType::Url => Value::Text(url::parse_url(raw, max_length)?),
        FieldType::Gsid => Value::Text(id::parse_gsid(raw)?),
        FieldType::Sfdcid => Value::Text(id::parse_sfdcid(raw)?),
        FieldType::Picklist => Value::Text(picklist::parse_label(raw, max_length)?),
        FieldType::MultiSelectDropdownList => {
            return Ok(picklist::parse_labels(raw, max_length)?.map(Value::List));
        }
    };
    Ok(Some(value))
}

/// The value as GET shows it (contract: get#printed-person, get#printed-dates): typed JSON, dates
/// as text in UTC.
#[must_use]
pub fn to_json(kind: FieldType, value: &Value) -> Json {
    match value {
        Value::Text(text) => Json::from(text.as_str()),
        Value::Bool(flag) => Json::from(*flag),
        Value::List(items) => Json::from(items.as_slice()),
        Value::Number(number) => match (kind, number.to_i64()) {
            (FieldType::Date, Some(millis)) => Json::from(date::format_date(millis)),
            (FieldType::DateTime, Some(millis)) => Json::from(format_datetime(millis)),
            _ => number.to_json(),
        },
    }
}
