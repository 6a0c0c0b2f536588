//! The preferences of a user (contract: identify): five flags, null until they are set.

use serde_json::{Map, Value as Json};

use super::field::PxFieldType;
use super::row::PxRow;
use super::value::{SentValue, parse_value};
use super::write::{BodyReader, as_object};
use super::{PxError, PxObject};
use crate::ignored::IgnoredNames;
use crate::people::Assignment;
use crate::schema::metadata::Metadata;
use crate::values::Value;

/// The names with their storage codes, in the order of answers.
const PREFERENCES: [(&str, &str); 5] = [
    ("guidedTours", "pg"),
    ("onboardingBot", "po"),
    ("productUpdates", "pp"),
    ("surveys", "ps"),
    ("trackUsage", "pt"),
];

/// Preferences as a call sent them.
#[derive(Debug, Clone)]
pub struct PxPreferences {
    /// The changes of the person's attributes.
    pub assignments: Vec<(String, Assignment)>,
    /// The members that were not read.
    pub ignored: IgnoredNames,
}

/// Parses the body of an update of preferences. Null changes nothing.
///
/// # Errors
/// The faults of the body.
pub fn parse_preferences(body: &Json, metadata: &Metadata) -> Result<PxPreferences, PxError> {
    let members = as_object(body)?;
    let mut reader = BodyReader::new(PxObject::User, metadata);
    for (name, value) in members {
        let Some((_, code)) = PREFERENCES.iter().find(|(known, _)| known == name) else {
            // The id is in the path.
            if name != PxObject::User.id_name() {
                reader.ignored.add_name(name);
            }
            continue;
        };
        let assignment = match parse_value(PxFieldType::Boolean, value) {
            Ok(SentValue::NotSent) => continue,
            Ok(SentValue::Cleared) => Assignment::Remove,
            Ok(SentValue::Set(value)) => Assignment::Set(Some(value)),
            Err(message) => {
                reader.add_fault(name, value, message);
                continue;
            }
        };
        reader.assignments.push((PxObject::User.value_attribute(code), assignment));
    }
    let BodyReader { assignments, ignored, .. } = reader.finish()?;
    Ok(PxPreferences { assignments, ignored })
}

/// Renders the preferences of a user.
#[must_use]
pub fn render_preferences(user: &PxRow<'_>) -> Json {
    let print = |(name, code): &(&str, &str)| {
        let value = match user.stored_value(code) {
            Some(Value::Bool(flag)) => Json::from(*flag),
            _ => Json::Null,
        };
        ((*name).to_owned(), value)
    };
    Json::Object(PREFERENCES.iter().map(print).collect::<Map<_, _>>())
}
