//! Renders people and records as writes accept them. A record that is written with them reads as
//! the exported one does, but for ids and dates.

use serde_json::{Map, Value as Json};

use crate::limit;
use crate::objects::record::{Attributes, NAME_CODE, Record};
use crate::people::Person;
use crate::people::view::{CompanyView, View};
use crate::schema::metadata::standard::IS_PRIMARY_CODE;
use crate::schema::metadata::{Field, FieldOrigin, Metadata, Object, object};
use crate::values;

/// A person with the associations that readers see. A person with more associations than one
/// request accepts becomes several records, which write the same person one after the other.
#[must_use]
pub fn render_person_payloads(
    person: &Person,
    companies: &[CompanyView<'_>],
    metadata: &Metadata,
) -> Vec<Json> {
    let mut own = Map::new();
    own.insert("Gsid".to_owned(), person.gsid.as_str().into());
    own.insert("Email".to_owned(), person.email.as_str().into());
    let identity = own.clone();
    let object = metadata.standard_object(object::PERSON);
    own.extend(render_stored_fields(object, View::Person(person), &person.values));
    let mut lists = split_companies(person, companies, metadata).into_iter();
    let with_companies = |mut record: Map<String, Json>, list: Vec<Json>| {
        if !list.is_empty() {
            record.insert("companies".to_owned(), list.into());
        }
        Json::Object(record)
    };
    let first = with_companies(own, lists.next().unwrap_or_default());
    let rest = lists.map(|list| with_companies(identity.clone(), list));
    std::iter::once(first).chain(rest).collect()
}

/// The companies in lists that one request accepts each. A company whose relationships are in
/// several lists is named in each of them.
fn split_companies(
    person: &Person,
    companies: &[CompanyView<'_>],
    metadata: &Metadata,
) -> Vec<Vec<Json>> {
    let (mut lists, mut count) = (vec![Vec::new()], 0);
    let mut push = |item: Map<String, Json>, associations: usize| {
        if count + associations > limit::PERSON_ASSOCIATIONS_MAX {
            lists.push(Vec::new());
            count = 0;
        }
        count += associations;
        if let Some(list) = lists.last_mut() {
            list.push(Json::Object(item));
        }
    };
    for company in companies {
        let view = View::Company(person, company);
        let object = metadata.standard_object(object::COMPANY_PERSON);
        let mut key = Map::new();
        key.insert("Company_ID".to_owned(), company.record.gsid.as_str().into());
        let mut item = key.clone();
        item.extend(render_stored_fields(object, view, &company.association.values));
        // One association of a request is the company itself.
        let mut chunks = company.relationships.chunks(limit::PERSON_ASSOCIATIONS_MAX - 1);
        loop {
            let nested = chunks.next().unwrap_or_default();
            let list: Vec<_> = nested
                .iter()
                .map(|relationship| {
                    let view = View::Relationship(person, company, relationship);
                    render_relationship(view, metadata)
                })
                .collect();
            if !list.is_empty() {
                item.insert("relationships".to_owned(), list.into());
            }
            push(std::mem::replace(&mut item, key.clone()), nested.len() + 1);
            if chunks.len() == 0 {
                break;
            }
        }
    }
    lists
}

fn render_relationship(view: View<'_>, metadata: &Metadata) -> Json {
    let object = metadata.standard_object(object::RELATIONSHIP_PERSON);
    let mut item = Map::new();
    if let Some(relationship) = view.relationship() {
        item.insert("Relationship_ID".to_owned(), relationship.record.gsid.as_str().into());
        item.extend(render_stored_fields(object, view, &relationship.association.values));
    }
    Json::Object(item)
}

/// A record of a company, a relationship or a custom object, with its `Gsid`.
#[must_use]
pub fn render_record_payload(object: &Object, record: &Record) -> Json {
    let mut item = Map::new();
    item.insert("Gsid".to_owned(), record.gsid.as_str().into());
    item.extend(render_stored_fields(object, View::Record(record), &record.attributes));
    Json::Object(item)
}

/// The fields that must be sent so that the written row reads like this one: stored ones, cleared
/// ones as null, and those whose default was another one when this row was created.
fn render_stored_fields<'a>(
    object: &'a Object,
    view: View<'a>,
    stored: &'a Attributes,
) -> impl Iterator<Item = (String, Json)> + 'a {
    let render = move |field: &'a Field| {
        let value = match stored.get(field.code()?) {
            Some(value) if is_read_as_stored(field, view) => {
                value.as_ref().map(|value| values::to_json(field.kind, value))
            }
            Some(_) => view.value(field).map(|value| values::to_json(field.kind, &value)),
            None if is_derived_when_absent(field, view) => return None,
            None => {
                let value = view.value(field);
                if value.as_deref() == field.default_now() {
                    return None;
                }
                value.map(|value| values::to_json(field.kind, &value))
            }
        };
        Some((field.name.clone(), value.unwrap_or_default()))
    };
    object.fields().iter().filter_map(render)
}

/// Whether the stored value is the value that readers see. A company's flag is not: it is true for
/// the primary company alone.
fn is_read_as_stored(field: &Field, view: View<'_>) -> bool {
    !(matches!(view, View::Company(..)) && field.code() == Some(IS_PRIMARY_CODE))
}

/// Whether readers see a value of other fields or rows while the field has none of its own.
fn is_derived_when_absent(field: &Field, view: View<'_>) -> bool {
    matches!(field.origin, FieldOrigin::RelationshipTypeId(_))
        || matches!(view, View::Person(_)) && field.code() == Some(NAME_CODE)
}
