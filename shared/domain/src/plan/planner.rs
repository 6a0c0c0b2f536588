//! Walks through a row's parts in the order of answers, gathering associations and faults.

use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::values::{resolve, values};
use crate::code::Code;
use crate::fault::{Fault, Place};
use crate::gsid::Gsid;
use crate::metadata::object;
use crate::metadata::standard::IS_PRIMARY;
use crate::mint::Mint;
use crate::need::Known;
use crate::person::{self, Association};
use crate::record::{self, Record};
use crate::row::{Part, Row, Who};
use crate::value::Value;

const COMPANY_KEY: &str = "Company_ID,Person_ID";
const RELATIONSHIP_KEY: &str = "Company_ID,Person_ID,Relationship_ID";

/// Fields by storage code; `None` clears.
type Values = Vec<(String, Option<Value>)>;

/// What a relationship stands under.
enum Under {
    /// The person itself: the company is the record's.
    Person,
    /// A company that was found.
    Company(String),
    /// A company with a fault of its own, which the relationship need not repeat.
    Nothing,
}

pub(super) struct Planner<'a> {
    row: &'a Row<'a>,
    known: &'a Known,
    mint: &'a Mint,
    pub(super) faults: Vec<Fault>,
    pub(super) associations: Vec<Association>,
    /// Names of companies that were sent as primary, in order.
    primaries: Vec<String>,
}

impl<'a> Planner<'a> {
    pub(super) fn new(row: &'a Row<'a>, known: &'a Known, mint: &'a Mint) -> Self {
        Self {
            row,
            known,
            mint,
            faults: Vec::new(),
            associations: Vec::new(),
            primaries: Vec::new(),
        }
    }

    /// Plans all parts; the person's own values.
    pub(super) fn plan(&mut self) -> Values {
        let row = self.row;
        let fields = values(&row.person, self.known, &mut self.faults);
        for company in &row.companies {
            self.company(&company.part, &company.relationships);
        }
        for relationship in &row.relationships {
            self.relationship(relationship, &Under::Person);
        }
        fields
    }

    /// The last company that was sent as primary and, once equal ones are merged, still is.
    pub(super) fn primary(&self) -> Option<String> {
        let still = |name: &&String| {
            let association = self.associations.iter().find(|known| known.name == **name);
            association.is_some_and(|association| association.values.iter().any(is_primary))
        };
        self.primaries.iter().rev().find(still).cloned()
    }

    fn company(&mut self, part: &Part<'_>, relationships: &[Part<'_>]) {
        let values = values(part, self.known, &mut self.faults);
        let found = self.reference(part, part.keys.company.as_ref(), object::COMPANY, "Company_ID");
        let under = match found {
            Ok(Some(record)) => {
                let name = person::company_name(self.mint, &record.gsid);
                self.primaries.extend(values.iter().any(is_primary).then(|| name.clone()));
                self.add(name, values, true);
                Under::Company(record.gsid.clone())
            }
            Ok(None) => {
                self.key_missing(part.place, COMPANY_KEY, []);
                Under::Nothing
            }
            Err(()) => Under::Nothing,
        };
        for relationship in relationships {
            self.relationship(relationship, &under);
        }
    }

    fn relationship(&mut self, part: &Part<'_>, under: &Under) {
        let values = values(part, self.known, &mut self.faults);
        let id = part.keys.relationship.as_ref();
        let found = self.reference(part, id, object::RELATIONSHIP, "Relationship_ID");
        let record = found.as_ref().ok().and_then(Option::as_deref);
        let Ok(company) = self.company_of(part, under, record) else { return };
        match (found, company) {
            (Ok(Some(record)), Some(company)) => {
                let own = record.text(record::COMPANY_ID);
                let elsewhere = (own != Some(company.as_str())).then_some(company.as_str());
                self.add(
                    person::relationship_name(self.mint, &record.gsid, elsewhere),
                    values,
                    true,
                );
                // A company that the row does not name itself is reused or made (contract 5).
                if !matches!(under, Under::Company(enclosing) if *enclosing == company) {
                    self.add(person::company_name(self.mint, &company), Vec::new(), false);
                }
            }
            (Ok(record), company) => {
                let relationship = record.map(|record| record.gsid.clone());
                let known = [("Company_ID", company), ("Relationship_ID", relationship)];
                self.key_missing(part.place, RELATIONSHIP_KEY, known);
            }
            (Err(()), _) => {}
        }
    }

    /// The company of a relationship (contract-details 13); an error when a fault tells why there
    /// is none, or when the enclosing company's fault does.
    fn company_of(
        &mut self,
        part: &Part<'_>,
        under: &Under,
        record: Option<&Record>,
    ) -> Result<Option<String>, ()> {
        if matches!(under, Under::Person) {
            let Some(own) = record.and_then(|record| record.text(record::COMPANY_ID)) else {
                return Ok(None);
            };
            return match self.known.record(object::COMPANY, own) {
                Some(company) => Ok(Some(company.gsid.clone())),
                None => {
                    self.not_found(part.place, "Company_ID", own);
                    Err(())
                }
            };
        }
        let own =
            self.reference(part, part.keys.company.as_ref(), object::COMPANY, "Company_ID")?;
        match (own, under) {
            (Some(own), _) => Ok(Some(own.gsid.clone())),
            (None, Under::Company(company)) => Ok(Some(company.clone())),
            (None, _) => Err(()),
        }
    }

    /// The record that a key field names by id or lookup: none when neither was sent, an error
    /// when a fault tells why it is not there.
    fn reference(
        &mut self,
        part: &Part<'_>,
        id: Option<&Gsid>,
        object: &str,
        field: &str,
    ) -> Result<Option<Arc<Record>>, ()> {
        if let Some(id) = id {
            let found = self.known.record(object, id.as_str()).cloned();
            return found.map(Some).ok_or_else(|| self.not_found(part.place, field, id.as_str()));
        }
        if let Some(pending) = part.pending.iter().find(|pending| pending.target == field) {
            let record = resolve(part.place, pending, self.known, &mut self.faults)?;
            return Ok(record.filter(|record| record.object == object));
        }
        let is_field = |fault: &Fault| {
            fault.field.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(field))
        };
        if part.faults.iter().any(is_field) { Err(()) } else { Ok(None) }
    }

    fn not_found(&mut self, place: Place, field: &str, id: &str) {
        self.faults.push(Fault::field(place, field, id.into(), Code::PeopleNotFound));
    }

    /// Adds an association, or merges with an equal one: later values win (contract 5).
    fn add(&mut self, name: String, values: Values, touched: bool) {
        let at =
            self.associations.iter().position(|known| known.name == name).unwrap_or_else(|| {
                self.associations.push(Association { name, values: Vec::new(), touched: false });
                self.associations.len() - 1
            });
        let Some(association) = self.associations.get_mut(at) else { return };
        association.touched |= touched;
        for (code, value) in values {
            association.values.retain(|(known, _)| *known != code);
            association.values.push((code, value));
        }
    }

    fn key_missing<const N: usize>(
        &mut self,
        place: Place,
        key: &str,
        parts: [(&str, Option<String>); N],
    ) {
        let present =
            parts.into_iter().filter_map(|(name, id)| Some((name.to_owned(), Json::String(id?))));
        let mut known = Map::from_iter(present);
        if let Who::Gsid(person, _) = &self.row.who {
            known.insert("Person_ID".to_owned(), person.as_str().into());
        }
        self.faults.push(Fault::key_missing(place, key, known));
    }
}

fn is_primary((code, value): &(String, Option<Value>)) -> bool {
    code == IS_PRIMARY && *value == Some(Value::Bool(true))
}
