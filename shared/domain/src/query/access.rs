//! Chooses the access path of a query: keys and lookup entries of the conditions that every match
//! must meet.

use std::collections::BTreeSet;

use super::scalar::Scalar;
use super::{Condition, Expression, KeyRange};
use crate::ids::email::EmailKey;
use crate::ids::gsid::Gsid;
use crate::ids::tenant_ids::TenantIds;
use crate::limit;
use crate::people::{self, AssociationIndex, IndexedTarget};
use crate::schema::metadata::{Field, FieldOrigin, Object, object};

/// The rows to read.
#[derive(Debug, Clone, PartialEq)]
pub enum AccessPath {
    /// The records with these GSIDs.
    Records(Vec<Gsid>),
    /// The records with a lookup entry of this field for one of these values.
    Entries(String, Vec<String>),
    /// The people with these GSIDs.
    People(Vec<Gsid>),
    /// The people with these emails.
    Emails(Vec<EmailKey>),
    /// The people with a lookup entry of an association with one of these companies or
    /// relationships.
    Associations(Vec<IndexedTarget>),
    /// All rows of the object within a range of keys.
    All(KeyRange),
}

impl AccessPath {
    /// The cost of the path; less is better.
    fn read_cost(&self) -> (u8, usize) {
        match self {
            Self::Records(gsids) | Self::People(gsids) => (0, gsids.len()),
            Self::Emails(emails) => (0, emails.len()),
            Self::Entries(_, values) => (1, values.len()),
            Self::Associations(targets) => (1, targets.len()),
            Self::All(_) => (2, 0),
        }
    }
}

pub(super) fn choose_access_path(
    object: &Object,
    expression: &Expression,
    conditions: &[Condition<'_>],
    tenant_ids: &TenantIds,
) -> AccessPath {
    let required = expression.required_conditions().into_iter().filter_map(|at| conditions.get(at));
    let is_person_object = people::is_person_object(&object.name);
    let paths = required.filter_map(|condition| match (is_person_object, condition.is_never()) {
        (true, true) => Some(AccessPath::People(Vec::new())),
        (false, true) => Some(AccessPath::Records(Vec::new())),
        (true, false) => {
            let values = condition.required_values()?;
            access_by_person(object, condition, values)
                .or_else(|| access_by_association(object, condition, values))
        }
        (false, false) => {
            access_by_record(condition.column.own_field()?, condition.required_values()?)
        }
    });
    paths.min_by_key(AccessPath::read_cost).unwrap_or_else(|| {
        AccessPath::All(KeyRange::from_conditions(object, expression, conditions, tenant_ids))
    })
}

/// Whether every record has its lookup entry of the field.
fn has_index_entries(field: &Field) -> bool {
    field.indexed && !field.indexing
}

/// The names by which rows of an object are found without reading all.
#[must_use]
pub fn list_key_names(object: &Object) -> String {
    let indexed = object.fields().iter().filter(|field| has_index_entries(field));
    let names: Vec<_> = match object.name.as_str() {
        object::PERSON => vec!["Gsid", "Email"],
        object::COMPANY_PERSON | object::RELATIONSHIP_PERSON => {
            let indexed = indexed.map(|field| field.name.as_str());
            ["Person_ID", "Person_ID__gr.Email"].into_iter().chain(indexed).collect()
        }
        _ => ["Gsid"].into_iter().chain(indexed.map(|field| field.name.as_str())).collect(),
    };
    names.join(", ")
}

/// The access path to the records that have one of these values in a field of their own.
pub(super) fn access_by_record(field: &Field, values: &[Scalar]) -> Option<AccessPath> {
    match field.origin {
        FieldOrigin::Gsid => Some(AccessPath::Records(parse_gsids(values))),
        _ if has_index_entries(field) => {
            let values = values.iter().map(Scalar::to_index_text).collect();
            Some(AccessPath::Entries(field.name.clone(), values))
        }
        _ => None,
    }
}

/// The access path by a person: a row of Person itself, or the person of an association.
fn access_by_person(
    object: &Object,
    condition: &Condition<'_>,
    values: &[Scalar],
) -> Option<AccessPath> {
    let own = condition.column.own_field();
    let field = if object.name == object::PERSON {
        own
    } else {
        let person_id = || own.filter(|field| field.origin == FieldOrigin::PersonId);
        condition.column.person_field().or_else(person_id)
    }?;
    match field.origin {
        FieldOrigin::Gsid | FieldOrigin::PersonId => Some(AccessPath::People(parse_gsids(values))),
        FieldOrigin::Email => {
            let key = |value: &Scalar| EmailKey::from_stored(&value.to_index_text());
            Some(AccessPath::Emails(values.iter().map(key).collect()))
        }
        _ => None,
    }
}

/// The access path by the company or relationship of an association, if that is indexed.
fn access_by_association(
    object: &Object,
    condition: &Condition<'_>,
    values: &[Scalar],
) -> Option<AccessPath> {
    let field = condition.column.own_field().filter(|field| has_index_entries(field))?;
    let index = AssociationIndex::of_field(&object.name, &field.name)?;
    let target = |value: &Scalar| IndexedTarget { index, gsid: value.to_index_text() };
    let targets: BTreeSet<_> = values.iter().map(target).collect();
    (targets.len() <= limit::QUERY_INDEXED_TARGETS_MAX)
        .then(|| AccessPath::Associations(targets.into_iter().collect()))
}

fn parse_gsids(values: &[Scalar]) -> Vec<Gsid> {
    values.iter().filter_map(|value| Gsid::parse(&value.to_index_text())).collect()
}
