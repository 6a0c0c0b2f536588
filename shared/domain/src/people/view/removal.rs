//! Finds the stored parts of an association that is removed, as a reader sees it (contract:
//! objects#delete-of-an-association).

use std::collections::BTreeSet;

use super::CompanyView;
use crate::ids::stamp::Stamp;
use crate::people::Person;
use crate::schema::metadata::object;

/// An association to remove.
#[derive(Debug, PartialEq, Eq)]
pub struct RemovedAssociation {
    /// The names of the stored associations: its own, and of a Company Person those of the
    /// Relationship Persons under it. A Company Person that only relationships imply is not stored
    /// itself.
    pub names: Vec<String>,
    /// Distinguishes it from one that is created later under the same GSID.
    pub created: Stamp,
}

/// Finds a row of `company_person` or `relationship_person` among a person's. What is nested under a
/// company goes with it even if no reader sees it: the company would be shown because of it.
#[must_use]
pub fn find_removed_association(
    person: &Person,
    companies: &[CompanyView<'_>],
    object: &str,
    gsid: &str,
) -> Option<RemovedAssociation> {
    if object == object::COMPANY_PERSON {
        let company = companies.iter().find(|company| company.gsid == gsid)?;
        let own = company.association.name.clone();
        let under = company.relationships.iter().map(|under| under.association.name.clone());
        let target = Some(company.association.target.as_str());
        let hidden =
            person.relationships.iter().filter(|nested| nested.company.as_deref() == target);
        let hidden = hidden.map(|nested| nested.name.clone());
        let names: BTreeSet<_> = [own].into_iter().chain(under).chain(hidden).collect();
        let names = names.into_iter().collect();
        return Some(RemovedAssociation { names, created: company.association.created });
    }
    let mut relationships = companies.iter().flat_map(|company| &company.relationships);
    let found = relationships.find(|relationship| relationship.gsid == gsid)?.association;
    Some(RemovedAssociation { names: vec![found.name.clone()], created: found.created })
}
