//! What is stored, seen as rows of objects: one place that says what a field reads as, for GET
//! and for queries (contract: get#printed-person, query#printed-rows).

mod associations;

use std::borrow::Cow;

use crate::ids::stamp::Stamp;
use crate::objects::record::{self, REVISED, Record, stamp};
use crate::people::{Held, Person};
use crate::schema::metadata::{Field, Source, standard::IS_PRIMARY};
use crate::values::Value;

pub use associations::{Company, Relationship, companies, own_companies, references};

/// One row of an object.
#[derive(Debug, Clone, Copy)]
pub enum View<'a> {
    /// A record of an object beside people.
    Record(&'a Record),
    /// A person.
    Person(&'a Person),
    /// A Company Person.
    Company(&'a Person, &'a Company<'a>),
    /// A Relationship Person, with the Company Person that it stands under.
    Relationship(&'a Person, &'a Company<'a>, &'a Relationship<'a>),
}

impl<'a> View<'a> {
    /// Its GSID.
    #[must_use]
    pub fn gsid(self) -> &'a str {
        match self {
            Self::Record(record) => &record.gsid,
            Self::Person(person) => &person.gsid,
            Self::Company(_, company) => &company.gsid,
            Self::Relationship(_, _, relationship) => &relationship.gsid,
        }
    }

    /// What a field reads as, its default included; dropdown values as labels.
    #[must_use]
    pub fn value(self, field: &'a Field) -> Option<Cow<'a, Value>> {
        match &field.source {
            Source::Gsid => text(self.gsid()),
            Source::Created => moment(self.born()),
            Source::Modified => moment(self.revised()),
            Source::Nobody => None,
            Source::Email => text(&self.person()?.email),
            Source::PersonId => text(&self.person()?.gsid),
            Source::CompanyId => text(&self.company()?.record.gsid),
            Source::CompanyPersonId => text(&self.company()?.gsid),
            Source::RelationshipId => text(&self.relationship()?.record.gsid),
            Source::RelationshipTypeId(code) => match self.relationship() {
                Some(under) if !under.held.values.contains_key(code) => {
                    under.record.text(record::RELATIONSHIP_TYPE).and_then(text)
                }
                _ => self.stored(field),
            },
            Source::Stored(code) => match self {
                Self::Person(person) if code == record::NAME => {
                    person.name().map(|name| Cow::Owned(Value::Text(name)))
                }
                Self::Company(person, company) if code == IS_PRIMARY => {
                    person.is_primary(&company.held).map(|is| Cow::Owned(Value::Bool(is)))
                }
                _ => self.stored(field),
            },
        }
    }

    /// The row's person; none when it is no row of a person.
    #[must_use]
    pub fn person(self) -> Option<&'a Person> {
        match self {
            Self::Record(_) => None,
            Self::Person(person) | Self::Company(person, _) | Self::Relationship(person, ..) => {
                Some(person)
            }
        }
    }

    /// The Company Person that the row is or stands under.
    #[must_use]
    pub fn company(self) -> Option<&'a Company<'a>> {
        match self {
            Self::Company(_, company) | Self::Relationship(_, company, _) => Some(company),
            Self::Record(_) | Self::Person(_) => None,
        }
    }

    /// The Relationship Person that the row is.
    #[must_use]
    pub fn relationship(self) -> Option<&'a Relationship<'a>> {
        match self {
            Self::Relationship(_, _, relationship) => Some(relationship),
            _ => None,
        }
    }

    fn held(self) -> Option<&'a Held> {
        match self {
            Self::Company(_, company) => Some(&company.held),
            Self::Relationship(_, _, relationship) => Some(relationship.held),
            Self::Record(_) | Self::Person(_) => None,
        }
    }

    fn stored(self, field: &'a Field) -> Option<Cow<'a, Value>> {
        let value = match self {
            Self::Record(record) => record.value(field),
            Self::Person(person) => person.value(field),
            Self::Company(..) | Self::Relationship(..) => self.held()?.value(field),
        };
        value.map(Cow::Borrowed)
    }

    fn born(self) -> Stamp {
        match self {
            Self::Record(record) => record.born,
            Self::Person(person) => person.born,
            Self::Company(_, company) => company.held.born,
            Self::Relationship(_, _, relationship) => relationship.held.born,
        }
    }

    fn revised(self) -> Stamp {
        match self {
            Self::Record(record) => stamp(&record.attributes, REVISED).unwrap_or(record.born),
            Self::Person(person) => person.revised,
            Self::Company(_, company) => company.held.revised,
            Self::Relationship(_, _, relationship) => relationship.held.revised,
        }
    }
}

fn text<'a>(text: &str) -> Option<Cow<'a, Value>> {
    Some(Cow::Owned(Value::Text(text.to_owned())))
}

fn moment<'a>(stamp: Stamp) -> Option<Cow<'a, Value>> {
    Some(Cow::Owned(Value::Number(stamp.millis().into())))
}
