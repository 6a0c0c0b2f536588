//! From a row and what is known of the store to one write of one person, or the faults that
//! keep it from being written (design: "one pipeline").

use std::sync::Arc;

use serde_json::{Map, Value as Json};

use crate::code::Code;
use crate::email::Email;
use crate::fault::{Fault, Place};
use crate::gsid;
use crate::lookup::{MultiMatch, NoMatch};
use crate::metadata::standard::IS_PRIMARY;
use crate::metadata::{Field, object};
use crate::mint::Mint;
use crate::need::Known;
use crate::person::{self, Association};
use crate::record::{self, Record};
use crate::row::{Part, Pending, Row, Who, part_texts};
use crate::value::Value;

/// What one upsert writes.
#[derive(Debug, Clone)]
pub struct PersonWrite {
    /// Whose item it is.
    pub who: Who,
    /// The address the person shall have, when one was sent.
    pub email: Option<Email>,
    /// The person's fields by storage code; `None` clears.
    pub fields: Vec<(String, Option<Value>)>,
    /// Associations, each once, in the order in which they were first sent.
    pub associations: Vec<Association>,
    /// The company that is primary from now on, as its association's name.
    pub primary: Option<String>,
    /// A required field that was not sent: only an existing person may be written.
    pub required: Option<String>,
}

/// A row after planning.
#[derive(Debug)]
pub struct Plan {
    /// The write; incomplete when there are faults.
    pub write: PersonWrite,
    /// All that is wrong, in the order of answers.
    pub faults: Vec<Fault>,
}

/// Plans a row. The write may go only when there are no faults: all or nothing.
#[must_use]
pub fn plan(row: &Row<'_>, known: &Known, mint: &Mint) -> Plan {
    let mut planner =
        Planner { known, mint, row, faults: Vec::new(), associations: Vec::new(), primary: None };
    let fields = values(&row.person, known, &mut planner.faults);
    for company in &row.companies {
        planner.company(&company.part, &company.relationships);
    }
    for relationship in &row.relationships {
        planner.relationship(relationship, &Under::Person);
    }
    let Planner { mut faults, associations, primary, .. } = planner;
    faults.sort_by_key(|fault| fault.place);
    let required = row.person.object.fields().iter().find(|field| {
        field.required
            && !fields
                .iter()
                .any(|(code, value)| Some(code.as_str()) == field.code() && value.is_some())
    });
    let write = PersonWrite {
        who: row.who.clone(),
        email: row.email.clone(),
        fields,
        associations,
        primary,
        required: required.map(|field| field.name.clone()),
    };
    Plan { write, faults }
}

/// What a relationship stands under.
enum Under {
    /// The person itself: the company is the record's.
    Person,
    /// A company that was found.
    Company(String),
    /// A company with a fault of its own, which the relationship need not repeat.
    Nothing,
}

struct Planner<'a> {
    known: &'a Known,
    mint: &'a Mint,
    row: &'a Row<'a>,
    faults: Vec<Fault>,
    associations: Vec<Association>,
    primary: Option<String>,
}

impl Planner<'_> {
    fn company(&mut self, part: &Part<'_>, relationships: &[Part<'_>]) {
        let before = self.faults.len();
        let values = values(part, self.known, &mut self.faults);
        let found = self.reference(
            part,
            &part.keys.company.as_ref().map(|id| id.as_str()),
            object::COMPANY,
            "Company_ID",
        );
        let under = match found {
            Ok(Some(record)) => {
                let name = person::company_name(self.mint, &record.gsid);
                if values
                    .iter()
                    .any(|(code, value)| code == IS_PRIMARY && *value == Some(Value::Bool(true)))
                {
                    self.primary = Some(name.clone());
                }
                self.add(name, values, true);
                Under::Company(record.gsid.clone())
            }
            Ok(None) => {
                self.key_missing(part.place, "Company_ID,Person_ID", &[]);
                Under::Nothing
            }
            Err(()) => Under::Nothing,
        };
        debug_assert!(!matches!(under, Under::Nothing) || self.faults.len() > before);
        for relationship in relationships {
            self.relationship(relationship, &under);
        }
    }

    fn relationship(&mut self, part: &Part<'_>, under: &Under) {
        const KEY: &str = "Company_ID,Person_ID,Relationship_ID";
        let values = values(part, self.known, &mut self.faults);
        let id = part.keys.relationship.as_ref().map(|id| id.as_str());
        let found = self.reference(part, &id, object::RELATIONSHIP, "Relationship_ID");
        let Ok(company) =
            self.company_of(part, under, found.as_ref().ok().and_then(Option::as_deref))
        else {
            return;
        };
        match (found, company) {
            (Ok(Some(record)), Some(company)) => {
                let own = record.text(record::COMPANY_ID);
                let elsewhere = (own != Some(company.as_str())).then_some(company.as_str());
                let name = person::relationship_name(self.mint, &record.gsid, elsewhere);
                self.add(name, values, true);
                if matches!(under, Under::Person) {
                    self.add(person::company_name(self.mint, &company), Vec::new(), false);
                }
            }
            (Ok(record), company) => {
                let known =
                    [("Company_ID", company), ("Relationship_ID", record.map(|r| r.gsid.clone()))];
                self.key_missing(part.place, KEY, &known);
            }
            (Err(()), _) => {}
        }
    }

    /// The company of a relationship (contract-details 13); an error when it has a fault or needs none of its own.
    fn company_of(
        &mut self,
        part: &Part<'_>,
        under: &Under,
        record: Option<&Record>,
    ) -> Result<Option<String>, ()> {
        if matches!(under, Under::Person) {
            return Ok(record
                .and_then(|record| record.text(record::COMPANY_ID))
                .map(str::to_owned));
        }
        let id = part.keys.company.as_ref().map(|id| id.as_str());
        match (self.reference(part, &id, object::COMPANY, "Company_ID")?, under) {
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
        id: &Option<&str>,
        object: &str,
        field: &str,
    ) -> Result<Option<Arc<Record>>, ()> {
        if let Some(id) = *id {
            let found = self.known.record(object, id).cloned();
            return found.map(Some).ok_or_else(|| self.not_found(part.place, field, id));
        }
        let pending = part.pending.iter().find(|pending| pending.target == field);
        let record = match pending {
            Some(pending) => resolve(part.place, pending, self.known, &mut self.faults)?,
            None if part.faults.iter().any(|fault| {
                fault.field.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(field))
            }) =>
            {
                return Err(());
            }
            None => None,
        };
        Ok(record.filter(|record| record.object == object))
    }

    fn not_found(&mut self, place: Place, field: &str, id: &str) {
        self.faults.push(Fault::field(place, field, id.into(), Code::PeopleNotFound));
    }

    /// Adds an association, or merges with an equal one: later values win (contract 5).
    fn add(&mut self, name: String, values: Vec<(String, Option<Value>)>, touched: bool) {
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

    fn key_missing(&mut self, place: Place, key: &str, parts: &[(&str, Option<String>)]) {
        let mut known = Map::new();
        for (name, id) in parts {
            known.extend(id.clone().map(|id| ((*name).to_owned(), Json::String(id))));
        }
        if let Who::Gsid(person, _) = &self.row.who {
            known.insert("Person_ID".to_owned(), person.as_str().into());
        }
        self.faults.push(Fault::key_missing(place, key, known));
    }
}

