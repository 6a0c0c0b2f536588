//! Resolves the key fields of associations: from an id or a lookup to a record.

use std::sync::Arc;

use serde_json::Value as Json;

use super::part::KeyPart;
use super::values::resolve_lookup;
use crate::code::Code;
use crate::fault::{Fault, RowPath};
use crate::ids::gsid::Gsid;
use crate::objects::record::Record;
use crate::people::needs::Known;
use crate::people::row::{AssociationIds, RowPart};
use crate::schema::metadata::object;

/// A field of an association's key, the object that it names a record of, and the id that was sent
/// in it.
#[derive(Clone, Copy)]
pub(super) struct KeyField {
    name: &'static str,
    object: &'static str,
    sent_id: fn(&AssociationIds) -> Option<&Gsid>,
}

pub(super) const COMPANY_ID: KeyField =
    KeyField { name: "Company_ID", object: object::COMPANY, sent_id: |ids| ids.company.as_ref() };

pub(super) const RELATIONSHIP_ID: KeyField = KeyField {
    name: "Relationship_ID",
    object: object::RELATIONSHIP,
    sent_id: |ids| ids.relationship.as_ref(),
};

/// The record that a key field names.
pub(super) enum KeyReference {
    Found(Arc<Record>),
    /// The value that an answer shows in place of an id.
    Refused(Json),
    Missing,
}

impl KeyReference {
    pub(super) fn to_key_part(&self) -> KeyPart {
        match self {
            Self::Found(record) => KeyPart::Known(record.gsid.clone()),
            Self::Refused(value) => KeyPart::Refused(value.clone()),
            Self::Missing => KeyPart::Missing,
        }
    }
}

/// The record that a key field names by id or lookup; a record that does not exist is a fault.
pub(super) fn resolve_key_field(
    part: &RowPart<'_>,
    key: KeyField,
    known: &Known,
    faults: &mut Vec<Fault>,
) -> KeyReference {
    if let Some(id) = (key.sent_id)(&part.ids).map(Gsid::as_str) {
        return match known.record(key.object, id) {
            Some(record) => KeyReference::Found(record.clone()),
            None => {
                faults.push(not_found_fault(part.path, key, id));
                KeyReference::Refused(id.into())
            }
        };
    }
    if let Some(lookup) = part.pending_lookups.iter().find(|lookup| lookup.target == key.name) {
        return match resolve_lookup(part.path, lookup, known, faults) {
            Ok(record) => record
                .filter(|record| record.object == key.object)
                .map_or(KeyReference::Missing, KeyReference::Found),
            Err(failure) => KeyReference::Refused(failure.to_json(key.name).unwrap_or_default()),
        };
    }
    match part.faults.iter().find(|fault| is_about_field(fault, key)) {
        None => KeyReference::Missing,
        Some(fault) => {
            KeyReference::Refused(fault.values.get(key.name).cloned().unwrap_or_default())
        }
    }
}

pub(super) fn not_found_fault(path: RowPath, key: KeyField, id: &str) -> Fault {
    Fault::invalid_field(path, key.name, id.into(), Code::PeopleNotFound)
}

pub(super) fn is_about_field(fault: &Fault, key: KeyField) -> bool {
    fault.field.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(key.name))
}
