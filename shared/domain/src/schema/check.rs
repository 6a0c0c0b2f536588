//! Checks a schema file; each error says what to write instead.

use std::collections::HashSet;

use super::px::check_field;
use super::{FieldSchema, ObjectSchema, SchemaFile};
use crate::limit;
use crate::people::AssociationIndex;
use crate::px::PxObject;
use crate::schema::metadata::{Metadata, is_dropdown, object, standard};
use crate::values::{self, FieldType, Value};

/// One error of a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaError {
    /// The name in the file that it is about, by which its line is found.
    pub name: String,
    /// The error, and what to write instead.
    pub message: String,
}

/// Objects that a schema may add fields to.
const STANDARD_OBJECTS: [&str; 7] = [
    object::PERSON,
    object::COMPANY_PERSON,
    object::RELATIONSHIP_PERSON,
    object::COMPANY,
    object::RELATIONSHIP,
    object::PX_USER,
    object::PX_ACCOUNT,
];

/// All errors of a schema.
#[must_use]
pub fn check_schema(schema: &SchemaFile) -> Vec<SchemaError> {
    let mut checker =
        SchemaChecker { schema, metadata: Metadata::new(true, &[]), errors: Vec::new() };
    checker.check_dropdowns();
    checker.check_names("objects", schema.objects.keys(), limit::CUSTOM_OBJECTS_MAX);
    for (name, object) in &schema.objects {
        checker.check_object(name, object);
    }
    checker.errors
}

/// Whether the object is one that every tenant has.
pub(super) fn is_standard_object(name: &str) -> bool {
    STANDARD_OBJECTS.contains(&name.to_ascii_lowercase().as_str())
}

struct SchemaChecker<'s> {
    schema: &'s SchemaFile,
    metadata: Metadata,
    errors: Vec<SchemaError>,
}

