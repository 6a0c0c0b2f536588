//! From a row and what is known of the store to one write of one person, and what is wrong with
//! each part (ADR 9). Which parts may go is a policy over the same plan: the
//! write holds those that are sound; a single upsert goes only when all are, a bulk row when its
//! person is (contract: upsert#atomic, bulk#partial-success).

mod part;
mod planner;
mod values;
mod write;

pub use part::{AssociationKey, KeyPart, PlannedPart};
use planner::Planner;
pub(crate) use values::resolve_values;
pub use write::PersonWrite;

use crate::code::Code;
use crate::fault::Fault;
use crate::ids::tenant_ids::TenantIds;
use crate::people;
use crate::people::needs::Known;
use crate::people::row::Row;

/// A row after planning.
#[derive(Debug)]
pub struct RowPlan {
    /// The write of all parts that are sound.
    pub write: PersonWrite,
    /// The person, then its associations as they were sent.
    pub parts: Vec<PlannedPart>,
}

/// Plans a row.
#[must_use]
pub fn plan_row(row: &Row<'_>, known: &Known, tenant_ids: &TenantIds) -> RowPlan {
    let mut planner = Planner::new(row, known, tenant_ids);
    let fields = planner.plan_parts();
    let primary = planner.primary_company();
    let Planner { mut parts, associations, .. } = planner;
    for (planned, part) in parts.iter_mut().zip(row.parts()) {
        planned.faults.sort_by_key(|fault| part.fault_rank(fault));
    }
    let has = |code: &str| fields.iter().any(|(known, value)| known == code && value.is_some());
    let required = row.person.object.fields().iter().filter(|field| field.required);
    let mut missing = required.filter(|field| field.code().is_some_and(|code| !has(code)));
    let required =
        missing.find(|field| field.default_now().is_none()).map(|field| field.name.clone());
    let (who, email) = (row.person_ref.clone(), row.email.clone());
    RowPlan {
        write: PersonWrite { person_ref: who, email, fields, associations, primary, required },
        parts,
    }
}

impl RowPlan {
    /// All that keeps the row from being written whole, in the order of answers.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults: Vec<_> = self.parts.iter().flat_map(PlannedPart::blocking_faults).collect();
        faults.sort_by_key(|fault| fault.path);
        faults
    }

    /// The names of the associations that the row's answer tells of: its own, and the companies of
    /// its relationships.
    pub fn named_associations(&self, tenant_ids: &TenantIds) -> impl Iterator<Item = String> {
        self.parts.iter().flat_map(|part| {
            let company = part.key.as_ref().map(|key| &key.company);
            let company = match company {
                Some(KeyPart::Known(id)) => Some(people::company_association_name(tenant_ids, id)),
                _ => None,
            };
            part.name.clone().into_iter().chain(company)
        })
    }

    /// Whether the person itself may be written.
    #[must_use]
    pub fn person_is_valid(&self) -> bool {
        self.parts.first().is_some_and(|person| person.faults.is_empty())
    }
}

/// Whether a row's faults want the person's GSID, which only the store knows (contract:
/// upsert#failures-without-a-value, upsert#known-parts).
#[must_use]
pub fn needs_person_gsid(faults: &[Fault]) -> bool {
    faults
        .iter()
        .any(|fault| fault.code == Code::KeyMissing && !fault.values.contains_key("Person_ID"))
}

/// Names the person in the faults of keys that it is a part of.
pub fn set_person_gsid(faults: &mut [Fault], gsid: &str) {
    let keys =
        |fault: &&mut Fault| fault.field.as_deref().is_some_and(|key| key.contains("Person_ID"));
    for fault in faults.iter_mut().filter(|fault| fault.code == Code::KeyMissing).filter(keys) {
        fault.values.insert("Person_ID".to_owned(), gsid.into());
    }
}
