//! Metadata: the objects of a tenant with their standard and custom fields, and its dropdown
//! categories. All of it is data (contract: fields#standard-fields-of-each-object,
//! fields#custom-fields).

mod field;
pub mod standard;

use std::collections::HashMap;
use std::sync::LazyLock;

pub use field::{CustomField, Field, FieldDefault, FieldOrigin};

use serde::{Deserialize, Serialize};

use crate::ids::gsid::GsidKind;
use crate::values::FieldType;

/// Object names as they are stored, in lower case.
pub mod object {
    pub const PERSON: &str = "person";
    /// Company Person: a person's association with a company.
    pub const COMPANY_PERSON: &str = "company_person";
    /// Relationship Person: a person's association with a relationship.
    pub const RELATIONSHIP_PERSON: &str = "relationship_person";
    pub const COMPANY: &str = "company";
    pub const RELATIONSHIP: &str = "relationship";
    /// The custom attributes of Gainsight PX users.
    pub const PX_USER: &str = "px_user";
    /// The custom attributes of Gainsight PX accounts.
    pub const PX_ACCOUNT: &str = "px_account";
}

/// One object: its fields in order, found by name without regard to case.
#[derive(Debug, Clone)]
pub struct Object {
    /// The lower-case name.
    pub name: String,
    /// The spelling with which it was created.
    pub spelling: String,
    /// The name that people see.
    pub label: String,
    /// Whether it is a custom object of the tenant.
    pub custom: bool,
    fields: Vec<Field>,
    by_name: HashMap<String, usize>,
}

impl Object {
    #[must_use]
    pub fn new(name: &str, fields: Vec<Field>) -> Self {
        let by_name =
            fields.iter().enumerate().map(|(at, f)| (f.name.to_ascii_lowercase(), at)).collect();
        let spelling = name.to_owned();
        Self {
            name: name.to_ascii_lowercase(),
            label: spelling.clone(),
            spelling,
            custom: false,
            fields,
            by_name,
        }
    }

    /// The kind of its records' GSIDs; `None` for people, which are not written as data objects.
    #[must_use]
    pub fn record_kind(&self) -> Option<GsidKind> {
        match self.name.as_str() {
            object::COMPANY => Some(GsidKind::Company),
            object::RELATIONSHIP => Some(GsidKind::Relationship),
            _ => self.custom.then_some(GsidKind::Custom),
        }
    }

    /// The field of this name, ignoring case.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        // Names seldom are in lower case already, so one lower-cased copy is the simplest way.
        self.by_name.get(&name.to_ascii_lowercase()).and_then(|at| self.fields.get(*at))
    }

    /// Adds fields. One of a field that the object has says only whether that is indexed.
    fn add_fields(&mut self, fields: Vec<Field>) {
        for field in fields {
            let name = field.name.to_ascii_lowercase();
            match self.by_name.get(&name).and_then(|at| self.fields.get_mut(*at)) {
                Some(known) => {
                    (known.indexed, known.indexing) = (field.indexed, field.indexing);
                }
                None => {
                    self.by_name.insert(name, self.fields.len());
                    self.fields.push(field);
                }
            }
        }
    }

    fn close_dropdowns(&mut self, categories: &HashMap<String, DropdownCategory>) {
        for field in &mut self.fields {
            let category =
                field.category.as_ref().and_then(|name| categories.get(&name.to_ascii_lowercase()));
            field.closed = category.is_some_and(|category| category.closed);
        }
    }

    /// All fields in the order in which GET shows them.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }
}

/// A custom object as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomObject {
    pub name: String,
    /// The name that people see; its own name if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

/// A tenant's dropdown category as it is stored; its items are stored separately.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DropdownCategory {
    pub name: String,
    /// Whether it accepts its items alone.
    pub closed: bool,
}

/// The custom objects, fields and dropdown categories of a tenant.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TenantSchema {
    pub objects: Vec<CustomObject>,
    /// Also removed ones.
    pub fields: Vec<CustomField>,
    pub categories: Vec<DropdownCategory>,
}

