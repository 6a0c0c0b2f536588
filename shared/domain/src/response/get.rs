//! A person as GET prints it (contract: get#printed-person).

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use super::dropdown;
use crate::ids::mint::Mint;
use crate::json::escaped_len_of;
use crate::limit;
use crate::objects::record::{self, Record};
use crate::people::Person;
use crate::people::view::{self, View};
use crate::schema::metadata::{Field, Metadata, Object, Source, object};
use crate::values;

/// The `data` of GET; none when it would be larger than an answer may be. An association whose record
/// is not among `records` is not shown (contract: upsert#deleted-companies).
#[must_use]
pub fn person(
    person: &Person,
    records: &HashMap<String, Arc<Record>>,
    metadata: &Metadata,
    mint: &Mint,
) -> Option<Json> {
    let printer = Printer { name: person.name(), metadata, mint };
    let mut data = printer.fields(object::PERSON, View::Person(person));
    let companies = view::companies(person, records, mint);
    let (mut printed, mut bytes) = (Vec::with_capacity(companies.len()), 0);
    for company in &companies {
        let company = printer.company(person, company);
        bytes += escaped_len_of(&company);
        if bytes > limit::ANSWER {
            return None;
        }
        printed.push(company);
    }
    data.insert("companies".to_owned(), printed.into());
    Some(Json::Object(data))
}

struct Printer<'a> {
    name: Option<String>,
    metadata: &'a Metadata,
    mint: &'a Mint,
}

impl Printer<'_> {
    fn company(&self, person: &Person, company: &view::Company<'_>) -> Json {
        let mut data = self.fields(object::COMPANY_PERSON, View::Company(person, company));
        let nested = company.relationships.iter().map(|relationship| {
            let view = View::Relationship(person, company, relationship);
            Json::Object(self.fields(object::RELATIONSHIP_PERSON, view))
        });
        data.insert("relationships".to_owned(), nested.collect());
        Json::Object(data)
    }

    fn fields(&self, object: &'static str, view: View<'_>) -> Map<String, Json> {
        let object: &Object = self.metadata.standard(object);
        let fields = object.fields().iter();
        fields.map(|field| (field.name.to_ascii_lowercase(), self.print(field, view))).collect()
    }

    fn print(&self, field: &Field, view: View<'_>) -> Json {
        match field.source {
            Source::PersonId => {
                reference(view.person().map(|person| &*person.gsid), self.name.as_deref())
            }
            Source::CompanyId => named(view.company().map(|company| &*company.record)),
            Source::RelationshipId => named(view.relationship().map(|held| &*held.record)),
            Source::CompanyPersonId => {
                json!({ "Id": view.company().map(|company| &company.gsid) })
            }
            _ => view.value(field).map_or(Json::Null, |value| {
                dropdown::items(field, &value, self.mint)
                    .unwrap_or_else(|| values::print(field.kind, &value))
            }),
        }
    }
}

fn named(record: Option<&Record>) -> Json {
    let name = record.and_then(|record| record.text(record::NAME));
    reference(record.map(|record| &*record.gsid), name)
}

fn reference(id: Option<&str>, name: Option<&str>) -> Json {
    json!({ "Id": id, "name": name })
}
