//! Plans a row: from the parsed row and the records that its lookups found to one write of one
//! person, and the faults of each part (ADR 9).
//!
//! A plan has the shape of its row, so [`RowPlan::part`] finds what was planned for a part of the
//! row by the part's path:
//!
//! ```text
//! row   {"Email": "a@b.co", "companies": [{"Company_ID": "1P02…"}, {"Company_ID": "gone"}]}
//! plan  Person      no faults
//!       Company(0)  no faults, key: Company_ID known, name "c…"
//!       Company(1)  fault PeopleNotFound, key: Company_ID refused, no name
//!       write       by email a@b.co, with the association of companies[0] alone
//! ```
//!
//! The write holds the valid parts. Whether it is applied is the caller's policy: a single upsert
//! needs every part to be valid, a bulk row only its person (contract: upsert#atomic,
//! bulk#partial-success).

mod key;
mod part;
mod planner;
mod values;
mod write;

pub use part::{AssociationKey, KeyPart, PlannedCompany, PlannedPart};
pub(crate) use values::resolve_values;
pub use write::PersonWrite;

use crate::code::Code;
use crate::fault::{Fault, RowPath};
use crate::ids::tenant_ids::TenantIds;
use crate::people;
use crate::people::needs::Known;
use crate::people::row::Row;

/// A planned row.
#[derive(Debug)]
pub struct RowPlan {
    /// The write of all valid parts.
    pub write: PersonWrite,
    pub person: PlannedPart,
    /// `companies` in the order of the row.
    pub companies: Vec<PlannedCompany>,
    /// `relationships` directly under the person, in the order of the row.
    pub relationships: Vec<PlannedPart>,
}

/// Plans a row.
#[must_use]
pub fn plan_row(row: &Row<'_>, known: &Known, tenant_ids: &TenantIds) -> RowPlan {
    planner::Planner::new(row, known, tenant_ids).plan()
}

impl RowPlan {
    /// The plan of the part of the row at a path.
    #[must_use]
    pub fn part(&self, path: RowPath) -> Option<&PlannedPart> {
        match path {
            RowPath::Person => Some(&self.person),
            RowPath::Company(n) => self.companies.get(n).map(|company| &company.part),
            RowPath::Nested(n, m) => self.companies.get(n)?.relationships.get(m),
            RowPath::Direct(n) => self.relationships.get(n),
        }
    }

    /// The person, then its associations, each company before the relationships under it.
    pub fn parts(&self) -> impl Iterator<Item = &PlannedPart> {
        std::iter::once(&self.person).chain(self.associations())
    }

    /// The associations, each company before the relationships under it.
    pub fn associations(&self) -> impl Iterator<Item = &PlannedPart> {
        let companies = self.companies.iter();
        companies
            .flat_map(|company| std::iter::once(&company.part).chain(&company.relationships))
            .chain(&self.relationships)
    }

    /// All faults that keep the row from being written as a whole, in the order of answers.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults: Vec<_> = self.parts().flat_map(PlannedPart::blocking_faults).collect();
        faults.sort_by_key(|fault| fault.path);
        faults
    }

    /// The names of the associations that the row's answer shows: its own, and the companies of its
    /// relationships.
    pub fn named_associations(&self, tenant_ids: &TenantIds) -> impl Iterator<Item = String> {
        self.associations().flat_map(|part| {
            let company = match part.key.as_ref().map(|key| &key.company) {
                Some(KeyPart::Known(id)) => Some(people::company_association_name(tenant_ids, id)),
                _ => None,
            };
            part.name.clone().into_iter().chain(company)
        })
    }

    /// Whether the person itself may be written.
    #[must_use]
    pub fn person_is_valid(&self) -> bool {
        self.person.faults.is_empty()
    }
}

/// Whether an error must include the person's GSID, which requires a read (contract:
/// upsert#failures-without-a-value, upsert#known-parts).
#[must_use]
pub fn needs_person_gsid(faults: &[Fault]) -> bool {
    faults
        .iter()
        .any(|fault| fault.code == Code::KeyMissing && !fault.values.contains_key("Person_ID"))
}

/// Adds the person's GSID to the faults of keys that it is a part of.
pub fn set_person_gsid(faults: &mut [Fault], gsid: &str) {
    let has_person = |fault: &&mut Fault| {
        fault.code == Code::KeyMissing
            && fault.field.as_deref().is_some_and(|key| key.contains("Person_ID"))
    };
    for fault in faults.iter_mut().filter(has_person) {
        fault.values.insert("Person_ID".to_owned(), gsid.into());
    }
}
