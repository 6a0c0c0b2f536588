//! One field: its type, its short storage code, its limits, and its default over time.

use serde::{Deserialize, Serialize};

use crate::ids::stamp::Stamp;
use crate::values::{FieldType, Value};

/// Where a field's value comes from when it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldOrigin {
    /// From the item, under this short code.
    Stored(String),
    /// The row's own GSID.
    Gsid,
    /// The person's email address.
    Email,
    /// When the row was made.
    Created,
    /// When the row was last written.
    Modified,
    /// Always null: who wrote is not recorded.
    AlwaysNull,
    /// The person of an association.
    PersonId,
    /// The company of an association.
    CompanyId,
    /// The relationship of an association.
    RelationshipId,
    /// The Company Person that a Relationship Person stands under.
    CompanyPersonId,
    /// As stored under this code; else that of the relationship (contract:
    /// upsert#relationship-type).
    RelationshipTypeId(String),
}

/// A default from some time on. It never reaches a row that was born before.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldDefault {
    /// Rows born at this stamp or later have it; none: since ever.
    pub from: Option<Stamp>,
    /// The value; none: from then on there is no default.
    pub value: Option<Value>,
}

/// One field of an object.
#[derive(Debug, Clone)]
pub struct Field {
    /// Canonical spelling.
    pub name: String,
    /// How people call it.
    pub label: String,
    /// The type that its values have.
    pub kind: FieldType,
    /// The longest text it takes, in code points.
    pub max_length: usize,
    /// Where it is read from.
    pub origin: FieldOrigin,
    /// Whether a new row must have it.
    pub required: bool,
    /// Whether lookups by it are served by entries of their own.
    pub indexed: bool,
    /// Whether such entries are being made: writes add theirs, lookups don't count on them yet.
    pub indexing: bool,
    /// The dropdown category of picklists.
    pub category: Option<String>,
    /// Whether that category takes its items alone.
    pub closed: bool,
    /// The object whose records a GSID names.
    pub lookup: Option<String>,
    /// Its defaults, oldest first.
    pub defaults: Vec<FieldDefault>,
}

impl Field {
    /// The short code under which values are stored; none for what is derived.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match &self.origin {
            FieldOrigin::Stored(code) | FieldOrigin::RelationshipTypeId(code) => Some(code),
            _ => None,
        }
    }

    /// Whether a sent value is ignored: the service alone sets it (contract: fields#system-fields).
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

    /// What an absent value reads as in a row born at `born`.
    #[must_use]
    pub fn default_at(&self, born: Stamp) -> Option<&Value> {
        let in_force =
            self.defaults.iter().rev().find(|default| default.from.is_none_or(|from| from <= born));
        in_force.and_then(|default| default.value.as_ref())
    }

    /// What a row that is made now gets.
    #[must_use]
    pub fn default_now(&self) -> Option<&Value> {
        self.defaults.last().and_then(|default| default.value.as_ref())
    }
}

/// A tenant's own field, in the form in which it is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CustomField {
    /// Lower-case name of the object.
    pub object: String,
    /// Canonical spelling.
    pub name: String,
    /// How people call it; its name when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The type.
    pub kind: FieldType,
    /// The short storage code; never used again once the field is removed.
    pub code: String,
    /// The longest text, where it differs from the type's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_length: Option<usize>,
    /// Whether a new row must have it.
    #[serde(default)]
    pub required: bool,
    /// Whether lookups by it have entries of their own.
    #[serde(default)]
    pub indexed: bool,
    /// Whether such entries are being made.
    #[serde(default)]
    pub indexing: bool,
    /// The dropdown category of picklists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// The object whose records a GSID names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lookup: Option<String>,
    /// Its defaults as (first stamp, value as a caller would send it), oldest first.
    #[serde(default)]
    pub defaults: Vec<(String, serde_json::Value)>,
    /// Whether it was removed: then only its code is still taken.
    #[serde(default)]
    pub removed: bool,
}

impl CustomField {
    /// A field with no more than it needs.
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

    /// As the field that rules work with. A default that the type refuses is none.
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
        let read = |born| own.to_field().default_at(born).cloned();
        assert_eq!(read(stamps[0]), None);
        assert_eq!(read(stamps[1]), Some(Value::Text("gold".into())));
        assert_eq!(read(stamps[2]), Some(Value::Text("silver".into())));
    }
}
