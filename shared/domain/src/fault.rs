//! Validation errors of a row (contract: upsert#failed-single-put, bulk#details).

use serde_json::{Map, Value as Json};

use crate::code::Code;
use crate::ids::email::Email;
use crate::json::truncate_escaped;
use crate::limit;
use crate::values::FieldType;

/// The part of a row that a fault belongs to; the order is that of an answer (contract:
/// bulk#order-of-details).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RowPath {
    /// The person, or the row as a whole.
    Person,
    /// `companies[n]`.
    Company(usize),
    /// `companies[n].relationships[m]`.
    Nested(usize, usize),
    /// `relationships[n]`, directly under the person.
    Direct(usize),
}

/// One validation error of a row.
#[derive(Clone, PartialEq)]
pub struct Fault {
    /// The part that is wrong.
    pub path: RowPath,
    /// The field, or all fields of a key (`Company_ID,Person_ID`); `None` for the row as a whole.
    pub field: Option<String>,
    pub code: Code,
    /// The documented message and the details that the contract appends to it.
    pub message: String,
    /// The refused values by field name.
    pub values: Map<String, Json>,
    /// The values that a failed lookup searched for, by LookupField name.
    pub searched_values: Map<String, Json>,
    /// Code points of the refused text before it was truncated.
    pub text_chars: Option<usize>,
}

impl Fault {
    /// The field has a value that is refused.
    #[must_use]
    pub fn invalid_field(path: RowPath, field: &str, value: Json, code: Code) -> Self {
        let text_chars = value.as_str().map(|text| text.chars().count());
        let field = truncate_text(field).unwrap_or_else(|| field.to_owned());
        let values = Map::from_iter([(field.clone(), truncate_value(value))]);
        Self {
            path,
            field: Some(field),
            code,
            message: code.message().to_owned(),
            values,
            searched_values: Map::new(),
            text_chars,
        }
    }

    /// A lookup names a field or an object that does not exist. `unknown` is the member of the
    /// lookup that names it, with its value; for a LookupField, the value to search for.
    #[must_use]
    pub fn invalid_lookup(path: RowPath, target: &str, unknown: (String, Json)) -> Self {
        let mut fault = Self::invalid_field(path, target, Json::Null, Code::UnknownField);
        let name = truncate_text(&unknown.0).unwrap_or(unknown.0);
        // Members of an answer hold no nulls (contract: jobs#which-parts-are-null).
        let value = if unknown.1.is_null() { "".into() } else { truncate_value(unknown.1) };
        fault.searched_values.insert(name, value);
        fault.values = fault.searched_values.clone().into_iter().chain(fault.values).collect();
        fault
    }

    /// A key lacks a part; `known` are its other parts.
    #[must_use]
    pub fn key_missing(path: RowPath, key: &str, known: Map<String, Json>) -> Self {
        let code = Code::KeyMissing;
        let message = format!("{} : {key}", code.message());
        let field = Some(key.to_owned());
        Self { field, code, values: known, ..Self::limit_exceeded(path, message) }
    }

    /// Another person has the email (contract: upsert#email-taken).
    #[must_use]
    pub fn email_taken(email: &Email) -> Self {
        let mut fault =
            Self::invalid_field(RowPath::Person, "Email", email.as_sent().into(), Code::KeyTaken);
        fault.message = format!("{} : {{Email={}}}", Code::KeyTaken.message(), email.as_sent());
        fault
    }

    /// The fault without the values that were refused or searched for, its texts truncated: for an
    /// answer that would be too large otherwise.
    #[must_use]
    pub fn without_values(&self) -> Self {
        let field =
            self.field.as_ref().map(|field| truncate_escaped(field, limit::SHORT_NAME_BYTES_MAX));
        let message = truncate_escaped(&self.message, limit::SHORT_MESSAGE_BYTES_MAX);
        Self { field, message, values: Map::new(), searched_values: Map::new(), ..self.clone() }
    }

    /// Whether a lookup failed. A lookup for which no source was sent has no searched values.
    #[must_use]
    pub fn is_lookup_failure(&self) -> bool {
        self.code == Code::LookupNotResolved || !self.searched_values.is_empty()
    }

    /// The row is not a record.
    #[must_use]
    pub fn not_a_record(path: RowPath) -> Self {
        Self::limit_exceeded(path, Code::RowInfo.message().to_owned())
    }

    /// Processing the row panicked, or its chunk could never be completed.
    #[must_use]
    pub fn unexpected() -> Self {
        let code = Code::Unexpected;
        Self { code, ..Self::limit_exceeded(RowPath::Person, code.message().to_owned()) }
    }

    /// The record is larger than a request may be; no person of that size can be stored.
    #[must_use]
    pub fn record_too_large() -> Self {
        let limit_mb = limit::BODY_BYTES_MAX / 1024 / 1024;
        Self::limit_exceeded(RowPath::Person, format!("A record takes at most {limit_mb} MB"))
    }

