//! Plans the parts of a row one after the other and collects the associations to write.

use super::key::{
    COMPANY_ID, KeyReference, RELATIONSHIP_ID, is_about_field, not_found_fault, resolve_key_field,
};
use super::part::{AssociationKey, KeyPart, PlannedCompany, PlannedPart};
use super::values::{ResolvedValues, StoredValues, resolve_values};
use super::write::add_association;
use super::{PersonWrite, RowPlan};
use crate::fault::Fault;
use crate::ids::tenant_ids::TenantIds;
use crate::objects::record::{self, Record};
use crate::people::needs::Known;
use crate::people::row::{CompanyPart, PersonRef, Row, RowPart};
use crate::people::{self, AssociationWrite};
use crate::schema::metadata::object;
use crate::schema::metadata::standard::IS_PRIMARY_CODE;
use crate::values::Value;

/// The item of a row that encloses a relationship.
enum RelationshipParent {
    /// The person: the company is that of the relationship's record.
    Person,
    /// A company: its id, and the faults of that id.
    Company(KeyPart, Vec<Fault>),
}

pub(super) struct Planner<'a> {
    row: &'a Row<'a>,
    known: &'a Known,
    tenant_ids: &'a TenantIds,
    associations: Vec<AssociationWrite>,
    /// The names of the companies that were sent as primary, in order.
    primaries: Vec<String>,
}

impl<'a> Planner<'a> {
    pub(super) fn new(row: &'a Row<'a>, known: &'a Known, tenant_ids: &'a TenantIds) -> Self {
        Self { row, known, tenant_ids, associations: Vec::new(), primaries: Vec::new() }
    }

    pub(super) fn plan(mut self) -> RowPlan {
        let row = self.row;
        let (mut person, fields) = self.start_part(&row.person);
        sort_faults(&mut person, &row.person);
        let companies = row.companies.iter().flatten();
        let companies = companies.map(|company| self.plan_company(company)).collect();
        let direct = row.relationships.iter().flatten();
        let direct = direct.map(|part| self.plan_relationship(part, &RelationshipParent::Person));
        let relationships = direct.collect();
        let write = PersonWrite {
            person_ref: row.person_ref.clone(),
            email: row.email.clone(),
            primary: self.primary_company(),
            missing_required_field: missing_required_field(row, &fields),
            fields,
            associations: self.associations,
        };
        RowPlan { write, person, companies, relationships }
    }

    /// The last company that was sent as primary and still is after equal ones are merged.
    fn primary_company(&self) -> Option<String> {
        let is_primary = |name: &&String| {
            let association = self.associations.iter().find(|known| known.name == **name);
            association.is_some_and(|association| association.values.iter().any(is_primary_value))
        };
        self.primaries.iter().rev().find(is_primary).cloned()
    }

    /// A part without its key, and the part's values.
    fn start_part(&self, part: &RowPart<'_>) -> (PlannedPart, StoredValues) {
        let mut faults = Vec::new();
        let ResolvedValues { stored, resolved } = resolve_values(part, self.known, &mut faults);
        let (parent_faults, key, name) = (Vec::new(), None, None);
        let path = part.path;
        (PlannedPart { path, faults, parent_faults, resolved, key, name }, stored)
    }

    fn build_key(
        &self,
        company: KeyPart,
        relationship: Option<KeyPart>,
        from_failed_parent: bool,
    ) -> AssociationKey {
        let person = match &self.row.person_ref {
            PersonRef::Gsid(person, _) => Some(person.as_str().to_owned()),
            _ => None,
        };
        AssociationKey { company, relationship, person, from_failed_parent }
    }

    fn plan_company(
        &mut self,
        CompanyPart { part, relationships }: &CompanyPart<'_>,
    ) -> PlannedCompany {
        let (mut planned, values) = self.start_part(part);
        let company =
            resolve_key_field(part, COMPANY_ID, self.known, &mut planned.faults).to_key_part();
        if let KeyPart::Known(id) = &company {
            let name = people::company_association_name(self.tenant_ids, id);
            if planned.faults.is_empty() {
                self.primaries.extend(values.iter().any(is_primary_value).then(|| name.clone()));
                self.add_association(name.clone(), values, true);
            }
            planned.name = Some(name);
        }
        planned.key = Some(self.build_key(company.clone(), None, false));
        let id_faults = planned.faults.iter().filter(|fault| is_about_field(fault, COMPANY_ID));
        let parent = RelationshipParent::Company(company, id_faults.cloned().collect());
        sort_faults(&mut planned, part);
        let nested = relationships.iter().flatten();
        let relationships = nested.map(|part| self.plan_relationship(part, &parent)).collect();
        PlannedCompany { part: planned, relationships }
    }

