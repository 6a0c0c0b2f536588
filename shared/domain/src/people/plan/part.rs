//! The plan of one part of a row: its faults, the values of its lookups, and its key.

use serde_json::{Map, Value as Json};

use crate::fault::{Fault, RowPath};

const COMPANY_PERSON_KEY: &str = "Company_ID,Person_ID";

const RELATIONSHIP_PERSON_KEY: &str = "Company_ID,Person_ID,Relationship_ID";

/// One id of an association's key.
#[derive(Debug, Clone, PartialEq)]
pub enum KeyPart {
    /// The GSID of a record that exists.
    Known(String),
    /// Sent and refused, as an answer shows it; a fault says why. It counts as present
    /// (contract: bulk#markers-and-keys).
    Refused(Json),
    /// Unknown because the part that it follows from was refused; it counts as present.
    Unknown,
    Missing,
}

impl KeyPart {
    /// The id as an answer shows it.
    #[must_use]
    pub fn to_json(&self) -> Option<Json> {
        match self {
            Self::Known(gsid) => Some(gsid.as_str().into()),
            Self::Refused(value) => Some(value.clone()).filter(|value| !value.is_null()),
            Self::Unknown | Self::Missing => None,
        }
    }

    pub(super) fn is_known(&self) -> bool {
        matches!(self, Self::Known(_))
    }
}

/// The key of an association.
#[derive(Debug, Clone)]
pub struct AssociationKey {
    pub company: KeyPart,
    /// `None` for a Company Person.
    pub relationship: Option<KeyPart>,
    /// The person's GSID, if the row names the person by it.
    pub person: Option<String>,
    /// Whether the company is that of the enclosing item, which failed.
    pub from_failed_parent: bool,
}

impl AssociationKey {
    /// The fields of the key, joined by commas.
    #[must_use]
    pub fn name(&self) -> &'static str {
        if self.relationship.is_some() { RELATIONSHIP_PERSON_KEY } else { COMPANY_PERSON_KEY }
    }

    /// Company and relationship, in the order of [`Self::name`].
    #[must_use]
    pub fn parts(&self) -> [(&'static str, Option<&KeyPart>); 2] {
        [("Company_ID", Some(&self.company)), ("Relationship_ID", self.relationship.as_ref())]
    }

    /// Whether the predicate holds for the company or the relationship.
    pub fn any_part(&self, predicate: impl Fn(&KeyPart) -> bool) -> bool {
        self.parts().into_iter().filter_map(|(_, part)| part).any(predicate)
    }
}

/// A planned item of `companies`.
#[derive(Debug, Clone)]
pub struct PlannedCompany {
    pub part: PlannedPart,
    /// The relationships nested under it, in the order of the row.
    pub relationships: Vec<PlannedPart>,
}

/// One planned part of a row: the person, or an association.
#[derive(Debug, Clone)]
pub struct PlannedPart {
    /// The path of the row's part that this is planned for.
    pub path: RowPath,
    /// The faults of its fields and lookups, in the order of answers.
    pub faults: Vec<Fault>,
    /// Faults of the enclosing company that bulk answers repeat here (contract:
    /// bulk#faults-repeated-below-a-company).
    pub parent_faults: Vec<Fault>,
    /// The values that lookups put into fields, by name, as an answer shows them.
    pub resolved: Vec<(String, Json)>,
    /// `None` for the person.
    pub key: Option<AssociationKey>,
    /// The name of an association whose key is complete.
    pub name: Option<String>,
}

impl PlannedPart {
    /// Whether it is written along with its row: it has no faults, and its key is complete.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.faults.is_empty() && self.key.is_none() == self.name.is_none()
    }

    /// Its faults, and one for a key that lacks a part without a fault that says why. A part whose
    /// company failed adds no such fault to that company's own.
    pub(super) fn blocking_faults(&self) -> Vec<Fault> {
        let mut faults = self.faults.clone();
        let Some(key) = self.key.as_ref().filter(|key| !key.from_failed_parent) else {
            return faults;
        };
        let is_refused = |part: &KeyPart| matches!(part, KeyPart::Refused(_) | KeyPart::Unknown);
        if key.any_part(|part| *part == KeyPart::Missing) && !key.any_part(is_refused) {
            let known = key.parts().into_iter().filter_map(|(name, part)| Some((name, part?)));
            let known = known.filter_map(|(name, part)| Some((name.to_owned(), part.to_json()?)));
            let person = key.person.as_ref().map(|id| ("Person_ID".to_owned(), id.as_str().into()));
            let known = Map::from_iter(known.chain(person));
            faults.push(Fault::key_missing(self.path, key.name(), known));
        }
        faults
    }
}
