//! Parses a record of a person: the person that it names, its parts, and every fault that can be
//! found without the store. A row collects all its faults; it does not stop at the first.

mod part;
mod pending_lookup;
mod person_ref;
mod unreadable;

use serde_json::{Map, Value as Json};

pub(crate) use part::picklist_texts;
pub use part::{AssociationIds, RowPart};
pub use pending_lookup::PendingLookup;
pub use person_ref::PersonRef;

use crate::code::Code;
use crate::fault::{Fault, RowPath};
use crate::ids::email::Email;
use crate::limit;
use crate::lookup::{self, Lookups};
use crate::objects::record::COMPANY_ID_CODE;
use crate::people::needs::{Known, Needs};
use crate::schema::metadata::{Metadata, object};

/// An item of `companies` with the relationships nested under it.
#[derive(Debug, Clone)]
pub struct CompanyPart<'m> {
    pub part: RowPart<'m>,
    /// Its Relationship Persons; `None` if no list of them was sent.
    pub relationships: Option<Vec<RowPart<'m>>>,
}

/// A parsed record.
#[derive(Debug, Clone)]
pub struct Row<'m> {
    pub person_ref: PersonRef,
    /// The address to set, if an Email was sent.
    pub email: Option<Email>,
    pub person: RowPart<'m>,
    /// `companies`; `None` if no list of them was sent.
    pub companies: Option<Vec<CompanyPart<'m>>>,
    /// `relationships` directly under the person; `None` if no list of them was sent.
    pub relationships: Option<Vec<RowPart<'m>>>,
    /// The association lists of a record that is refused as a whole, as an answer shows them.
    pub echoed_lists: Option<Map<String, Json>>,
}

impl<'m> Row<'m> {
    /// A row of which nothing can be read; the caller adds its fault.
    #[must_use]
    pub fn unreadable(metadata: &'m Metadata) -> Self {
        let person = RowPart::empty(RowPath::Person, metadata.standard_object(object::PERSON));
        let (companies, relationships, echoed_lists) = (None, None, None);
        Self {
            person_ref: PersonRef::Unidentified,
            email: None,
            person,
            companies,
            relationships,
            echoed_lists,
        }
    }
}

/// Members of the record that are not fields of Person.
const NON_FIELD_KEYS: &[&str] =
    &["companies", "relationships", "lookups", "gsid", "person_id", "email"];

/// Parses a record; `shared` are the lookups of the whole request. A record that is not an object,
/// exceeds a limit or has malformed `lookups` gets that one fault: nothing else in it can be
/// checked.
#[must_use]
pub fn parse<'m>(raw: &'m Json, shared: &Lookups, metadata: &'m Metadata) -> Row<'m> {
    let mut row = Row::unreadable(metadata);
    match check_record(raw, shared) {
        Err(fault) => {
            row.echo_unread(raw, shared, metadata);
            row.person.faults.push(*fault);
        }
        Ok((map, lookups)) => row.read_record(map, &lookups, metadata),
    }
    row
}

/// The record and its lookups, unless the record is refused as a whole.
fn check_record<'j>(
    raw: &'j Json,
    shared: &Lookups,
) -> Result<(&'j Map<String, Json>, Lookups), Box<Fault>> {
    let map = raw.as_object().filter(|map| !map.is_empty());
    let map = map.ok_or_else(|| Box::new(Fault::not_a_record(RowPath::Person)))?;
    let count = count_map_associations(map);
    if count > limit::PERSON_ASSOCIATIONS_MAX {
        // A person is one item, and the size of an item is limited (ADR 31).
        let max = limit::PERSON_ASSOCIATIONS_MAX;
        let message = format!(
            "A person takes at most {max} companies and relationships in one request, not {count}"
        );
        return Err(Box::new(Fault::limit_exceeded(RowPath::Person, message)));
    }
    let Some(raw) = lookup::get_member(map, "lookups").filter(|raw| !raw.is_null()) else {
        return Ok((map, shared.clone()));
    };
    let fault =
        || Box::new(Fault::invalid_field(RowPath::Person, "lookups", raw.clone(), Code::RowInfo));
    Ok((map, Lookups::parse(raw).ok_or_else(fault)?.merge_over(shared)))
}

/// The members of a record that list associations.
pub(crate) const ASSOCIATION_LISTS: [&str; 2] = ["companies", "relationships"];

/// The number of companies and relationships of a record, nested ones included.
#[must_use]
pub fn count_associations(raw: &Json) -> usize {
    raw.as_object().map_or(0, count_map_associations)
}

fn count_map_associations(map: &Map<String, Json>) -> usize {
    let list = |map, name| {
        lookup::get_member(map, name).and_then(Json::as_array).map_or(&[][..], Vec::as_slice)
    };
    let companies = list(map, "companies");
    let nested =
        companies.iter().filter_map(Json::as_object).map(|c| list(c, "relationships").len());
    companies.len() + nested.sum::<usize>() + list(map, "relationships").len()
}

