//! A person as GET prints it (contract 10, 004:1008).

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use crate::gsid::GsidKind;
use crate::metadata::{Field, Metadata, Object, Source, is_dropdown, object, standard::IS_PRIMARY};
use crate::mint::Mint;
use crate::person::{self, Held, Person};
use crate::record::{self, Attributes, Record};
use crate::row::part_texts;
use crate::stamp::Stamp;
use crate::value::{self, FieldType, Value};

/// The companies and relationships whose names an answer shows, as (object, GSID).
#[must_use]
pub fn references(person: &Person) -> Vec<(&'static str, String)> {
    let companies = person.companies.iter().map(|held| (object::COMPANY, held.target.clone()));
    let relationships =
        person.relationships.iter().map(|held| (object::RELATIONSHIP, held.target.clone()));
    companies.chain(relationships).collect()
}

/// The companies of relationships whose record names a company that the person does not hold:
/// the record was changed since. They are shown as if held with defaults.
#[must_use]
pub fn own_companies(person: &Person, records: &HashMap<String, Arc<Record>>) -> Vec<String> {
    let own = person.relationships.iter().filter(|held| held.company.is_none());
    let own = own.filter_map(|held| records.get(&held.target)?.text(record::COMPANY_ID));
    own.filter(|id| !person.companies.iter().any(|held| held.target == **id))
        .map(str::to_owned)
        .collect()
}

/// The `data` of GET. An association whose record is not among `records` is not shown
/// (contract-details 15).
#[must_use]
pub fn person(
    person: &Person,
    records: &HashMap<String, Arc<Record>>,
    metadata: &Metadata,
    mint: &Mint,
) -> Json {
    let printer = Printer { person, name: person.name(), records, metadata, mint };
    let mut data = Map::new();
    for field in metadata.standard(object::PERSON).fields() {
        data.insert(field.name.to_ascii_lowercase(), printer.own(field));
    }
    let mut companies = person.companies.clone();
    for company in own_companies(person, records) {
        companies.extend(printer.implied(company));
    }
    companies.sort_by_key(|held| printer.place(GsidKind::CompanyPerson, held));
    companies.dedup_by(|a, b| a.name == b.name);
    let companies = companies.iter().filter_map(|held| printer.company(held));
    data.insert("companies".to_owned(), companies.collect());
    Json::Object(data)
}

struct Printer<'a> {
    person: &'a Person,
    name: Option<String>,
    records: &'a HashMap<String, Arc<Record>>,
    metadata: &'a Metadata,
    mint: &'a Mint,
}

impl Printer<'_> {
    fn own(&self, field: &Field) -> Json {
        match &field.source {
            Source::Gsid => self.person.gsid.as_str().into(),
            Source::Email => self.person.email.as_str().into(),
            Source::Stored(code) if code == record::NAME => self.name.as_deref().into(),
            Source::Created => date(self.person.born),
            Source::Modified => date(self.person.revised),
            _ => self.print(field, self.person.value(field)),
        }
    }

    fn company(&self, held: &Held) -> Option<Json> {
        let record = self.record(object::COMPANY, &held.target)?;
        let mut nested: Vec<_> = self
            .person
            .relationships
            .iter()
            .filter(|r| self.stands_under(r, &held.target))
            .collect();
        nested.sort_by_key(|held| self.place(GsidKind::RelationshipPerson, held));
        let nested = nested
            .into_iter()
            .filter_map(|relationship| self.relationship(relationship, record, held));
        let nested: Vec<_> = nested.collect();
        let mut data =
            self.association(self.metadata.standard(object::COMPANY_PERSON), held, |field| {
                match field.source {
                    Source::Gsid => Some(self.association_id(GsidKind::CompanyPerson, held).into()),
                    Source::CompanyId => Some(reference(&record.gsid, record.text(record::NAME))),
                    Source::Stored(ref code) if code == IS_PRIMARY => {
                        Some(self.person.is_primary(held).into())
                    }
                    _ => None,
                }
            });
        data.insert("relationships".to_owned(), nested.into());
        Some(Json::Object(data))
    }

    fn relationship(&self, held: &Held, company: &Record, under: &Held) -> Option<Json> {
        let record = self.record(object::RELATIONSHIP, &held.target)?;
        let object = self.metadata.standard(object::RELATIONSHIP_PERSON);
        let data = self.association(object, held, |field| match field.source {
            Source::Gsid => Some(self.association_id(GsidKind::RelationshipPerson, held).into()),
            Source::CompanyId => Some(reference(&company.gsid, company.text(record::NAME))),
            Source::RelationshipId => Some(reference(&record.gsid, record.text(record::NAME))),
            Source::CompanyPersonId => {
                Some(json!({ "Id": self.association_id(GsidKind::CompanyPerson, under) }))
            }
            Source::RelationshipTypeId(ref code) if !held.values.contains_key(code) => {
                Some(record.text(record::RELATIONSHIP_TYPE).into())
            }
            _ => None,
        });
        Some(Json::Object(data))
    }

    /// The fields of an association; `special` knows those that are not simply stored.
    fn association(
        &self,
        object: &Object,
        held: &Held,
        special: impl Fn(&Field) -> Option<Json>,
    ) -> Map<String, Json> {
        let print = |field: &Field| match field.source {
            Source::PersonId => reference(&self.person.gsid, self.name.as_deref()),
            Source::Created => date(held.born),
            Source::Modified => date(held.revised),
            _ => special(field).unwrap_or_else(|| self.print(field, held.value(field))),
        };
        object
            .fields()
            .iter()
            .map(|field| (field.name.to_ascii_lowercase(), print(field)))
            .collect()
    }

    /// A company that only a relationship's record tells of.
    fn implied(&self, target: String) -> Option<Held> {
        let under = |held: &&Held| self.stands_under(held, &target);
        let born = self.person.relationships.iter().filter(under).map(|held| held.born).min()?;
        let name = person::company_name(self.mint, &target);
        Some(Held { target, company: None, name, born, revised: born, values: Attributes::new() })
    }

    /// Whether a relationship stands under this company: the one it was nested under, else its own.
    fn stands_under(&self, held: &Held, company: &str) -> bool {
        let own = || self.record(object::RELATIONSHIP, &held.target)?.text(record::COMPANY_ID);
        held.company.as_deref().or_else(own) == Some(company)
    }

    fn record(&self, object: &str, gsid: &str) -> Option<&Record> {
        self.records.get(gsid).filter(|record| record.object == object).map(Arc::as_ref)
    }

    fn association_id(&self, kind: GsidKind, held: &Held) -> String {
        self.mint.association(kind, &self.person.gsid, &held.name)
    }

    /// By CreatedDate, then Gsid (contract-details 28).
    fn place(&self, kind: GsidKind, held: &Held) -> (i64, String) {
        (held.born.millis(), self.association_id(kind, held))
    }

    /// A stored value; a dropdown label as its item's GSID.
    fn print(&self, field: &Field, value: Option<&Value>) -> Json {
        let Some(value) = value else { return Json::Null };
        let Some(category) = field.category.as_deref().filter(|_| is_dropdown(field.kind)) else {
            return value::print(field.kind, value);
        };
        let mut ids =
            part_texts(Some(value)).iter().map(|label| self.mint.dropdown_item(category, label));
        match field.kind {
            FieldType::Picklist => ids.next().into(),
            _ => ids.collect(),
        }
    }
}

fn reference(id: &str, name: Option<&str>) -> Json {
    json!({ "Id": id, "name": name })
}

fn date(stamp: Stamp) -> Json {
    value::print_datetime(stamp.millis()).into()
}
