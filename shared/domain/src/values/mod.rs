//! Field types: what each accepts (contract: fields), what is kept, and how GET prints it (contract
//! 10).
//!
//! A value is checked here once, at the edge; whoever holds a `Value` need not look again.
//! `parse` reads back whatever `print` gives.

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

/// A checked value as it is kept.
#[derive(Clone, PartialEq)]
pub enum Value {
    /// Any text type, ids and labels too, as sent; an email without blanks around it.
    Text(String),
    /// BOOLEAN.
    Bool(bool),
    /// NUMBER, CURRENCY, PERCENTAGE; DATE and DATETIME as milliseconds since 1970-01-01 UTC.
    Number(Decimal),
    /// MULTISELECTDROPDOWNLIST: labels or item ids, at least one, none twice, in the order sent.
    List(Vec<String>),
}

/// A value may be personal data, so that only its kind and size may reach a log.
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

/// Checks what a caller sent for a field of this type (contract: fields#empty-text); null and `""`
/// are `None`.
///
/// `max_length` is the field's length from the metadata in code points, per item for a list. It
/// bounds the text types and labels; the other types have forms that bound themselves.
///
/// # Errors
///
/// The type's own code for a wrong form, JSON type or length; `NumberRange` beyond 1e15;
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

/// The value as GET prints it (contract: get#printed-person, get#printed-dates): typed JSON, dates
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
