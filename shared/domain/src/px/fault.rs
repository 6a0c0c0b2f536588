//! A fault of one member of a body.

use std::fmt;

use serde_json::{Value as Json, json};

use super::PxObject;
use crate::limit;

/// One fault of a body, a subError of the answer.
#[derive(Clone, PartialEq, Eq)]
pub struct PxFault {
    pub object: PxObject,
    /// Dotted, as in the body.
    pub field: String,
    /// The value as sent; null if it is missing.
    pub rejected_value: Json,
    pub message: String,
}

impl PxFault {
    pub(super) fn new(
        object: PxObject,
        field: &str,
        value: &Json,
        message: impl Into<String>,
    ) -> Self {
        Self {
            object,
            field: field.to_owned(),
            rejected_value: shorten_value(value),
            message: message.into(),
        }
    }

    /// `{"object","field","rejectedValue","message"}`.
    #[must_use]
    pub fn to_json(&self) -> Json {
        json!({
            "object": self.object.as_str(),
            "field": self.field,
            "rejectedValue": self.rejected_value,
            "message": format!("{} {}", self.field, self.message),
        })
    }
}

/// The value; one that is too long to be shown as the beginning of its text.
fn shorten_value(value: &Json) -> Json {
    let text = match value {
        Json::String(text) => text.clone(),
        Json::Array(_) | Json::Object(_) => value.to_string(),
        _ => return value.clone(),
    };
    match text.char_indices().nth(limit::ERROR_VALUE_CHARS_MAX) {
        Some((at, _)) => Json::from(text.get(..at).unwrap_or_default()),
        None => value.clone(),
    }
}

/// Leaves out the value, which may be personal.
impl fmt::Debug for PxFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PxFault({} {}: {})", self.object.as_str(), self.field, self.message)
    }
}
