//! Checks the fields of `px_user` and `px_account`, which are custom attributes of Gainsight PX.

use super::{FieldSchema, SchemaError};
use crate::px::{CUSTOM_TYPES, PxObject, is_default_name};
use crate::values::FieldType;

/// The errors of a field: it has a name, a type and a label, and nothing else.
pub(super) fn check_field(object: PxObject, name: &str, field: &FieldSchema) -> Vec<SchemaError> {
    let object_name = object.schema_name();
    let mut messages = Vec::new();
    if !CUSTOM_TYPES.contains(&field.kind) {
        let (own, types) = (field.kind.as_str(), CUSTOM_TYPES.map(FieldType::as_str).join(", "));
        messages.push(format!("{name} is {own}: a field of {object_name} is one of {types}"));
    }
    let plain = FieldSchema { label: field.label.clone(), ..FieldSchema::new(field.kind) };
    if *field != plain {
        let text = format!(
            "{name} has more than a type and a label, which a field of {object_name} can't"
        );
        messages.push(text);
    }
    if is_default_name(object, name) {
        messages.push(format!("{object_name} has a field {name} already: choose another name"));
    }
    messages.into_iter().map(|message| SchemaError { name: name.to_owned(), message }).collect()
}
