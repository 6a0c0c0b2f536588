//! Views of stored items as rows of objects: the one place that defines the value of a field, for
//! GET and for queries (contract: get#printed-person, query#printed-rows).

mod associations;
mod removal;

use std::borrow::Cow;

use crate::ids::stamp::Stamp;
use crate::objects::record::{self, Record, UPDATED, attribute_stamp};
use crate::people::{Person, StoredAssociation};
use crate::schema::metadata::{Field, FieldOrigin, standard::IS_PRIMARY_CODE};
use crate::values::Value;

pub use associations::{
    CompanyView, RelationshipView, companies_of_relationships, list_companies, list_references,
};
pub use removal::{RemovedAssociation, find_removed_association};

/// One row of an object.
#[derive(Debug, Clone, Copy)]
pub enum View<'a> {
    /// A record of an object other than those of people.
    Record(&'a Record),
    Person(&'a Person),
    Company(&'a Person, &'a CompanyView<'a>),
    /// A Relationship Person with the Company Person that it is under.
    Relationship(&'a Person, &'a CompanyView<'a>, &'a RelationshipView<'a>),
}

impl<'a> View<'a> {
    #[must_use]
    pub fn gsid(self) -> &'a str {
        match self {
            Self::Record(record) => &record.gsid,
            Self::Person(person) => &person.gsid,
            Self::Company(_, company) => &company.gsid,
            Self::Relationship(_, _, relationship) => &relationship.gsid,
        }
    }

    /// The value of a field, or its default; dropdown values are labels.
    #[must_use]
    pub fn value(self, field: &'a Field) -> Option<Cow<'a, Value>> {
        match &field.origin {
            FieldOrigin::Gsid => text_value(self.gsid()),
            FieldOrigin::Created => stamp_value(self.created()),
            FieldOrigin::Modified => stamp_value(self.updated()),
            FieldOrigin::AlwaysNull => None,
            FieldOrigin::Email => text_value(&self.person()?.email),
            FieldOrigin::PersonId => text_value(&self.person()?.gsid),
            FieldOrigin::CompanyId => text_value(&self.company()?.record.gsid),
            FieldOrigin::CompanyPersonId => text_value(&self.company()?.gsid),
            FieldOrigin::RelationshipId => text_value(&self.relationship()?.record.gsid),
            FieldOrigin::RelationshipTypeId(code) => match self.relationship() {
                Some(under) if !under.association.values.contains_key(code) => {
                    under.record.text(record::RELATIONSHIP_TYPE_CODE).and_then(text_value)
                }
                _ => self.stored_value(field),
            },
            FieldOrigin::Stored(code) => match self {
                Self::Person(person) if code == record::NAME_CODE => {
                    person.name().map(|name| Cow::Owned(Value::Text(name)))
                }
                Self::Company(person, company) if code == IS_PRIMARY_CODE => {
                    person.is_primary(&company.association).map(|is| Cow::Owned(Value::Bool(is)))
                }
                _ => self.stored_value(field),
            },
        }
    }

    /// The row's person; `None` for a record.
    #[must_use]
    pub fn person(self) -> Option<&'a Person> {
        match self {
            Self::Record(_) => None,
            Self::Person(person) | Self::Company(person, _) | Self::Relationship(person, ..) => {
                Some(person)
            }
        }
    }

    /// The Company Person that the row is or is under.
    #[must_use]
    pub fn company(self) -> Option<&'a CompanyView<'a>> {
        match self {
            Self::Company(_, company) | Self::Relationship(_, company, _) => Some(company),
            Self::Record(_) | Self::Person(_) => None,
        }
    }

    /// The Relationship Person that the row is.
    #[must_use]
    pub fn relationship(self) -> Option<&'a RelationshipView<'a>> {
        match self {
            Self::Relationship(_, _, relationship) => Some(relationship),
            _ => None,
        }
    }

    fn association(self) -> Option<&'a StoredAssociation> {
        match self {
            Self::Company(_, company) => Some(&company.association),
            Self::Relationship(_, _, relationship) => Some(relationship.association),
            Self::Record(_) | Self::Person(_) => None,
        }
    }

    fn stored_value(self, field: &'a Field) -> Option<Cow<'a, Value>> {
        let value = match self {
            Self::Record(record) => record.value(field),
            Self::Person(person) => person.value(field),
            Self::Company(..) | Self::Relationship(..) => self.association()?.value(field),
        };
        value.map(Cow::Borrowed)
    }

    fn created(self) -> Stamp {
        match self {
            Self::Record(record) => record.created,
            Self::Person(person) => person.created,
            Self::Company(_, company) => company.association.created,
            Self::Relationship(_, _, relationship) => relationship.association.created,
        }
    }

    fn updated(self) -> Stamp {
        match self {
            Self::Record(record) => {
                attribute_stamp(&record.attributes, UPDATED).unwrap_or(record.created)
            }
            Self::Person(person) => person.updated,
            Self::Company(_, company) => company.association.updated,
            Self::Relationship(_, _, relationship) => relationship.association.updated,
        }
    }
}

fn text_value<'a>(text: &str) -> Option<Cow<'a, Value>> {
    Some(Cow::Owned(Value::Text(text.to_owned())))
}

fn stamp_value<'a>(stamp: Stamp) -> Option<Cow<'a, Value>> {
    Some(Cow::Owned(Value::Number(stamp.millis().into())))
}
