//! One field: its type, its storage code, its limits, and its default over time.

use serde::{Deserialize, Serialize};

use crate::ids::stamp::Stamp;
use crate::values::{FieldType, Value};

/// The source of a field's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldOrigin {
    /// The item's attribute with this storage code.
    Stored(String),
    /// The row's own GSID.
    Gsid,
    Email,
    /// The time at which the row was created.
    Created,
    /// The time of the row's last write.
    Modified,
    /// Always null, because writers are not recorded.
    AlwaysNull,
    PersonId,
    CompanyId,
    RelationshipId,
    /// The Company Person that a Relationship Person is under.
    CompanyPersonId,
    /// The attribute with this storage code, else the type of the relationship (contract:
    /// upsert#relationship-type).
    RelationshipTypeId(String),
}

/// A default from some time on. It does not apply to rows that were created before.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldDefault {
    /// It applies to rows created at this stamp or later; `None`: to all rows.
    pub from: Option<Stamp>,
    /// `None`: from then on there is no default.
    pub value: Option<Value>,
}

/// One field of an object.
#[derive(Debug, Clone)]
pub struct Field {
    /// The canonical spelling.
    pub name: String,
    /// The name that people see.
    pub label: String,
    pub kind: FieldType,
    /// The maximum length of its texts in code points.
    pub max_length: usize,
    pub origin: FieldOrigin,
    pub required: bool,
    /// Whether lookups by it use lookup entries.
    pub indexed: bool,
    /// Whether its lookup entries are being built: writes add theirs, lookups do not use them yet.
    pub indexing: bool,
    pub category: Option<String>,
    /// Whether that category accepts its items alone.
    pub closed: bool,
    /// The object whose records a GSID names.
    pub lookup: Option<String>,
    /// Its defaults, oldest first.
    pub defaults: Vec<FieldDefault>,
}

impl Field {
    /// The storage code of its values; `None` for a derived field.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match &self.origin {
            FieldOrigin::Stored(code) | FieldOrigin::RelationshipTypeId(code) => Some(code),
            _ => None,
        }
    }

    /// Whether a sent value is ignored, because only the service sets it (contract:
    /// fields#system-fields).
    #[must_use]
    pub fn is_system(&self) -> bool {
        matches!(
            self.origin,
            FieldOrigin::Gsid
                | FieldOrigin::Created
                | FieldOrigin::Modified
                | FieldOrigin::AlwaysNull
                | FieldOrigin::CompanyPersonId
        )
    }

    /// The default of a row created at `created`.
    #[must_use]
    pub fn default_at(&self, created: Stamp) -> Option<&Value> {
        let in_force = self
            .defaults
            .iter()
            .rev()
            .find(|default| default.from.is_none_or(|from| from <= created));
        in_force.and_then(|default| default.value.as_ref())
    }

    /// The default of a row that is created now.
    #[must_use]
    pub fn default_now(&self) -> Option<&Value> {
        self.defaults.last().and_then(|default| default.value.as_ref())
    }
}

/// A custom field as it is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CustomField {
    pub object: String,
    /// The canonical spelling.
    pub name: String,
    /// The name that people see; its own name if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    pub kind: FieldType,
    /// The storage code, which is never reused once the field is removed.
    pub code: String,
    /// The maximum length of texts, if it differs from the type's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_length: Option<usize>,
    #[serde(default)]
    pub required: bool,
    /// Whether lookups by it use lookup entries.
    #[serde(default)]
    pub indexed: bool,
    /// Whether its lookup entries are being built.
    #[serde(default)]
    pub indexing: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// The object whose records a GSID names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lookup: Option<String>,
    /// Its defaults as (first stamp, value as a caller would send it), oldest first.
    #[serde(default)]
    pub defaults: Vec<(String, serde_json::Value)>,
    /// Whether it was removed; then only its code is still in use.
    #[serde(default)]
    pub removed: bool,
}

impl CustomField {
    /// A field without optional properties.
    #[must_use]
    pub fn new(object: &str, name: &str, kind: FieldType, code: &str) -> Self {
        Self {
            object: object.to_owned(),
            name: name.to_owned(),
            label: None,
            kind,
            code: code.to_owned(),
            max_length: None,
            required: false,
            indexed: false,
            indexing: false,
            category: None,
            lookup: None,
            defaults: Vec::new(),
            removed: false,
        }
    }

    /// Converts it to the field that the rules use. A default that the type refuses is ignored.
    #[must_use]
    pub fn to_field(&self) -> Field {
        let max_length = self.max_length.unwrap_or_else(|| self.kind.default_max_length());
        let value = |raw: &serde_json::Value| {
            crate::values::parse(self.kind, max_length, raw).ok().flatten()
        };
        let default = |(from, raw): &(String, serde_json::Value)| FieldDefault {
            from: Stamp::parse(from),
            value: value(raw),
        };
        Field {
            name: self.name.clone(),
            label: self.label.clone().unwrap_or_else(|| self.name.clone()),
            kind: self.kind,
            max_length,
            origin: FieldOrigin::Stored(self.code.clone()),
            required: self.required,
            indexed: self.indexed,
            indexing: self.indexing,
            category: self.category.clone(),
            closed: false,
            lookup: self.lookup.clone(),
            defaults: self.defaults.iter().map(default).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_default_reaches_only_rows_born_under_it() {
        let stamps = [1_u128, 2, 3].map(|millis| Stamp::new(millis << crate::ids::stamp::LOW_BITS));
        let defaults = vec![
            (stamps[1].as_str().into(), "gold".into()),
            (stamps[2].as_str().into(), "silver".into()),
        ];
        let own = CustomField {
            defaults,
            ..CustomField::new("person", "Plan__gc", FieldType::String, "z1")
        };
        let read = |created| own.to_field().default_at(created).cloned();
        assert_eq!(read(stamps[0]), None);
        assert_eq!(read(stamps[1]), Some(Value::Text("gold".into())));
        assert_eq!(read(stamps[2]), Some(Value::Text("silver".into())));
    }
}