    fn plan_relationship(
        &mut self,
        part: &RowPart<'_>,
        parent: &RelationshipParent,
    ) -> PlannedPart {
        let (mut planned, values) = self.start_part(part);
        let mut found = resolve_key_field(part, RELATIONSHIP_ID, self.known, &mut planned.faults);
        let company = self.resolve_company(part, parent, &found, &mut planned);
        if let Some(id) = part.ids.relationship.as_ref().filter(|_| company.is_known())
            && self.is_deleted_with_company(&found)
        {
            planned.faults.push(not_found_fault(part.path, RELATIONSHIP_ID, id.as_str()));
            found = KeyReference::Refused(id.as_str().into());
        }
        if let (KeyReference::Found(record), KeyPart::Known(company)) = (&found, &company) {
            let name = self.relationship_name(record, company);
            if planned.faults.is_empty() {
                self.add_association(name.clone(), values, true);
                // A company that the row itself does not name is reused or created (contract:
                // upsert#relationships-without-a-company).
                let company = people::company_association_name(self.tenant_ids, company);
                self.add_association(company, StoredValues::new(), false);
            }
            planned.name = Some(name);
        }
        let parent_failed =
            matches!(parent, RelationshipParent::Company(parent, _) if !parent.is_known());
        let from_failed_parent = parent_failed && !company.is_known();
        planned.key = Some(self.build_key(company, Some(found.to_key_part()), from_failed_parent));
        sort_faults(&mut planned, part);
        planned
    }

    fn relationship_name(&self, record: &Record, company: &str) -> String {
        let is_own = record.text(record::COMPANY_ID_CODE) == Some(company);
        let other_company = (!is_own).then_some(company);
        people::relationship_association_name(self.tenant_ids, &record.gsid, other_company)
    }

    /// Whether a relationship was deleted along with its own company, whatever company the row
    /// puts it under (contract: upsert#relationships-of-deleted-companies).
    fn is_deleted_with_company(&self, found: &KeyReference) -> bool {
        let KeyReference::Found(record) = found else { return false };
        !record.company_id().is_some_and(|own| self.known.has_record(object::COMPANY, own))
    }

    /// The company of a relationship (contract: upsert#nested-company, upsert#made-company-person).
    fn resolve_company(
        &self,
        part: &RowPart<'_>,
        parent: &RelationshipParent,
        found: &KeyReference,
        planned: &mut PlannedPart,
    ) -> KeyPart {
        let RelationshipParent::Company(enclosing, faults) = parent else {
            return self.resolve_record_company(found, planned);
        };
        match resolve_key_field(part, COMPANY_ID, self.known, &mut planned.faults) {
            KeyReference::Missing => {
                let here = |fault: &Fault| Fault { path: part.path, ..fault.clone() };
                planned.parent_faults = faults.iter().map(here).collect();
                enclosing.clone()
            }
            own => own.to_key_part(),
        }
    }

    /// The company that the record of a relationship directly under the person belongs to.
    fn resolve_record_company(&self, found: &KeyReference, planned: &mut PlannedPart) -> KeyPart {
        let record = match found {
            KeyReference::Found(record) => record,
            KeyReference::Refused(_) => return KeyPart::Unknown,
            KeyReference::Missing => return KeyPart::Missing,
        };
        let Some(own) = record.text(record::COMPANY_ID_CODE) else { return KeyPart::Missing };
        if self.known.record(object::COMPANY, own).is_some() {
            return KeyPart::Known(own.to_owned());
        }
        planned.faults.push(not_found_fault(planned.path, COMPANY_ID, own));
        KeyPart::Refused(own.into())
    }

    fn add_association(&mut self, name: String, values: StoredValues, is_sent: bool) {
        add_association(&mut self.associations, AssociationWrite { name, values, is_sent });
    }
}

/// The first required field without a default that the row does not set.
fn missing_required_field(row: &Row<'_>, fields: &StoredValues) -> Option<String> {
    let is_set = |code: &str| fields.iter().any(|(known, value)| known == code && value.is_some());
    let mut required = row.person.object.fields().iter().filter(|field| field.required);
    let missing = required.find(|field| {
        field.code().is_some_and(|code| !is_set(code)) && field.default_now().is_none()
    });
    missing.map(|field| field.name.clone())
}

fn sort_faults(planned: &mut PlannedPart, part: &RowPart<'_>) {
    planned.faults.sort_by_key(|fault| part.fault_rank(fault));
}

fn is_primary_value((code, value): &(String, Option<Value>)) -> bool {
    code == IS_PRIMARY_CODE && *value == Some(Value::Bool(true))
}