/// A part's values by storage code, lookups and dropdown ids resolved; what is wrong with it
/// is added to `faults`.
pub(crate) fn values(
    part: &Part<'_>,
    known: &Known,
    faults: &mut Vec<Fault>,
) -> Vec<(String, Option<Value>)> {
    faults.extend(part.faults.iter().cloned());
    let mut values = Vec::with_capacity(part.values.len());
    for (field, value) in &part.values {
        match (field.code(), dropdown(part.place, field, value, known)) {
            (Some(code), Ok(value)) => values.push((code.to_owned(), value)),
            (_, Err(fault)) => faults.push(*fault),
            (None, _) => {}
        }
    }
    for pending in &part.pending {
        let Some((code, field)) = pending.field.and_then(|field| Some((field.code()?, field)))
        else {
            continue;
        };
        if let Ok(found) = resolve(part.place, pending, known, faults) {
            values.push((code.to_owned(), taken(field, pending, found.as_deref())));
        }
    }
    values
}

/// The record that a lookup takes; none when its options let it be null.
fn resolve(
    place: Place,
    pending: &Pending<'_>,
    known: &Known,
    faults: &mut Vec<Fault>,
) -> Result<Option<Arc<Record>>, ()> {
    let matches = pending.query.as_ref().and_then(|query| known.matches.get(query));
    let fault = match matches.map_or(&[][..], Vec::as_slice) {
        [_, _, ..] if pending.several == MultiMatch::Error => Some(pending.failed(place)),
        [first, ..] => return Ok(Some(first.clone())),
        [] => pending.unresolved(place),
    };
    let Some(fault) = fault else { return Ok(None) };
    faults.push(fault);
    Err(())
}

/// A dropdown value as its labels: an item's GSID is exchanged for its label.
fn dropdown(
    place: Place,
    field: &Field,
    value: &Option<Value>,
    known: &Known,
) -> Result<Option<Value>, Box<Fault>> {
    if field.category.is_none() {
        return Ok(value.clone());
    }
    let label = |text: &String| match gsid::is_dropdown_item(text) {
        true => known.items.get(text).map(|label| label.to_string()),
        false => Some(text.clone()),
    };
    let labels: Option<Vec<_>> = part_texts(value.as_ref()).iter().map(label).collect();
    match (labels, value) {
        (None, _) => {
            let sent =
                value.as_ref().map_or(Json::Null, |value| crate::value::print(field.kind, value));
            Err(Box::new(Fault::field(place, &field.name, sent, Code::PicklistItem)))
        }
        (Some(labels), Some(Value::List(_))) => Ok(Some(Value::List(labels))),
        (Some(labels), _) => Ok(labels.into_iter().next().map(Value::Text)),
    }
}

/// What a lookup puts into an ordinary field.
fn taken(field: &Field, pending: &Pending<'_>, found: Option<&Record>) -> Option<Value> {
    match found {
        Some(record) => match &pending.take {
            Some(code) => record.attributes.get(code).cloned().flatten(),
            None => Some(Value::Text(record.gsid.clone())),
        },
        None if pending.none == NoMatch::Default => field.default_now().cloned(),
        None => None,
    }
}

/// Whether a row's faults want the person's GSID, which only the store knows (contract-details 11).
#[must_use]
pub fn wants_person(faults: &[Fault]) -> bool {
    faults
        .iter()
        .any(|fault| fault.code == Code::KeyMissing && !fault.values.contains_key("Person_ID"))
}

/// Names the person in the faults of keys that it is a part of.
pub fn name_person(faults: &mut [Fault], gsid: &str) {
    let keys =
        |fault: &&mut Fault| fault.field.as_deref().is_some_and(|key| key.contains("Person_ID"));
    for fault in faults.iter_mut().filter(|fault| fault.code == Code::KeyMissing).filter(keys) {
        fault.values.insert("Person_ID".to_owned(), gsid.into());
    }
}
