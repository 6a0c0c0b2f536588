//! Which rows a query can match at all, as far as keys and lookup entries tell: the conditions
//! without which nothing matches may name them.

use super::scalar::Scalar;
use super::{Condition, Expression};
use crate::ids::email::EmailKey;
use crate::ids::gsid::Gsid;
use crate::people;
use crate::schema::metadata::{Field, Object, Source, object};

/// Where rows are to be read.
#[derive(Debug, Clone, PartialEq)]
pub enum Access {
    /// These records.
    Records(Vec<Gsid>),
    /// Records with a lookup entry of this field for one of these values.
    Entries(String, Vec<String>),
    /// These people.
    People(Vec<Gsid>),
    /// The people with these emails.
    Emails(Vec<EmailKey>),
    /// All of the object.
    All,
}

impl Access {
    /// How near to the rows it leads: less is better.
    fn cost(&self) -> (u8, usize) {
        match self {
            Self::Records(gsids) | Self::People(gsids) => (0, gsids.len()),
            Self::Emails(emails) => (0, emails.len()),
            Self::Entries(_, values) => (1, values.len()),
            Self::All => (2, 0),
        }
    }
}

pub(super) fn access(
    object: &Object,
    expression: &Expression,
    conditions: &[Condition<'_>],
) -> Access {
    let needed = expression.needed().into_iter().filter_map(|at| conditions.get(at));
    let of_people = people::is_of(&object.name);
    let ways = needed.filter_map(|condition| match of_people {
        true if condition.is_never() => Some(Access::People(Vec::new())),
        false if condition.is_never() => Some(Access::Records(Vec::new())),
        true => by_person(object, condition, condition.one_of()?),
        false => by_record(condition, condition.one_of()?),
    });
    ways.min_by_key(Access::cost).unwrap_or(Access::All)
}

/// Whether every record has its lookup entry of the field.
fn has_entries(field: &Field) -> bool {
    field.indexed && !field.indexing
}

/// The names by which rows of an object are found without reading all.
#[must_use]
pub fn key_names(object: &Object) -> String {
    let indexed = object.fields().iter().filter(|field| has_entries(field));
    let names: Vec<_> = match object.name.as_str() {
        object::PERSON => vec!["Gsid", "Email"],
        object::COMPANY_PERSON | object::RELATIONSHIP_PERSON => {
            vec!["Person_ID", "Person_ID__gr.Email"]
        }
        _ => ["Gsid"].into_iter().chain(indexed.map(|field| field.name.as_str())).collect(),
    };
    names.join(", ")
}

fn by_record(condition: &Condition<'_>, values: &[Scalar]) -> Option<Access> {
    let field = condition.column.own()?;
    match field.source {
        Source::Gsid => Some(Access::Records(gsids(values))),
        _ if has_entries(field) => {
            let values = values.iter().map(Scalar::entry).collect();
            Some(Access::Entries(field.name.clone(), values))
        }
        _ => None,
    }
}

/// By what names a person: of a person itself, or of the person of an association.
fn by_person(object: &Object, condition: &Condition<'_>, values: &[Scalar]) -> Option<Access> {
    let own = condition.column.own();
    let field = match object.name == object::PERSON {
        true => own?,
        false => condition
            .column
            .of_person()
            .or_else(|| own.filter(|field| field.source == Source::PersonId))?,
    };
    match field.source {
        Source::Gsid | Source::PersonId => Some(Access::People(gsids(values))),
        Source::Email => {
            let key = |value: &Scalar| EmailKey::from_stored(&value.entry());
            Some(Access::Emails(values.iter().map(key).collect()))
        }
        _ => None,
    }
}

fn gsids(values: &[Scalar]) -> Vec<Gsid> {
    values.iter().filter_map(|value| Gsid::parse(&value.entry())).collect()
}