/// The objects whose fields are custom attributes of Gainsight PX.
pub const PX_OBJECTS: [&str; 2] = [object::PX_USER, object::PX_ACCOUNT];

/// A tenant's objects and dropdown categories.
#[derive(Debug, Clone)]
pub struct Metadata {
    objects: HashMap<String, Object>,
    /// The objects of [`PX_OBJECTS`], apart from those that the People API shows, queries and
    /// writes.
    px_objects: HashMap<&'static str, Object>,
    /// The tenant's own categories by lower-case name.
    categories: HashMap<String, DropdownCategory>,
}

impl Metadata {
    /// The standard objects with custom fields added to them.
    #[must_use]
    pub fn new(multi_currency: bool, custom: &[CustomField]) -> Self {
        Self::with_tenant_schema(
            multi_currency,
            &TenantSchema { fields: custom.to_vec(), ..TenantSchema::default() },
        )
    }

    /// The standard objects and those of a tenant's schema.
    #[must_use]
    pub fn with_tenant_schema(multi_currency: bool, own: &TenantSchema) -> Self {
        let categories: HashMap<_, _> =
            own.categories.iter().map(|c| (c.name.to_ascii_lowercase(), c.clone())).collect();
        let standard =
            standard::build_standard_objects(multi_currency).into_iter().map(|(name, fields)| {
                Object {
                    label: standard::object_label(name).to_owned(),
                    ..Object::new(name, fields)
                }
            });
        let custom = own.objects.iter().map(|object| {
            let label = object.label.clone().unwrap_or_else(|| object.name.clone());
            Object {
                label,
                custom: true,
                ..Object::new(&object.name, standard::with_custom_object_fields(Vec::new()))
            }
        });
        let objects = standard.chain(custom).map(|mut object| {
            let theirs =
                own.fields.iter().filter(|field| field.object == object.name && !field.removed);
            object.add_fields(theirs.map(CustomField::to_field).collect());
            object.close_dropdowns(&categories);
            (object.name.clone(), object)
        });
        let px_objects = PX_OBJECTS.map(|name| {
            let theirs = own.fields.iter().filter(|field| field.object == name && !field.removed);
            (name, Object::new(name, theirs.map(CustomField::to_field).collect()))
        });
        Self { objects: objects.collect(), px_objects: px_objects.into(), categories }
    }

    /// All objects, in no order.
    pub fn objects(&self) -> impl Iterator<Item = &Object> {
        self.objects.values()
    }

    /// All dropdown categories, the tenant's and those of standard fields, with whether they are
    /// closed.
    #[must_use]
    pub fn categories(&self) -> Vec<(String, bool)> {
        let own = self.categories.iter().map(|(name, category)| (name.clone(), category.closed));
        let mut all: std::collections::BTreeMap<_, _> =
            [standard::ROLE_CATEGORY, standard::COMPANY_TYPE_CATEGORY]
                .map(|name| (name.to_owned(), false))
                .into();
        all.extend(own);
        all.into_iter().collect()
    }

    /// The object of this name, ignoring case.
    #[must_use]
    pub fn object(&self, name: &str) -> Option<&Object> {
        self.objects.get(&name.to_ascii_lowercase())
    }

    /// One of the five objects of the people model, which every tenant has.
    #[must_use]
    pub fn standard_object(&self, name: &'static str) -> &Object {
        self.objects.get(name).unwrap_or(&NO_OBJECT)
    }

    /// One of [`PX_OBJECTS`].
    #[must_use]
    pub fn px_object(&self, name: &'static str) -> &Object {
        self.px_objects.get(name).unwrap_or(&NO_OBJECT)
    }
}

static NO_OBJECT: LazyLock<Object> = LazyLock::new(|| Object::new("", Vec::new()));

/// Whether values of the type are items of a dropdown category.
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
            assert_eq!(
                metadata.standard_object(object::PERSON).field("CurrencyIsoCode").is_some(),
                there
            );
        }
    }
}
