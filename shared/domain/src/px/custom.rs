//! Custom attributes of users and accounts: fields of the tenant's schema (contract: identify).

use super::field::{PxFieldType, TEXT_CHARS_MAX};
use crate::schema::metadata::Field;
use crate::values::FieldType;

/// The types that a custom attribute may have.
pub(crate) const CUSTOM_TYPES: [FieldType; 4] =
    [FieldType::String, FieldType::Number, FieldType::Boolean, FieldType::DateTime];

/// The type of the values of a custom attribute.
#[must_use]
pub(super) fn value_type(field: &Field) -> PxFieldType {
    match field.kind {
        FieldType::Number => PxFieldType::Number,
        FieldType::Boolean => PxFieldType::Boolean,
        FieldType::DateTime => PxFieldType::Date,
        _ => PxFieldType::Text(TEXT_CHARS_MAX),
    }
}
