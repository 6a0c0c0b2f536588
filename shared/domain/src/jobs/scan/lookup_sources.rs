//! The sources of `Person_ID` lookups: members of records whose texts name a person (contract:
//! jobs#keys-in-associations).

use crate::lookup::{Lookup, Lookups};

/// The sources of the payload's `Person_ID` lookups on Email, as spelled.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PersonLookupSources {
    pub(super) people: Vec<String>,
    pub(super) companies: Vec<String>,
    pub(super) relationships: Vec<String>,
}

impl PersonLookupSources {
    /// Collects the sources from the payload's `lookups`.
    #[must_use]
    pub fn from_lookups(lookups: &Lookups) -> Self {
        Self {
            people: list_email_sources(&lookups.person),
            companies: list_email_sources(&lookups.companies),
            relationships: list_email_sources(&lookups.relationships),
        }
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.people.is_empty() && self.companies.is_empty() && self.relationships.is_empty()
    }
}

fn list_email_sources(lookups: &[Lookup]) -> Vec<String> {
    let of_person = lookups.iter().filter(|l| l.target.eq_ignore_ascii_case("Person_ID"));
    let pairs = of_person.flat_map(|lookup| &lookup.fields);
    let pairs = pairs.filter(|(_, field)| field.eq_ignore_ascii_case("Email"));
    pairs.map(|(source, _)| source.clone()).collect()
}