    /// The row exceeds a limit; `message` names it.
    #[must_use]
    pub fn limit_exceeded(path: RowPath, message: String) -> Self {
        Self {
            path,
            field: None,
            code: Code::RowInfo,
            message,
            values: Map::new(),
            searched_values: Map::new(),
            text_chars: None,
        }
    }
}

impl std::fmt::Debug for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} {:?} {}", self.path, self.field, self.code.as_str())
    }
}

/// The marker that bulk answers show in place of a field whose lookup failed (contract:
/// bulk#lookup-marker).
#[must_use]
pub fn lookup_error_marker(field: &str) -> Json {
    let code = Code::LookupMarker.as_str();
    serde_json::json!({ "lookupData": { field: code }, "errorCode": code })
}

/// Truncates a refused value that is too long to be read: a text by its characters, a list or an
/// object by the bytes of its compact text (contract: envelope#cut-values).
pub(crate) fn truncate_value(value: Json) -> Json {
    match value {
        Json::String(text) => truncate_text(&text).unwrap_or(text).into(),
        Json::Array(_) | Json::Object(_) => {
            let text = value.to_string();
            let end = text.floor_char_boundary(limit::ERROR_VALUE_CHARS_MAX);
            match text.get(..end) {
                Some(kept) if end < text.len() => format!("{kept}…").into(),
                _ => value,
            }
        }
        other => other,
    }
}

/// The truncated text, or `None` if it is short enough. Names are texts of callers too.
fn truncate_text(text: &str) -> Option<String> {
    let (end, _) = text.char_indices().nth(limit::ERROR_VALUE_CHARS_MAX)?;
    Some(format!("{}…", text.get(..end)?))
}

/// The general code of a type, for a value that is missing.
#[must_use]
pub fn code_for_type(kind: FieldType) -> Code {
    match kind {
        FieldType::String | FieldType::RichTextArea => Code::String,
        FieldType::Boolean => Code::Boolean,
        FieldType::Number => Code::Number,
        FieldType::Currency => Code::Currency,
        FieldType::Percentage => Code::Percentage,
        FieldType::Date | FieldType::DateTime => Code::DateTime,
        FieldType::Email => Code::Email,
        FieldType::Url => Code::Url,
        FieldType::Gsid => Code::Gsid,
        FieldType::Sfdcid => Code::Sfdcid,
        FieldType::Picklist | FieldType::MultiSelectDropdownList => Code::PicklistItem,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_refused_text_is_cut_by_its_characters() {
        for (sent, expected) in [
            ("é".repeat(limit::ERROR_VALUE_CHARS_MAX), "é".repeat(limit::ERROR_VALUE_CHARS_MAX)),
            (
                "é".repeat(limit::ERROR_VALUE_CHARS_MAX + 1),
                format!("{}…", "é".repeat(limit::ERROR_VALUE_CHARS_MAX)),
            ),
        ] {
            let fault = Fault::invalid_field(
                RowPath::Person,
                "Summary",
                sent.as_str().into(),
                Code::String,
            );
            assert_eq!(fault.values["Summary"], expected.as_str());
            assert_eq!(fault.text_chars, Some(sent.chars().count()));
            let unknown =
                Fault::invalid_field(RowPath::Person, &sent, 1.into(), Code::UnknownField);
            assert_eq!((unknown.field, &unknown.values[&expected]), (Some(expected), &json!(1)));
        }
    }

    #[test]
    fn a_refused_list_or_object_is_cut_by_the_bytes_of_its_compact_text() {
        let fits = json!(["x".repeat(limit::ERROR_VALUE_CHARS_MAX - 4)]);
        assert_eq!(truncate_value(fits.clone()), fits);
        for (sent, begin) in [
            (json!(["x".repeat(limit::ERROR_VALUE_CHARS_MAX)]), r#"["xxx"#),
            (
                json!({ "a": [1, 2], "b": "é".repeat(limit::ERROR_VALUE_CHARS_MAX) }),
                r#"{"a":[1,2],"b":"éé"#,
            ),
            // The limit falls into the middle of a character, which is dropped as a whole.
            (json!(["é".repeat(limit::ERROR_VALUE_CHARS_MAX), 1]), r#"["éé"#),
            (json!(["xé".repeat(limit::ERROR_VALUE_CHARS_MAX), 1]), r#"["xé"#),
        ] {
            let cut = truncate_value(sent.clone());
            let text = cut.as_str().expect("a text");
            let kept = text.strip_suffix('…').expect("it says that there is more");
            assert!(kept.starts_with(begin) && sent.to_string().starts_with(kept), "{kept}");
            assert!(
                (limit::ERROR_VALUE_CHARS_MAX - 3..=limit::ERROR_VALUE_CHARS_MAX)
                    .contains(&kept.len()),
                "{}",
                kept.len()
            );
        }
    }
}
