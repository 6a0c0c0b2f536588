//! Renders a person for GET (contract: get#printed-person).

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use super::dropdown;
use crate::ids::tenant_ids::TenantIds;
use crate::json::escaped_len_of_value;
use crate::limit;
use crate::objects::record::{self, Record};
use crate::people::Person;
use crate::people::view::{self, View};
use crate::schema::metadata::{Field, FieldOrigin, Metadata, Object, object};
use crate::values;

/// The `data` of GET; `None` if it would be larger than an answer may be. An association whose
/// record is not in `records` is not shown (contract: upsert#deleted-companies).
#[must_use]
pub fn render_person(
    person: &Person,
    records: &HashMap<String, Arc<Record>>,
    metadata: &Metadata,
    tenant_ids: &TenantIds,
) -> Option<Json> {
    let renderer = PersonRenderer { name: person.name(), metadata, tenant_ids };
    let mut data = renderer.render_fields(object::PERSON, View::Person(person));
    let companies = view::list_companies(person, records, tenant_ids);
    let (mut rendered, mut bytes) = (Vec::with_capacity(companies.len()), 0);
    for company in &companies {
        let company = renderer.render_company(person, company);
        bytes += escaped_len_of_value(&company);
        if bytes > limit::RESPONSE_BYTES_MAX {
            return None;
        }
        rendered.push(company);
    }
    data.insert("companies".to_owned(), rendered.into());
    Some(Json::Object(data))
}

struct PersonRenderer<'a> {
    name: Option<String>,
    metadata: &'a Metadata,
    tenant_ids: &'a TenantIds,
}

impl PersonRenderer<'_> {
    fn render_company(&self, person: &Person, company: &view::CompanyView<'_>) -> Json {
        let mut data = self.render_fields(object::COMPANY_PERSON, View::Company(person, company));
        let nested = company.relationships.iter().map(|relationship| {
            let view = View::Relationship(person, company, relationship);
            Json::Object(self.render_fields(object::RELATIONSHIP_PERSON, view))
        });
        data.insert("relationships".to_owned(), nested.collect());
        Json::Object(data)
    }

    fn render_fields(&self, object: &'static str, view: View<'_>) -> Map<String, Json> {
        let object: &Object = self.metadata.standard_object(object);
        let fields = object.fields().iter();
        fields
            .map(|field| (field.name.to_ascii_lowercase(), self.render_field(field, view)))
            .collect()
    }

    fn render_field(&self, field: &Field, view: View<'_>) -> Json {
        match field.origin {
            FieldOrigin::PersonId => {
                render_reference(view.person().map(|person| &*person.gsid), self.name.as_deref())
            }
            FieldOrigin::CompanyId => {
                render_record_reference(view.company().map(|company| &*company.record))
            }
            FieldOrigin::RelationshipId => render_record_reference(
                view.relationship().map(|relationship| &*relationship.record),
            ),
            FieldOrigin::CompanyPersonId => {
                json!({ "Id": view.company().map(|company| &company.gsid) })
            }
            _ => view.value(field).map_or(Json::Null, |value| {
                dropdown::render_dropdown_items(field, &value, self.tenant_ids)
                    .unwrap_or_else(|| values::to_json(field.kind, &value))
            }),
        }
    }
}

fn render_record_reference(record: Option<&Record>) -> Json {
    let name = record.and_then(|record| record.text(record::NAME_CODE));
    render_reference(record.map(|record| &*record.gsid), name)
}

fn render_reference(id: Option<&str>, name: Option<&str>) -> Json {
    json!({ "Id": id, "name": name })
}
