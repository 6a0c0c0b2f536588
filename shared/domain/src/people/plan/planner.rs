//! Walks through a row's parts in the order of answers, gathering associations and faults.

use std::sync::Arc;

use serde_json::Value as Json;

use super::part::{AssociationKey, KeyPart, PlannedPart};
use super::values::{ResolvedValues, StoredValues, resolve_lookup, resolve_values};
use super::write::replace_values;
use crate::code::Code;
use crate::fault::{Fault, RowPath};
use crate::ids::gsid::Gsid;
use crate::ids::tenant_ids::TenantIds;
use crate::objects::record::{self, Record};
use crate::people::needs::Known;
use crate::people::row::{CompanyPart, PersonRef, Row, RowPart};
use crate::people::{self, AssociationWrite};
use crate::schema::metadata::object;
use crate::schema::metadata::standard::IS_PRIMARY_CODE;
use crate::values::Value;

const COMPANY_ID: &str = "Company_ID";
const RELATIONSHIP_ID: &str = "Relationship_ID";

/// What a relationship stands under.
enum RelationshipParent {
    /// The person itself: the company is the record's.
    Person,
    /// A company: its id, and the faults of that id.
    Company(KeyPart, Vec<Fault>),
}

/// What a key field names.
enum KeyReference {
    Found(Arc<Record>),
    Refused(Json),
    Missing,
}

pub(super) struct Planner<'a> {
    row: &'a Row<'a>,
    known: &'a Known,
    tenant_ids: &'a TenantIds,
    pub(super) parts: Vec<PlannedPart>,
    pub(super) associations: Vec<AssociationWrite>,
    /// Names of companies that were sent as primary, in order.
    primaries: Vec<String>,
}

impl<'a> Planner<'a> {
    pub(super) fn new(row: &'a Row<'a>, known: &'a Known, tenant_ids: &'a TenantIds) -> Self {
        let (parts, associations, primaries) = (Vec::new(), Vec::new(), Vec::new());
        Self { row, known, tenant_ids, parts, associations, primaries }
    }

    /// Plans all parts; the person's own values.
    pub(super) fn plan_parts(&mut self) -> StoredValues {
        let row = self.row;
        let (mut person, values) = self.start_part(&row.person);
        person.key = None;
        self.parts.push(person);
        for company in row.companies.iter().flatten() {
            self.plan_company(company);
        }
        for relationship in row.relationships.iter().flatten() {
            self.plan_relationship(relationship, &RelationshipParent::Person);
        }
        values
    }

    /// The last company that was sent as primary and, once equal ones are merged, still is.
    pub(super) fn primary_company(&self) -> Option<String> {
        let still = |name: &&String| {
            let association = self.associations.iter().find(|known| known.name == **name);
            association.is_some_and(|association| association.values.iter().any(is_primary_value))
        };
        self.primaries.iter().rev().find(still).cloned()
    }

    /// A part and its values, its key yet unknown.
    fn start_part(&self, part: &RowPart<'_>) -> (PlannedPart, StoredValues) {
        let mut faults = Vec::new();
        let ResolvedValues { stored, resolved } = resolve_values(part, self.known, &mut faults);
        let (repeated, key, name) = (Vec::new(), None, None);
        (
            PlannedPart { path: part.path, faults, parent_faults: repeated, resolved, key, name },
            stored,
        )
    }

    fn build_key(
        &self,
        company: KeyPart,
        relationship: Option<KeyPart>,
        inherited: bool,
    ) -> AssociationKey {
        let person = match &self.row.person_ref {
            PersonRef::Gsid(person, _) => Some(person.as_str().to_owned()),
            _ => None,
        };
        AssociationKey { company, relationship, person, from_failed_parent: inherited }
    }

    fn plan_company(&mut self, CompanyPart { part, relationships }: &CompanyPart<'_>) {
        let (mut planned, values) = self.start_part(part);
        let id = part.ids.company.as_ref();
        let found =
            self.resolve_reference(part, id, object::COMPANY, COMPANY_ID, &mut planned.faults);
        let company = found.to_key_part();
        if let KeyPart::Known(id) = &company {
            let name = people::company_association_name(self.tenant_ids, id);
            if planned.faults.is_empty() {
                self.primaries.extend(values.iter().any(is_primary_value).then(|| name.clone()));
                self.add_association(name.clone(), values, true);
            }
            planned.name = Some(name);
        }
        planned.key = Some(self.build_key(company.clone(), None, false));
        let own = planned.faults.iter().filter(|fault| is_about_field(fault, COMPANY_ID));
        let under = RelationshipParent::Company(company, own.cloned().collect());
        self.parts.push(planned);
        for relationship in relationships.iter().flatten() {
            self.plan_relationship(relationship, &under);
        }
    }

