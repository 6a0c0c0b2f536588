//! One record as sent, parsed once: who it is about, its parts, and every problem that can
//! be seen without the store.

mod part;

use serde_json::{Map, Value as Json};

pub(crate) use part::texts as part_texts;
pub use part::{Keys, Part, Pending};

use crate::code::Code;
use crate::email::Email;
use crate::fault::{Fault, Place};
use crate::gsid::Gsid;
use crate::limit;
use crate::lookup::{self, Lookups};
use crate::metadata::{Metadata, object};
use crate::need::Needs;
use crate::value::{self, FieldType, Value};

/// How the person of a row is named; the order of the contract (5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// By `Gsid` or `Person_ID`, the name it came under: has to exist.
    Gsid(Gsid, &'static str),
    /// By `Email`: made when absent.
    Email(Email),
    /// By a `Person_ID` lookup on the email as sent: has to exist (004:430).
    Found(Email),
    /// Not at all; a fault says why.
    Nobody,
}

/// A company of a row, with the relationships nested under it.
#[derive(Debug, Clone)]
pub struct CompanyPart<'m> {
    /// The Company Person.
    pub part: Part<'m>,
    /// Its Relationship Persons.
    pub relationships: Vec<Part<'m>>,
}

/// A parsed record.
#[derive(Debug, Clone)]
pub struct Row<'m> {
    /// The person it is about.
    pub who: Who,
    /// An Email sent beside a Gsid: the address that the person shall have.
    pub email: Option<Email>,
    /// The person's own fields.
    pub person: Part<'m>,
    /// `companies`.
    pub companies: Vec<CompanyPart<'m>>,
    /// `relationships` directly under the person.
    pub relationships: Vec<Part<'m>>,
}

/// Keys of the record that are not fields of Person.
const OWN_KEYS: &[&str] = &["companies", "relationships", "lookups", "gsid", "person_id", "email"];

/// Parses a record; `shared` are the lookups of the whole request.
#[must_use]
pub fn parse<'m>(raw: &Json, shared: &Lookups, metadata: &'m Metadata) -> Row<'m> {
    let mut person = Part::empty(Place::Person, metadata.standard(object::PERSON));
    let Some(map) = raw.as_object().filter(|map| !map.is_empty()) else {
        person.faults.push(Fault::row(Place::Person));
        return Row {
            who: Who::Nobody,
            email: None,
            person,
            companies: Vec::new(),
            relationships: Vec::new(),
        };
    };
    let lookups = own_lookups(map, shared, &mut person.faults);
    person.read(map, &lookups.person, metadata, OWN_KEYS);
    let mut row = Row {
        who: Who::Nobody,
        email: None,
        person,
        companies: Vec::new(),
        relationships: Vec::new(),
    };
    row.read_associations(map, &lookups, metadata);
    row.read_who(map);
    row.check_size();
    row
}

fn own_lookups(map: &Map<String, Json>, shared: &Lookups, faults: &mut Vec<Fault>) -> Lookups {
    let Some(raw) = lookup::get(map, "lookups").filter(|raw| !raw.is_null()) else {
        return shared.clone();
    };
    if let Some(own) = Lookups::parse(raw) {
        return own.over(shared);
    }
    faults.push(Fault::field(Place::Person, "lookups", raw.clone(), Code::RowInfo));
    Lookups::default()
}

/// The items of a list under `name`. An item that is no object, or a value that is no list, is a fault.
fn items<'j>(
    map: &'j Map<String, Json>,
    name: &str,
    place: Place,
    faults: &mut Vec<Fault>,
) -> Vec<&'j Map<String, Json>> {
    let Some(raw) = lookup::get(map, name).filter(|raw| !raw.is_null()) else { return Vec::new() };
    let objects =
        raw.as_array().map(|list| list.iter().map(Json::as_object).collect::<Option<Vec<_>>>());
    objects.flatten().unwrap_or_else(|| {
        faults.push(Fault::field(place, name, raw.clone(), Code::RowInfo));
        Vec::new()
    })
}

impl<'m> Row<'m> {
    fn read_associations(
        &mut self,
        map: &Map<String, Json>,
        lookups: &Lookups,
        metadata: &'m Metadata,
    ) {
        let company_person = metadata.standard(object::COMPANY_PERSON);
        let relationship_person = metadata.standard(object::RELATIONSHIP_PERSON);
        let relationship = |place, raw: &Map<String, Json>| {
            let mut part = Part::empty(place, relationship_person);
            part.read(raw, &lookups.relationships, metadata, &[]);
            part
        };
        for (n, raw) in
            items(map, "companies", Place::Person, &mut self.person.faults).into_iter().enumerate()
        {
            let place = Place::Company(n);
            let mut part = Part::empty(place, company_person);
            part.read(raw, &lookups.companies, metadata, &["relationships"]);
            let nested = items(raw, "relationships", place, &mut part.faults);
            let nested = nested
                .into_iter()
                .enumerate()
                .map(|(m, raw)| relationship(Place::Nested(n, m), raw));
            self.companies.push(CompanyPart { relationships: nested.collect(), part });
        }
        let direct = items(map, "relationships", Place::Person, &mut self.person.faults);
        let direct =
            direct.into_iter().enumerate().map(|(n, raw)| relationship(Place::Direct(n), raw));
        self.relationships = direct.collect();
    }

