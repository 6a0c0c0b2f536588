//! Custom events, which are checked and never stored (contract: identify).

use serde_json::Value as Json;

use super::field::{PxFieldType, TEXT_CHARS_MAX};
use super::value::{SentValue, parse_value};
use super::write::{BodyReader, as_object};
use super::{PxError, PxObject, user::parse_user_id};
use crate::schema::metadata::Metadata;

/// Members that an event needs besides the identifyId.
const REQUIRED: [(&str, PxFieldType); 3] = [
    ("eventName", PxFieldType::Text(TEXT_CHARS_MAX)),
    ("propertyKey", PxFieldType::Text(TEXT_CHARS_MAX)),
    ("userType", PxFieldType::UserType),
];

/// Checks a custom event: eventName, identifyId, propertyKey and userType.
///
/// # Errors
/// The faults of the body.
pub fn check_custom_event(body: &Json, metadata: &Metadata) -> Result<(), PxError> {
    let members = as_object(body)?;
    let mut reader = BodyReader::new(PxObject::User, metadata);
    _ = reader.read_required_id(members, parse_user_id);
    for (name, kind) in REQUIRED {
        match parse_value(kind, &body[name]) {
            Ok(SentValue::NotSent | SentValue::Cleared) => reader.require(members, name),
            Ok(SentValue::Set(_)) => {}
            Err(message) => reader.add_fault(name, &body[name], message),
        }
    }
    reader.finish().map(|_| ())
}
