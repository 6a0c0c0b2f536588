//! What planning found out about one part of a row.

use serde_json::{Map, Value as Json};

use crate::fault::{Fault, RowPath};

/// The key of a Company Person.
const COMPANY_KEY: &str = "Company_ID,Person_ID";

/// The key of a Relationship Person.
const RELATIONSHIP_KEY: &str = "Company_ID,Person_ID,Relationship_ID";

/// One id of an association's key.
#[derive(Debug, Clone, PartialEq)]
pub enum KeyPart {
    /// A record that is there.
    Known(String),
    /// Sent and refused, as an answer shows it; a fault says why. It counts as present
    /// (contract: bulk#markers-and-keys).
    Refused(Json),
    /// Not known because another part is refused; it counts as present.
    Unknown,
    /// Not there.
    Missing,
}

impl KeyPart {
    /// As it stands in an answer.
    #[must_use]
    pub fn to_json(&self) -> Option<Json> {
        match self {
            Self::Known(gsid) => Some(gsid.as_str().into()),
            Self::Refused(value) => Some(value.clone()).filter(|value| !value.is_null()),
            Self::Unknown | Self::Missing => None,
        }
    }
}

/// The key of an association, its person apart.
#[derive(Debug, Clone)]
pub struct AssociationKey {
    /// `Company_ID`.
    pub company: KeyPart,
    /// `Relationship_ID`, of a relationship.
    pub relationship: Option<KeyPart>,
    /// The person, where the row names it by GSID.
    pub person: Option<String>,
    /// Whether the company is that of the enclosing item, which failed.
    pub from_failed_parent: bool,
}

impl AssociationKey {
    /// The fields of the whole key, joined by commas.
    #[must_use]
    pub fn name(&self) -> &'static str {
        if self.relationship.is_some() { RELATIONSHIP_KEY } else { COMPANY_KEY }
    }

    /// Both parts, in the order of the name.
    #[must_use]
    pub fn parts(&self) -> [(&'static str, Option<&KeyPart>); 2] {
        [("Company_ID", Some(&self.company)), ("Relationship_ID", self.relationship.as_ref())]
    }

    /// Whether a part is in this state.
    pub fn any_part(&self, state: impl Fn(&KeyPart) -> bool) -> bool {
        self.parts().into_iter().filter_map(|(_, part)| part).any(state)
    }
}

/// One part of a row: the person, or an association.
#[derive(Debug, Clone)]
pub struct PlannedPart {
    /// Where it stands.
    pub path: RowPath,
    /// What is wrong with its fields and lookups.
    pub faults: Vec<Fault>,
    /// Faults of the enclosing company that bulk answers repeat here (contract:
    /// bulk#faults-repeated-below-a-company).
    pub parent_faults: Vec<Fault>,
    /// What lookups put into fields, by name, as an answer shows it.
    pub resolved: Vec<(String, Json)>,
    /// The key of an association.
    pub key: Option<AssociationKey>,
    /// The name of an association whose key is whole.
    pub name: Option<String>,
}

impl PlannedPart {
    /// Whether it is written when its row is: nothing is wrong with it, and its key is whole.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.faults.is_empty() && self.key.is_none() == self.name.is_none()
    }

    /// What keeps a row from being written whole: its faults, and a key that lacks a part without
    /// a fault that tells why. One whose company failed adds no more to that company's faults.
    pub(super) fn blocking_faults(&self) -> Vec<Fault> {
        let mut faults = self.faults.clone();
        let Some(key) = self.key.as_ref().filter(|key| !key.from_failed_parent) else {
            return faults;
        };
        let refused = |part: &KeyPart| matches!(part, KeyPart::Refused(_) | KeyPart::Unknown);
        if key.any_part(|part| *part == KeyPart::Missing) && !key.any_part(refused) {
            let known = key.parts().into_iter().filter_map(|(name, part)| Some((name, part?)));
            let known = known.filter_map(|(name, part)| Some((name.to_owned(), part.to_json()?)));
            let person = key.person.as_ref().map(|id| ("Person_ID".to_owned(), id.as_str().into()));
            let known = Map::from_iter(known.chain(person));
            faults.push(Fault::key_missing(self.path, key.name(), known));
        }
        faults
    }
}