/// The items of the list `name`. An item that is not an object, or a value that is not a list, is a
/// fault.
fn read_items<'m>(
    map: &'m Map<String, Json>,
    name: &'static str,
    part: &mut RowPart<'m>,
) -> Option<Vec<&'m Map<String, Json>>> {
    let raw = lookup::get_member(map, name)?;
    let objects =
        |list: &'m Vec<Json>| list.iter().map(Json::as_object).collect::<Option<Vec<_>>>();
    let items = raw.as_array().and_then(objects);
    if items.is_none() {
        part.keep_sent(name, raw);
        if !raw.is_null() {
            part.faults.push(Fault::invalid_field(part.path, name, raw.clone(), Code::RowInfo));
        }
    }
    items
}

impl<'m> Row<'m> {
    fn read_record(
        &mut self,
        map: &'m Map<String, Json>,
        lookups: &Lookups,
        metadata: &'m Metadata,
    ) {
        self.person.read_fields(map, &lookups.person, metadata, NON_FIELD_KEYS);
        self.read_associations(map, lookups, metadata);
        self.read_person_ref(map, &lookups.person);
    }

    fn read_associations(
        &mut self,
        map: &'m Map<String, Json>,
        lookups: &Lookups,
        metadata: &'m Metadata,
    ) {
        let company_person = metadata.standard_object(object::COMPANY_PERSON);
        let relationship_person = metadata.standard_object(object::RELATIONSHIP_PERSON);
        let relationship = |path, raw: &'m Map<String, Json>| {
            let mut part = RowPart::empty(path, relationship_person);
            part.read_fields(raw, &lookups.relationships, metadata, &[]);
            part
        };
        let company = |(n, raw): (usize, &'m Map<String, Json>)| {
            let mut part = RowPart::empty(RowPath::Company(n), company_person);
            part.read_fields(raw, &lookups.companies, metadata, &["relationships"]);
            let nested = read_items(raw, "relationships", &mut part).map(|items| {
                let items = items.into_iter().enumerate();
                items.map(|(m, raw)| relationship(RowPath::Nested(n, m), raw)).collect()
            });
            CompanyPart { part, relationships: nested }
        };
        let companies = read_items(map, "companies", &mut self.person);
        self.companies =
            companies.map(|items| items.into_iter().enumerate().map(company).collect());
        let direct = |(n, raw)| relationship(RowPath::Direct(n), raw);
        let relationships = read_items(map, "relationships", &mut self.person);
        self.relationships =
            relationships.map(|items| items.into_iter().enumerate().map(direct).collect());
    }

    /// The part of the row at a path.
    #[must_use]
    pub fn part(&self, path: RowPath) -> Option<&RowPart<'m>> {
        let company = |n: usize| self.companies.as_ref()?.get(n);
        match path {
            RowPath::Person => Some(&self.person),
            RowPath::Company(n) => company(n).map(|company| &company.part),
            RowPath::Nested(n, m) => company(n)?.relationships.as_ref()?.get(m),
            RowPath::Direct(n) => self.relationships.as_ref()?.get(n),
        }
    }

    /// The associations, each company before the relationships under it.
    pub fn associations(&self) -> impl Iterator<Item = &RowPart<'m>> {
        let nested = self.companies.iter().flatten();
        let nested =
            nested.flat_map(|c| std::iter::once(&c.part).chain(c.relationships.iter().flatten()));
        nested.chain(self.relationships.iter().flatten())
    }

    /// Every part: the person, then its associations.
    pub fn parts(&self) -> impl Iterator<Item = &RowPart<'m>> {
        std::iter::once(&self.person).chain(self.associations())
    }

    /// The companies that only the records of relationships name: of those directly under the
    /// person, and of those named by id, because a relationship is deleted along with its company.
    #[must_use]
    pub fn companies_of_relationships(&self, known: &Known) -> Vec<String> {
        let by_id =
            |part: &RowPart<'_>| known.records.get(part.ids.relationship.as_ref()?.as_str());
        let found = |part: &RowPart<'_>| {
            let lookup =
                part.pending_lookups.iter().find(|lookup| lookup.target == "Relationship_ID")?;
            known.matches.get(lookup.query.as_ref()?)?.first()
        };
        let direct = self.relationships.iter().flatten();
        let direct = direct.filter_map(|part| by_id(part).or_else(|| found(part)));
        let direct = direct.filter_map(|record| record.text(COMPANY_ID_CODE));
        let direct = direct.filter(|id| !known.records.contains_key(*id));
        let nested = self.companies.iter().flatten().flat_map(|c| c.relationships.iter().flatten());
        let nested = nested.filter_map(by_id).filter_map(|record| record.text(COMPANY_ID_CODE));
        let nested = nested.filter(|id| !known.has_record(object::COMPANY, id));
        direct.chain(nested).map(str::to_owned).collect()
    }

    /// Adds the reads that the row requires.
    pub fn add_needs(&self, needs: &mut Needs) {
        self.parts().for_each(|part| part.add_needs(needs));
    }
}

#[cfg(test)]
mod tests;
