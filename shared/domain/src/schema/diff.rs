//! The changes from one schema to another. Removing hides: no stored data changes, and a storage
//! code is never reused.

use std::collections::BTreeMap;
use std::fmt;

use super::check::find_by_name;
use super::{DropdownSchema, FieldSchema, ObjectSchema, SchemaFile};
use crate::count::format_count;

/// One change; its text is shown before it is applied.
#[derive(Debug, Clone, PartialEq)]
pub enum SchemaChange {
    /// A dropdown list is added (`true`) or changed: its name and new definition.
    PutDropdown(String, DropdownSchema, bool),
    RemoveDropdown(String),
    /// A custom object is added (`true`) or gets another label.
    PutObject(String, Option<String>, bool),
    RemoveObject(String),
    /// A field is added (`true`) or changed: its object, name and new definition.
    PutField(String, String, Box<FieldSchema>, bool),
    /// A field is removed: its object and name.
    RemoveField(String, String),
    /// The change is impossible: a field would change its type.
    Forbidden(String),
}

impl fmt::Display for SchemaChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = |new: &bool| if *new { '+' } else { '~' };
        match self {
            Self::PutDropdown(name, list, new) => {
                let closed = if list.closed { "closed" } else { "open" };
                let items = format_count(list.items.len() as u64, "item");
                write!(f, "{} dropdown {name}: {closed}, {items}", sign(new))
            }
            Self::RemoveDropdown(name) => write!(f, "- dropdown {name}"),
            Self::PutObject(name, _, new) => write!(f, "{} object {name}", sign(new)),
            Self::RemoveObject(name) => write!(f, "- object {name}"),
            Self::PutField(object, name, field, new) => {
                write!(f, "{} field {object}.{name}: {}", sign(new), field.kind.as_str())?;
                if field.indexed { f.write_str(", indexed") } else { Ok(()) }
            }
            Self::RemoveField(object, name) => write!(f, "- field {object}.{name}"),
            Self::Forbidden(text) => write!(f, "! {text}"),
        }
    }
}

/// The changes from the current schema to the wanted one, in an order in which they can be applied.
#[must_use]
pub fn diff_schemas(current: &SchemaFile, wanted: &SchemaFile) -> Vec<SchemaChange> {
    let mut changes = Vec::new();
    for (name, list) in &wanted.dropdowns {
        match find_by_name(&current.dropdowns, name) {
            Some(known) if is_same_dropdown(known, list) => {}
            known => {
                changes.push(SchemaChange::PutDropdown(name.clone(), list.clone(), known.is_none()))
            }
        }
    }
    for (name, object) in &wanted.objects {
        diff_object(name, find_by_name(&current.objects, name), object, &mut changes);
    }
    for (name, object) in &current.objects {
        let kept = find_by_name(&wanted.objects, name);
        let no_fields = BTreeMap::new();
        let fields = kept.map_or(&no_fields, |kept| &kept.fields);
        let removed = object.fields.keys().filter(|field| find_by_name(fields, field).is_none());
        changes.extend(removed.map(|field| SchemaChange::RemoveField(name.clone(), field.clone())));
        if kept.is_none() && !super::check::is_standard_object(name) {
            changes.push(SchemaChange::RemoveObject(name.clone()));
        }
    }
    let removed =
        current.dropdowns.keys().filter(|name| find_by_name(&wanted.dropdowns, name).is_none());
    changes.extend(removed.map(|name| SchemaChange::RemoveDropdown(name.clone())));
    changes
}

/// A field with lower-case names of dropdown and lookup, which ignore case.
fn normalize_field(field: &FieldSchema) -> FieldSchema {
    let lower = |name: &Option<String>| name.as_ref().map(|name| name.to_ascii_lowercase());
    FieldSchema { dropdown: lower(&field.dropdown), lookup: lower(&field.lookup), ..field.clone() }
}

/// Whether a list already is as wanted. An open one may have got more labels since.
fn is_same_dropdown(known: &DropdownSchema, wanted: &DropdownSchema) -> bool {
    let has_all = |list: &DropdownSchema, of: &DropdownSchema| {
        of.items.iter().all(|item| list.items.contains(item))
    };
    known.closed == wanted.closed
        && has_all(known, wanted)
        && (!wanted.closed || has_all(wanted, known))
}

fn diff_object(
    name: &str,
    known: Option<&ObjectSchema>,
    wanted: &ObjectSchema,
    changes: &mut Vec<SchemaChange>,
) {
    let same_label = known.is_some_and(|known| known.label == wanted.label);
    if !same_label && !super::check::is_standard_object(name) {
        changes.push(SchemaChange::PutObject(
            name.to_owned(),
            wanted.label.clone(),
            known.is_none(),
        ));
    }
    for (field_name, field) in &wanted.fields {
        let known = known.and_then(|known| find_by_name(&known.fields, field_name));
        let put = |new| {
            SchemaChange::PutField(
                name.to_owned(),
                field_name.clone(),
                Box::new(field.clone()),
                new,
            )
        };
        changes.extend(match known {
            Some(known) if normalize_field(known) == normalize_field(field) => None,
            Some(known) if known.kind != field.kind => Some(SchemaChange::Forbidden(format!(
                "{name}.{field_name} is {}: a type can't change; remove the field and add one of another name",
                known.kind.as_str()
            ))),
            Some(_) => Some(put(false)),
            None => Some(put(true)),
        });
    }
}
