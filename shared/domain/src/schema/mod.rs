//! A tenant's schema as a file: its own objects, fields and dropdown lists, kept under version
//! control and applied as a difference (contract: fields#custom-fields).

mod check;
mod diff;
pub mod metadata;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

pub use check::{SchemaError, check_schema};
pub use diff::{SchemaChange, diff_schemas};

use crate::values::FieldType;

/// What a schema file says. Names ignore case.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct SchemaFile {
    /// Dropdown lists by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub dropdowns: BTreeMap<String, DropdownSchema>,
    /// Standard objects with fields added to them, and the tenant's own objects.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub objects: BTreeMap<String, ObjectSchema>,
}

/// A dropdown list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct DropdownSchema {
    /// A closed list takes its items alone; an open one learns labels as they are written.
    #[serde(default)]
    pub closed: bool,
    /// Labels.
    #[serde(default)]
    pub items: Vec<String>,
}

/// An object.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ObjectSchema {
    /// How people call it; its name when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Its fields by name.
    #[serde(default)]
    pub fields: BTreeMap<String, FieldSchema>,
}

/// A field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct FieldSchema {
    /// Its type, such as STRING.
    #[serde(rename = "type")]
    pub kind: FieldType,
    /// How people call it; its name when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The longest text, where it differs from the type's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_length: Option<usize>,
    /// Whether a new row must have it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub required: bool,
    /// Whether lookups and queries by it have entries of their own.
    #[serde(default, skip_serializing_if = "is_false")]
    pub indexed: bool,
    /// What a row has that does not say; rows made before keep what they had.
    #[serde(default, skip_serializing_if = "Json::is_null")]
    pub default: Json,
    /// The dropdown list of a PICKLIST or MULTISELECTDROPDOWNLIST.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dropdown: Option<String>,
    /// The object whose records a GSID names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lookup: Option<String>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

#[cfg(test)]
mod tests;
