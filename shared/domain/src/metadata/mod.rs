//! What a tenant's objects look like: the standard fields, its own fields, its settings.
//! All of it is data (contract 4).

mod field;
pub mod standard;

use std::collections::HashMap;

pub use field::{CustomField, Default, Field, Source};

use crate::value::FieldType;

/// Object names, as they are kept: lower case.
pub mod object {
    /// Person.
    pub const PERSON: &str = "person";
    /// Company Person: a person's association with a company.
    pub const COMPANY_PERSON: &str = "company_person";
    /// Relationship Person: a person's association with a relationship.
    pub const RELATIONSHIP_PERSON: &str = "relationship_person";
    /// Company.
    pub const COMPANY: &str = "company";
    /// Relationship.
    pub const RELATIONSHIP: &str = "relationship";
}

/// One object: its fields in order, found by name whatever the case.
#[derive(Debug, Clone)]
pub struct Object {
    /// Lower-case name.
    pub name: String,
    fields: Vec<Field>,
    by_name: HashMap<String, usize>,
}

impl Object {
    /// An object with these fields.
    #[must_use]
    pub fn new(name: &str, fields: Vec<Field>) -> Self {
        let by_name =
            fields.iter().enumerate().map(|(at, f)| (f.name.to_ascii_lowercase(), at)).collect();
        Self { name: name.to_owned(), fields, by_name }
    }

    /// The field of this name, ignoring case.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        // Most callers spell a name as the metadata does or in lower case; both avoid a copy rarely,
        // so one lower-cased copy is the plain way.
        self.by_name.get(&name.to_ascii_lowercase()).and_then(|at| self.fields.get(*at))
    }

    /// All fields, in the order in which GET prints them.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }
}

/// A tenant's objects and settings.
#[derive(Debug, Clone)]
pub struct Metadata {
    objects: HashMap<String, Object>,
}

impl Metadata {
    /// The standard objects, with a tenant's own fields added to them.
    #[must_use]
    pub fn new(multi_currency: bool, custom: &[CustomField]) -> Self {
        let objects = standard::objects(multi_currency).into_iter().map(|(name, mut fields)| {
            fields.extend(custom.iter().filter(|own| own.object == name).map(CustomField::field));
            (name.to_owned(), Object::new(name, fields))
        });
        Self { objects: objects.collect() }
    }

    /// The object of this name, ignoring case.
    #[must_use]
    pub fn object(&self, name: &str) -> Option<&Object> {
        self.objects.get(&name.to_ascii_lowercase())
    }

    /// One of the five objects of the people model, which every tenant has.
    #[must_use]
    pub fn standard(&self, name: &'static str) -> &Object {
        static NONE: std::sync::LazyLock<Object> =
            std::sync::LazyLock::new(|| Object::new("", Vec::new()));
        self.objects.get(name).unwrap_or(&NONE)
    }
}

/// Whether values of the type name an item of a dropdown category.
#[must_use]
pub fn is_dropdown(kind: FieldType) -> bool {
    matches!(kind, FieldType::Picklist | FieldType::MultiSelectDropdownList)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_ignore_case_and_codes_are_unique() {
        let metadata = Metadata::new(true, &[]);
        assert!(metadata.object("Company").is_some());
        for object in metadata.objects.values() {
            let codes: HashSet<_> = object.fields().iter().filter_map(|f| f.code()).collect();
            let stored = object.fields().iter().filter(|f| f.code().is_some()).count();
            assert_eq!(codes.len(), stored, "two fields of {} share a code", object.name);
            assert!(
                codes.iter().all(|code| !code.contains('|') && code.len() >= 2),
                "{}",
                object.name
            );
            for field in object.fields() {
                let found = object.field(&field.name.to_ascii_uppercase()).unwrap();
                assert_eq!(found.name, field.name);
            }
        }
    }

    #[test]
    fn currency_is_a_field_of_multi_currency_tenants_alone() {
        for (multi, there) in [(true, true), (false, false)] {
            let metadata = Metadata::new(multi, &[]);
            assert_eq!(metadata.standard(object::PERSON).field("CurrencyIsoCode").is_some(), there);
        }
    }
}