    /// Finds out whom the row is about, in the order of the contract (5).
    fn read_who(&mut self, map: &Map<String, Json>) {
        let faults_before = self.person.faults.len();
        let gsid = self.sent_gsid(map, "Gsid").or_else(|| self.sent_gsid(map, "Person_ID"));
        self.email = self.sent_email(map);
        let sound = self.person.faults.len() == faults_before;
        self.who = match (gsid, self.email.clone()) {
            (Some((gsid, name)), _) => Who::Gsid(gsid, name),
            (None, Some(email)) => Who::Email(email),
            (None, None) if sound => self.who_of_associations(),
            (None, None) => Who::Nobody,
        };
        if self.who == Who::Nobody && sound && !self.has_person_fault() {
            self.person.faults.push(Fault::key_missing(Place::Person, "Email", Map::new()));
        }
    }

    fn sent_gsid(
        &mut self,
        map: &Map<String, Json>,
        name: &'static str,
    ) -> Option<(Gsid, &'static str)> {
        let raw = lookup::get(map, name)?;
        match value::parse(FieldType::Gsid, FieldType::Gsid.default_max_length(), raw) {
            Ok(Some(Value::Text(text))) => Gsid::parse(&text).map(|gsid| (gsid, name)),
            Ok(_) => None,
            Err(code) => {
                self.person.faults.push(Fault::field(Place::Person, name, raw.clone(), code));
                None
            }
        }
    }

    fn sent_email(&mut self, map: &Map<String, Json>) -> Option<Email> {
        let raw = lookup::get(map, "Email")?;
        let text = match raw {
            Json::Null => return None,
            Json::String(text) if text.is_empty() => return None,
            Json::String(text) => text.as_str(),
            _ => "",
        };
        let checked = Email::parse(text);
        if let Err(code) = checked {
            self.person.faults.push(Fault::field(Place::Person, "Email", raw.clone(), code));
        }
        checked.ok()
    }

    fn who_of_associations(&mut self) -> Who {
        let literal = self.associations().find_map(|part| part.keys.person.clone());
        if let Some(gsid) = literal {
            return Who::Gsid(gsid, "Person_ID");
        }
        let own = std::iter::once(&self.person).chain(self.associations());
        let looked_up = own.filter_map(|part| part.person_lookup.as_ref()).next();
        match looked_up.map(|pending| pending.email()) {
            Some(Some(email)) => Who::Found(email),
            Some(None) => {
                let fault = looked_up.and_then(|pending| pending.unresolved(Place::Person));
                self.person.faults.extend(fault);
                Who::Nobody
            }
            None => Who::Nobody,
        }
    }

    /// A person that a lookup should have found, as the fault it is when nobody is there.
    #[must_use]
    pub fn person_not_found(&self) -> Fault {
        let own = std::iter::once(&self.person).chain(self.associations());
        let looked_up = own.filter_map(|part| part.person_lookup.as_ref()).next();
        match (&self.who, looked_up) {
            (Who::Gsid(gsid, name), _) => {
                Fault::field(Place::Person, name, gsid.as_str().into(), Code::PeopleNotFound)
            }
            (Who::Found(_), Some(pending)) => pending
                .unresolved(Place::Person)
                .unwrap_or_else(|| Fault::key_missing(Place::Person, "Email", Map::new())),
            _ => Fault::key_missing(Place::Person, "Email", Map::new()),
        }
    }

    fn has_person_fault(&self) -> bool {
        self.person.faults.iter().any(|fault| {
            fault.field.as_deref().is_some_and(|field| ["Email", "Person_ID"].contains(&field))
        })
    }

    /// A person is one item, and an item has an end (design).
    fn check_size(&mut self) {
        let count = self.associations().count();
        if count > limit::ASSOCIATIONS {
            let limit = limit::ASSOCIATIONS;
            let message = format!(
                "A person takes at most {limit} companies and relationships in one request, not {count}"
            );
            self.person.faults.push(Fault::limit(Place::Person, message));
        }
    }

    /// Every association, in the order of answers.
    pub fn associations(&self) -> impl Iterator<Item = &Part<'m>> {
        let nested =
            self.companies.iter().flat_map(|c| std::iter::once(&c.part).chain(&c.relationships));
        nested.chain(&self.relationships)
    }

    /// Adds what the row needs to know.
    pub fn add_needs(&self, needs: &mut Needs) {
        std::iter::once(&self.person)
            .chain(self.associations())
            .for_each(|part| part.add_needs(needs));
    }
}

#[cfg(test)]
mod tests;
