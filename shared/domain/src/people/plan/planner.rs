//! Walks through a row's parts in the order of answers, gathering associations and faults.

use std::sync::Arc;

use serde_json::Value as Json;

use super::part::{Key, KeyPart, Planned};
use super::values::{Stored, Values, resolve, values};
use super::write::replace;
use crate::code::Code;
use crate::fault::{Fault, Place};
use crate::ids::gsid::Gsid;
use crate::ids::mint::Mint;
use crate::objects::record::{self, Record};
use crate::people::need::Known;
use crate::people::row::{CompanyPart, Part, Row, Who};
use crate::people::{self, Association};
use crate::schema::metadata::object;
use crate::schema::metadata::standard::IS_PRIMARY;
use crate::values::Value;

const COMPANY_ID: &str = "Company_ID";
const RELATIONSHIP_ID: &str = "Relationship_ID";

/// What a relationship stands under.
enum Under {
    /// The person itself: the company is the record's.
    Person,
    /// A company: its id, and the faults of that id.
    Company(KeyPart, Vec<Fault>),
}

/// What a key field names.
enum Reference {
    Found(Arc<Record>),
    Refused(Json),
    Missing,
}

pub(super) struct Planner<'a> {
    row: &'a Row<'a>,
    known: &'a Known,
    mint: &'a Mint,
    pub(super) parts: Vec<Planned>,
    pub(super) associations: Vec<Association>,
    /// Names of companies that were sent as primary, in order.
    primaries: Vec<String>,
}

impl<'a> Planner<'a> {
    pub(super) fn new(row: &'a Row<'a>, known: &'a Known, mint: &'a Mint) -> Self {
        let (parts, associations, primaries) = (Vec::new(), Vec::new(), Vec::new());
        Self { row, known, mint, parts, associations, primaries }
    }

    /// Plans all parts; the person's own values.
    pub(super) fn plan(&mut self) -> Stored {
        let row = self.row;
        let (mut person, values) = self.start(&row.person);
        person.key = None;
        self.parts.push(person);
        for company in row.companies.iter().flatten() {
            self.company(company);
        }
        for relationship in row.relationships.iter().flatten() {
            self.relationship(relationship, &Under::Person);
        }
        values
    }

    /// The last company that was sent as primary and, once equal ones are merged, still is.
    pub(super) fn primary(&self) -> Option<String> {
        let still = |name: &&String| {
            let association = self.associations.iter().find(|known| known.name == **name);
            association.is_some_and(|association| association.values.iter().any(is_primary))
        };
        self.primaries.iter().rev().find(still).cloned()
    }

    /// A part and its values, its key yet unknown.
    fn start(&self, part: &Part<'_>) -> (Planned, Stored) {
        let mut faults = Vec::new();
        let Values { stored, resolved } = values(part, self.known, &mut faults);
        let (repeated, key, name) = (Vec::new(), None, None);
        (Planned { place: part.place, faults, repeated, resolved, key, name }, stored)
    }

    fn key(&self, company: KeyPart, relationship: Option<KeyPart>, inherited: bool) -> Key {
        let person = match &self.row.who {
            Who::Gsid(person, _) => Some(person.as_str().to_owned()),
            _ => None,
        };
        Key { company, relationship, person, inherited }
    }

    fn company(&mut self, CompanyPart { part, relationships }: &CompanyPart<'_>) {
        let (mut planned, values) = self.start(part);
        let id = part.keys.company.as_ref();
        let found = self.reference(part, id, object::COMPANY, COMPANY_ID, &mut planned.faults);
        let company = found.key();
        if let KeyPart::Known(id) = &company {
            let name = people::company_name(self.mint, id);
            if planned.faults.is_empty() {
                self.primaries.extend(values.iter().any(is_primary).then(|| name.clone()));
                self.add(name.clone(), values, true);
            }
            planned.name = Some(name);
        }
        planned.key = Some(self.key(company.clone(), None, false));
        let own = planned.faults.iter().filter(|fault| is_about(fault, COMPANY_ID));
        let under = Under::Company(company, own.cloned().collect());
        self.parts.push(planned);
        for relationship in relationships.iter().flatten() {
            self.relationship(relationship, &under);
        }
    }