    fn plan_relationship(&mut self, part: &RowPart<'_>, under: &RelationshipParent) {
        let (mut planned, values) = self.start_part(part);
        let id = part.ids.relationship.as_ref();
        let object = object::RELATIONSHIP;
        let mut found =
            self.resolve_reference(part, id, object, RELATIONSHIP_ID, &mut planned.faults);
        let company = self.resolve_company(part, under, &found, &mut planned);
        if let (Some(id), KeyPart::Known(_)) = (id, &company)
            && self.is_deleted_with_company(&found)
        {
            planned.faults.push(not_found_fault(part.path, RELATIONSHIP_ID, id.as_str()));
            found = KeyReference::Refused(id.as_str().into());
        }
        let inherited = matches!(
            under,
            RelationshipParent::Company(KeyPart::Known(_), _) | RelationshipParent::Person
        );
        let inherited = !inherited && !matches!(company, KeyPart::Known(_));
        if let (KeyReference::Found(record), KeyPart::Known(company)) = (&found, &company) {
            let own = record.text(record::COMPANY_ID_CODE);
            let elsewhere = (own != Some(company.as_str())).then_some(company.as_str());
            let name =
                people::relationship_association_name(self.tenant_ids, &record.gsid, elsewhere);
            if planned.faults.is_empty() {
                self.add_association(name.clone(), values, true);
                // A company that the row does not name itself is reused or made (contract:
                // upsert#relationships-without-a-company).
                self.add_association(
                    people::company_association_name(self.tenant_ids, company),
                    StoredValues::new(),
                    false,
                );
            }
            planned.name = Some(name);
        }
        planned.key = Some(self.build_key(company, Some(found.to_key_part()), inherited));
        self.parts.push(planned);
    }

    /// Whether a relationship went with its own company, whatever company it is to stand under
    /// (contract: upsert#relationships-of-deleted-companies).
    fn is_deleted_with_company(&self, found: &KeyReference) -> bool {
        let KeyReference::Found(record) = found else { return false };
        !record.company_id().is_some_and(|own| self.known.has_record(object::COMPANY, own))
    }

    /// The company of a relationship (contract: upsert#nested-company, upsert#made-company-person).
    fn resolve_company(
        &self,
        part: &RowPart<'_>,
        under: &RelationshipParent,
        found: &KeyReference,
        planned: &mut PlannedPart,
    ) -> KeyPart {
        let RelationshipParent::Company(enclosing, faults) = under else {
            return self.resolve_record_company(found, planned);
        };
        let id = part.ids.company.as_ref();
        match self.resolve_reference(part, id, object::COMPANY, COMPANY_ID, &mut planned.faults) {
            KeyReference::Missing => {
                let here = |fault: &Fault| Fault { path: part.path, ..fault.clone() };
                planned.parent_faults = faults.iter().map(here).collect();
                enclosing.clone()
            }
            own => own.to_key_part(),
        }
    }

    /// The company that a relationship directly under the person belongs to.
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

    /// The record that a key field names by id or lookup; one that is not there is a fault.
    fn resolve_reference(
        &self,
        part: &RowPart<'_>,
        id: Option<&Gsid>,
        object: &str,
        field: &str,
        faults: &mut Vec<Fault>,
    ) -> KeyReference {
        if let Some(id) = id.map(Gsid::as_str) {
            return match self.known.record(object, id) {
                Some(record) => KeyReference::Found(record.clone()),
                None => {
                    faults.push(not_found_fault(part.path, field, id));
                    KeyReference::Refused(id.into())
                }
            };
        }
        if let Some(pending) = part.pending_lookups.iter().find(|pending| pending.target == field) {
            return match resolve_lookup(part.path, pending, self.known, faults) {
                Ok(record) => record
                    .filter(|record| record.object == object)
                    .map_or(KeyReference::Missing, KeyReference::Found),
                Err(failed) => KeyReference::Refused(failed.to_json(field).unwrap_or_default()),
            };
        }
        match part.faults.iter().find(|fault| is_about_field(fault, field)) {
            None => KeyReference::Missing,
            Some(fault) => {
                KeyReference::Refused(fault.values.get(field).cloned().unwrap_or_default())
            }
        }
    }

    /// Adds an association, or merges with an equal one: later values win (contract:
    /// upsert#equal-associations).
    fn add_association(&mut self, name: String, values: StoredValues, touched: bool) {
        match self.associations.iter_mut().find(|known| known.name == name) {
            None => self.associations.push(AssociationWrite { name, values, is_sent: touched }),
            Some(association) => {
                association.is_sent |= touched;
                replace_values(&mut association.values, values);
            }
        }
    }
}

impl KeyReference {
    fn to_key_part(&self) -> KeyPart {
        match self {
            Self::Found(record) => KeyPart::Known(record.gsid.clone()),
            Self::Refused(value) => KeyPart::Refused(value.clone()),
            Self::Missing => KeyPart::Missing,
        }
    }
}

fn not_found_fault(place: RowPath, field: &str, id: &str) -> Fault {
    Fault::invalid_field(place, field, id.into(), Code::PeopleNotFound)
}

fn is_about_field(fault: &Fault, field: &str) -> bool {
    fault.field.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(field))
}

fn is_primary_value((code, value): &(String, Option<Value>)) -> bool {
    code == IS_PRIMARY_CODE && *value == Some(Value::Bool(true))
}