impl SchemaChecker<'_> {
    fn add_error(&mut self, at: &str, text: impl Into<String>) {
        self.errors.push(SchemaError { name: at.to_owned(), message: text.into() });
    }

    fn check_names<'n>(
        &mut self,
        what: &str,
        names: impl ExactSizeIterator<Item = &'n String>,
        max: usize,
    ) {
        if names.len() > max {
            self.add_error(what, format!("{what} takes at most {max}, not {}", names.len()));
        }
        let mut seen = HashSet::new();
        for name in names {
            if !is_valid_name(name) {
                let text = format!(
                    "{name} is no name: use letters, digits and _, a letter first, at most {} in all",
                    limit::SCHEMA_NAME_CHARS_MAX
                );
                self.add_error(name, text);
            }
            if !seen.insert(name.to_ascii_lowercase()) {
                self.add_error(name, format!("{name} is there twice: names ignore case"));
            }
        }
    }

    fn check_dropdowns(&mut self) {
        let schema = self.schema;
        self.check_names("dropdowns", schema.dropdowns.keys(), limit::DROPDOWN_LISTS_MAX);
        for (name, dropdown) in &schema.dropdowns {
            let mut seen = HashSet::new();
            if dropdown.items.len() > limit::DROPDOWN_ITEMS_MAX {
                self.add_error(
                    name,
                    format!("{name} takes at most {} items", limit::DROPDOWN_ITEMS_MAX),
                );
            }
            for item in &dropdown.items {
                let label = values::parse(FieldType::Picklist, 255, &item.as_str().into());
                if !matches!(&label, Ok(Some(_))) || crate::ids::gsid::is_dropdown_item(item) {
                    self.add_error(
                        item,
                        format!(
                            "an item of {name} is no label: use 1 to 255 characters, and no GSID"
                        ),
                    );
                }
                if !seen.insert(item) {
                    self.add_error(item, format!("{name} has the item {item} twice"));
                }
            }
        }
    }

    fn check_object(&mut self, name: &str, object: &ObjectSchema) {
        self.check_names("fields", object.fields.keys(), limit::CUSTOM_FIELDS_MAX);
        if let Some(px) = PxObject::from_schema_name(name) {
            let errors =
                object.fields.iter().flat_map(|(name, field)| check_field(px, name, field));
            self.errors.extend(errors);
            return;
        }
        let standard = is_standard_object(name);
        for (field_name, field) in &object.fields {
            if AssociationIndex::of_field(name, field_name).is_some() {
                self.check_association_index(name, field_name, field);
                continue;
            }
            if standard && !field_name.to_ascii_lowercase().ends_with("__gc") {
                let text = format!("a field of {name} ends in __gc: write {field_name}__gc");
                self.add_error(field_name, text);
            }
            let existing = if standard { self.metadata.object(name) } else { None };
            if existing.is_some_and(|object| object.field(field_name).is_some())
                || is_reserved(field_name)
            {
                self.add_error(
                    field_name,
                    format!("{name} has a field {field_name} already: choose another name"),
                );
            }
            self.check_field(name, field_name, field);
        }
    }

    /// Of a standard field that may be indexed, a schema says only that.
    fn check_association_index(&mut self, object: &str, name: &str, field: &FieldSchema) {
        let plain = FieldSchema { indexed: field.indexed, ..FieldSchema::new(FieldType::Gsid) };
        if *field != plain {
            let text = format!(
                "{name} is a field of {object} already, of which a schema says only whether it is \
                 indexed: write {name}: {{ type: GSID, indexed: true }}"
            );
            self.add_error(name, text);
        }
    }

    fn check_field(&mut self, object: &str, name: &str, field: &FieldSchema) {
        let longest = match field.kind {
            FieldType::RichTextArea => limit::RICH_TEXT_CHARS_MAX,
            kind => kind.default_max_length().max(limit::TEXT_CHARS_MAX),
        };
        if field.max_length.is_some_and(|length| length == 0 || length > longest) {
            self.add_error(name, format!("maxLength of {name} is 1 to {longest}"));
        }
        self.check_field_dropdown(name, field);
        self.check_lookup(name, field);
        let people = [object::PERSON, object::COMPANY_PERSON, object::RELATIONSHIP_PERSON];
        if field.indexed && people.contains(&object.to_ascii_lowercase().as_str()) {
            let is_own = |index: &AssociationIndex| index.object().eq_ignore_ascii_case(object);
            let own = AssociationIndex::ALL.into_iter().find(is_own);
            let found_by = own.map_or("email and GSID".to_owned(), |own| {
                format!("its person and, where indexed, {}", own.field())
            });
            self.add_error(
                name,
                format!("{name} can't be indexed: {object} is found by {found_by} alone"),
            );
        }
        if field.indexed
            && matches!(field.kind, FieldType::RichTextArea | FieldType::MultiSelectDropdownList)
        {
            self.add_error(
                name,
                format!("{name} can't be indexed: {} has no single value", field.kind.as_str()),
            );
        }
        self.check_default(name, field);
    }

    fn check_field_dropdown(&mut self, name: &str, field: &FieldSchema) {
        let lists = &self.schema.dropdowns;
        let known = |list: &str| {
            list.eq_ignore_ascii_case(standard::ROLE_CATEGORY)
                || find_by_name(lists, list).is_some()
        };
        match (&field.dropdown, is_dropdown(field.kind)) {
            (None, true) => self.add_error(
                name,
                format!("{name} needs its list: write dropdown: and a name from dropdowns"),
            ),
            (Some(_), false) => self.add_error(
                name,
                format!(
                    "{name} is {}: only PICKLIST and MULTISELECTDROPDOWNLIST have a dropdown",
                    field.kind.as_str()
                ),
            ),
            (Some(list), true) if !known(list) => {
                self.add_error(name, format!("dropdowns has no {list}: add it there"))
            }
            _ => {}
        }
    }

    fn check_lookup(&mut self, name: &str, field: &FieldSchema) {
        let Some(target) = &field.lookup else { return };
        if field.kind != FieldType::Gsid {
            return self.add_error(name, format!("{name} looks up {target}, so its type is GSID"));
        }
        let is_px = PxObject::from_schema_name(target).is_some();
        if is_px
            || !is_standard_object(target) && find_by_name(&self.schema.objects, target).is_none()
        {
            self.add_error(
                name,
                format!("{name} looks up {target}, which is no object: add it to objects"),
            );
        }
    }

    fn check_default(&mut self, name: &str, field: &FieldSchema) {
        let length = field.max_length.unwrap_or_else(|| field.kind.default_max_length());
        let parsed = values::parse(field.kind, length, &field.default);
        let Ok(value) = parsed else {
            return self
                .add_error(name, format!("the default of {name} is no {}", field.kind.as_str()));
        };
        let list =
            field.dropdown.as_deref().and_then(|list| find_by_name(&self.schema.dropdowns, list));
        let labels: Vec<_> = match value {
            Some(Value::Text(label)) => vec![label],
            Some(Value::List(labels)) => labels,
            _ => Vec::new(),
        };
        let Some(list) = list.filter(|list| list.closed) else { return };
        if let Some(label) = labels.iter().find(|label| !list.items.contains(label)) {
            self.add_error(
                name,
                format!("the default {label} of {name} is no item of its list: add it there"),
            );
        }
    }
}

/// A member by name, ignoring case.
pub(super) fn find_by_name<'m, T>(
    map: &'m std::collections::BTreeMap<String, T>,
    name: &str,
) -> Option<&'m T> {
    map.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

fn is_valid_name(name: &str) -> bool {
    let fits = name.len() <= limit::SCHEMA_NAME_CHARS_MAX
        && name.starts_with(|c: char| c.is_ascii_alphabetic());
    fits && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Names that are reserved in every object.
fn is_reserved(name: &str) -> bool {
    let reserved = [
        "gsid",
        "createddate",
        "modifieddate",
        "createdby",
        "modifiedby",
        "companies",
        "relationships",
        "lookups",
    ];
    reserved.contains(&name.to_ascii_lowercase().as_str())
}