    fn relationship(&mut self, part: &Part<'_>, under: &Under) {
        let (mut planned, values) = self.start(part);
        let id = part.keys.relationship.as_ref();
        let object = object::RELATIONSHIP;
        let mut found = self.reference(part, id, object, RELATIONSHIP_ID, &mut planned.faults);
        let company = self.company_of(part, under, &found, &mut planned);
        if let (Some(id), KeyPart::Known(_)) = (id, &company)
            && self.is_gone(&found)
        {
            planned.faults.push(not_found(part.place, RELATIONSHIP_ID, id.as_str()));
            found = Reference::Refused(id.as_str().into());
        }
        let inherited = matches!(under, Under::Company(KeyPart::Known(_), _) | Under::Person);
        let inherited = !inherited && !matches!(company, KeyPart::Known(_));
        if let (Reference::Found(record), KeyPart::Known(company)) = (&found, &company) {
            let own = record.text(record::COMPANY_ID);
            let elsewhere = (own != Some(company.as_str())).then_some(company.as_str());
            let name = people::relationship_name(self.mint, &record.gsid, elsewhere);
            if planned.faults.is_empty() {
                self.add(name.clone(), values, true);
                // A company that the row does not name itself is reused or made (contract:
                // upsert#relationships-without-a-company).
                self.add(people::company_name(self.mint, company), Stored::new(), false);
            }
            planned.name = Some(name);
        }
        planned.key = Some(self.key(company, Some(found.key()), inherited));
        self.parts.push(planned);
    }

    /// Whether a relationship went with its own company, whatever company it is to stand under
    /// (contract: upsert#relationships-of-deleted-companies).
    fn is_gone(&self, found: &Reference) -> bool {
        let Reference::Found(record) = found else { return false };
        !record.company().is_some_and(|own| self.known.has(object::COMPANY, own))
    }

    /// The company of a relationship (contract: upsert#nested-company, upsert#made-company-person).
    fn company_of(
        &self,
        part: &Part<'_>,
        under: &Under,
        found: &Reference,
        planned: &mut Planned,
    ) -> KeyPart {
        let Under::Company(enclosing, faults) = under else {
            return self.company_of_record(found, planned);
        };
        let id = part.keys.company.as_ref();
        match self.reference(part, id, object::COMPANY, COMPANY_ID, &mut planned.faults) {
            Reference::Missing => {
                let here = |fault: &Fault| Fault { place: part.place, ..fault.clone() };
                planned.repeated = faults.iter().map(here).collect();
                enclosing.clone()
            }
            own => own.key(),
        }
    }

    /// The company that a relationship directly under the person belongs to.
    fn company_of_record(&self, found: &Reference, planned: &mut Planned) -> KeyPart {
        let record = match found {
            Reference::Found(record) => record,
            Reference::Refused(_) => return KeyPart::Untold,
            Reference::Missing => return KeyPart::Missing,
        };
        let Some(own) = record.text(record::COMPANY_ID) else { return KeyPart::Missing };
        if self.known.record(object::COMPANY, own).is_some() {
            return KeyPart::Known(own.to_owned());
        }
        planned.faults.push(not_found(planned.place, COMPANY_ID, own));
        KeyPart::Refused(own.into())
    }

    /// The record that a key field names by id or lookup; one that is not there is a fault.
    fn reference(
        &self,
        part: &Part<'_>,
        id: Option<&Gsid>,
        object: &str,
        field: &str,
        faults: &mut Vec<Fault>,
    ) -> Reference {
        if let Some(id) = id.map(Gsid::as_str) {
            return match self.known.record(object, id) {
                Some(record) => Reference::Found(record.clone()),
                None => {
                    faults.push(not_found(part.place, field, id));
                    Reference::Refused(id.into())
                }
            };
        }
        if let Some(pending) = part.pending.iter().find(|pending| pending.target == field) {
            return match resolve(part.place, pending, self.known, faults) {
                Ok(record) => record
                    .filter(|record| record.object == object)
                    .map_or(Reference::Missing, Reference::Found),
                Err(failed) => Reference::Refused(failed.shown(field).unwrap_or_default()),
            };
        }
        match part.faults.iter().find(|fault| is_about(fault, field)) {
            None => Reference::Missing,
            Some(fault) => Reference::Refused(fault.values.get(field).cloned().unwrap_or_default()),
        }
    }

    /// Adds an association, or merges with an equal one: later values win (contract:
    /// upsert#equal-associations).
    fn add(&mut self, name: String, values: Stored, touched: bool) {
        match self.associations.iter_mut().find(|known| known.name == name) {
            None => self.associations.push(Association { name, values, touched }),
            Some(association) => {
                association.touched |= touched;
                replace(&mut association.values, values);
            }
        }
    }
}

impl Reference {
    fn key(&self) -> KeyPart {
        match self {
            Self::Found(record) => KeyPart::Known(record.gsid.clone()),
            Self::Refused(value) => KeyPart::Refused(value.clone()),
            Self::Missing => KeyPart::Missing,
        }
    }
}

fn not_found(place: Place, field: &str, id: &str) -> Fault {
    Fault::field(place, field, id.into(), Code::PeopleNotFound)
}

fn is_about(fault: &Fault, field: &str) -> bool {
    fault.field.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(field))
}

fn is_primary((code, value): &(String, Option<Value>)) -> bool {
    code == IS_PRIMARY && *value == Some(Value::Bool(true))
}
