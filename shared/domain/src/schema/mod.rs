//! Schema files: a tenant's custom objects, fields and dropdown lists, kept under version control
//! and applied as a difference (contract: fields#custom-fields).

mod check;
mod diff;
pub mod metadata;
mod px;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

pub use check::{SchemaError, check_schema};
pub use diff::{SchemaChange, diff_schemas};

use crate::values::FieldType;

/// A schema file. Names ignore case.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct SchemaFile {
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub dropdowns: BTreeMap<String, DropdownSchema>,
    /// Standard objects with fields added to them, and custom objects.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub objects: BTreeMap<String, ObjectSchema>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct DropdownSchema {
    /// A closed list accepts its items alone; an open one gets further labels as they are written.
    #[serde(default)]
    pub closed: bool,
    #[serde(default)]
    pub items: Vec<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ObjectSchema {
    /// The name that people see; the field's or object's own name if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    #[serde(default)]
    pub fields: BTreeMap<String, FieldSchema>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct FieldSchema {
    #[serde(rename = "type")]
    pub kind: FieldType,
    /// The name that people see; the field's or object's own name if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The maximum length of texts, if it differs from the type's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_length: Option<usize>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub required: bool,
    /// Whether lookups and queries by it use lookup entries.
    #[serde(default, skip_serializing_if = "is_false")]
    pub indexed: bool,
    /// The value of a row that does not set the field; it does not change rows that were created
    /// before.
    #[serde(default, skip_serializing_if = "Json::is_null")]
    pub default: Json,
    /// The dropdown list of a PICKLIST or MULTISELECTDROPDOWNLIST.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dropdown: Option<String>,
    /// The object whose records a GSID names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lookup: Option<String>,
}

impl FieldSchema {
    /// A field without optional properties.
    #[must_use]
    pub fn new(kind: FieldType) -> Self {
        Self {
            kind,
            label: None,
            max_length: None,
            required: false,
            indexed: false,
            default: Json::Null,
            dropdown: None,
            lookup: None,
        }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

#[cfg(test)]
mod tests;
