//! The list of attributes of users or accounts (contract: identify).

use serde_json::{Value as Json, json};

use super::PxObject;
use super::custom::value_type;
use super::field::{PxField, PxFieldType};
use crate::schema::metadata::{Field, Metadata};

/// The attributes as a bare array: the default ones, then the tenant's own.
#[must_use]
pub fn list_attributes(object: PxObject, metadata: &Metadata) -> Json {
    let default = object.fields().iter().filter(|field| field.is_listed());
    let custom = metadata.px_object(object.schema_name()).fields().iter();
    let default = default.map(|field| describe_default(object, field));
    default.chain(custom.map(|field| describe_custom(object, field))).collect()
}

fn describe_default(object: PxObject, field: &PxField) -> Json {
    let name = field.api_name();
    describe(object, name, name, type_name(field.kind), "DEFAULT")
}

fn describe_custom(object: PxObject, field: &Field) -> Json {
    describe(object, &field.name, &field.label, type_name(value_type(field)), "CUSTOM")
}

fn describe(object: PxObject, api_name: &str, name: &str, kind: &str, origin: &str) -> Json {
    json!({
        "id": format!("{}.{api_name}", object.as_str()),
        "name": name,
        "apiName": api_name,
        "internalName": api_name,
        "description": "",
        "type": kind,
        "state": "ACTIVE",
        "origin": origin,
        "createdDate": 0,
        "modifiedDate": 0,
        "defaultValue": null,
    })
}

/// The name of a type on the wire.
fn type_name(kind: PxFieldType) -> &'static str {
    match kind {
        PxFieldType::Integer | PxFieldType::Float | PxFieldType::Number => "NUMBER",
        PxFieldType::Boolean => "BOOLEAN",
        PxFieldType::Date => "DATE_TIME",
        PxFieldType::Text(_)
        | PxFieldType::TextList
        | PxFieldType::UserType
        | PxFieldType::Gender => "STRING",
    }
}
