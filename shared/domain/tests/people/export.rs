//! An exported person, written into another tenant, reads as the exported one does.

use people_domain::export::render_person_payloads;
use people_domain::ids::stamp::Stamp;
use people_domain::limit;
use people_domain::people::row::count_associations;
use people_domain::people::view;
use people_domain::people::{Person, company_association_name, relationship_association_name};
use people_domain::schema::metadata::{CustomField, Metadata};
use people_domain::values::{FieldType, Value};
use people_fixtures::{Fixture, GivenState};
use serde_json::{Value as Json, json};

use crate::store::MemoryTenant;

const FIRST: &str = "{{company:Broadcom}}";
const SECOND: &str = "{{company:Drivedata}}";
const RELATIONSHIP: &str = "{{relationship:Relationship1}}";
const EMAIL: &str = "A@abc.com";

/// The tenant of a fixture, with the person that these requests write one after the other.
fn tenant_with(requests: &[Json]) -> MemoryTenant {
    let given = Fixture::load("bulk-upsert/email-invalid").given;
    let mut tenant = MemoryTenant::new(&GivenState { people: Vec::new(), ..given });
    for request in requests {
        let mut request = request.clone();
        request["Email"] = json!(EMAIL);
        tenant.upsert_person(&tenant.names.fill_ids(&request)).expect("the person is sound");
    }
    tenant
}

/// The answer of GET, with names in place of ids and without times.
fn get_person(tenant: &mut MemoryTenant) -> String {
    tenant.name_person(EMAIL);
    let mut data = tenant.names.restore_names(&tenant.print_person(EMAIL).expect("the person"));
    remove_times(&mut data);
    data.to_string()
}

fn remove_times(data: &mut Json) {
    match data {
        Json::Array(items) => items.iter_mut().for_each(remove_times),
        Json::Object(map) => {
            map.retain(|name, _| name != "createddate" && name != "modifieddate");
            map.values_mut().for_each(remove_times);
        }
        _ => {}
    }
}

#[test]
fn a_person_that_is_written_from_its_export_reads_the_same() {
    let nested = json!({ "Relationship_ID": RELATIONSHIP, "Role": "User" });
    for requests in [
        vec![json!({})],
        vec![json!({ "FirstName": "A", "LastName": "B", "EmailOptOut": true, "fff__gc": false })],
        vec![json!({ "FirstName": "A", "Name": "N" }), json!({ "Name": null })],
        vec![json!({ "EmailOptOut": null, "fff__gc": null, "Location": null })],
        vec![json!({ "companies": [
            { "Company_ID": FIRST, "IsPrimaryCompany": true, "multi__gc": ["Email", "a;b"],
                "relationships": [nested.clone()] },
            { "Company_ID": SECOND, "IsPrimaryCompany": true, "Active": null },
        ] })],
        // The primary company is no longer.
        vec![
            json!({ "companies": [{ "Company_ID": FIRST, "IsPrimaryCompany": true }] }),
            json!({ "companies": [{ "Company_ID": SECOND, "IsPrimaryCompany": true }] }),
            json!({ "companies": [{ "Company_ID": SECOND, "IsPrimaryCompany": false }] }),
        ],
        vec![json!({ "companies": [{ "Company_ID": FIRST, "IsPrimaryCompany": null }] })],
        // Nested under another company, beside the one under its own.
        vec![json!({ "companies": [{ "Company_ID": SECOND, "relationships": [nested.clone()] }],
            "relationships": [{ "Relationship_ID": RELATIONSHIP, "Title": "T" }] })],
        vec![json!({ "relationships": [
            { "Relationship_ID": RELATIONSHIP, "Relationship_Type_ID": null }] })],
    ] {
        let mut source = tenant_with(&requests);
        let exported = source.export_person(EMAIL);
        let mut records = exported.clone();
        for record in &mut records {
            record.as_object_mut().unwrap().remove("Gsid");
        }
        let mut target = tenant_with(&records);
        assert_eq!(get_person(&mut target), get_person(&mut source), "{exported:?}");
        let mut again = target.export_person(EMAIL);
        again.iter_mut().zip(&exported).for_each(|(again, first)| {
            again["Gsid"] = first["Gsid"].clone();
        });
        assert_eq!(again, exported, "an export of the import");
    }
}

#[test]
fn a_default_that_has_changed_since_is_written() {
    let stamps = [1_000, 2_000, 3_000].map(Stamp::from_millis);
    let defaults = [(1, "basic"), (2, "gold")];
    let defaults = defaults.map(|(at, value)| (stamps[at].as_str().to_owned(), json!(value)));
    let plan = CustomField {
        defaults: defaults.into(),
        ..CustomField::new("person", "Plan__gc", FieldType::String, "z1")
    };
    let metadata = Metadata::new(false, &[plan]);
    let tenant = tenant_with(&[]);
    for (at, expected) in [(0, Some(Json::Null)), (1, Some(json!("basic"))), (2, None)] {
        let text = |text: &str| Some(Value::Text(text.to_owned()));
        let item = [("g", "0123456789ABCDWXYZ"), ("e", "a@abc.com"), ("b", stamps[at].as_str())];
        let item = item.map(|(name, value)| (name.to_owned(), text(value))).into();
        let person = Person::from_attributes(item, &tenant.tenant_ids).unwrap();
        let record = render_person_payloads(&person, &[], &metadata).remove(0);
        assert_eq!(record.get("Plan__gc"), expected.as_ref(), "{at}");
    }
}

#[test]
fn a_person_with_more_associations_than_a_request_takes_becomes_several_records() {
    let tenant = tenant_with(&[]);
    let (ids, born) = (&tenant.tenant_ids, Stamp::from_millis(1));
    let text = |text: &str| Some(Value::Text(text.to_owned()));
    let record = |object: &str, gsid: &str, company: Option<&str>| {
        let attributes = company.map(|company| ("ci".to_owned(), text(company)));
        people_domain::objects::record::Record {
            object: object.to_owned(),
            gsid: gsid.to_owned(),
            created: born,
            attributes: attributes.into_iter().collect(),
        }
    };
    let item = [("g", "0123456789ABCDWXYZ"), ("e", "a@abc.com"), ("b", born.as_str())];
    let mut item: std::collections::BTreeMap<_, _> =
        item.map(|(name, value)| (name.to_owned(), text(value))).into();
    let mut records = std::collections::HashMap::new();
    let gsid = |kind, n: usize| ids.new_gsid(kind, n as u128);
    let first = gsid(people_domain::ids::gsid::GsidKind::Company, 0);
    for n in 0..600 {
        let company = gsid(people_domain::ids::gsid::GsidKind::Company, n);
        let name = company_association_name(ids, &company);
        item.insert(format!("{name}|b"), text(born.as_str()));
        records.insert(company.clone(), record("company", &company, None).into());
    }
    for n in 0..2_500 {
        let relationship = gsid(people_domain::ids::gsid::GsidKind::Relationship, n);
        let name = relationship_association_name(ids, &relationship, None);
        item.insert(format!("{name}|b"), text(born.as_str()));
        let stored = record("relationship", &relationship, Some(&first));
        records.insert(relationship, stored.into());
    }
    let person = Person::from_attributes(item, ids).unwrap();
    let companies = view::list_companies(&person, &records, ids);
    let payloads = render_person_payloads(&person, &companies, &tenant.metadata);
    assert!(payloads.iter().all(|record| record["Email"] == "a@abc.com"));
    let counts: Vec<_> = payloads.iter().map(count_associations).collect();
    assert!(counts.iter().all(|count| *count <= limit::PERSON_ASSOCIATIONS_MAX), "{counts:?}");
    let lists = payloads.iter().flat_map(|record| record["companies"].as_array().unwrap());
    let nested: usize =
        lists.clone().map(|company| company["relationships"].as_array().map_or(0, Vec::len)).sum();
    let distinct: std::collections::BTreeSet<_> =
        lists.map(|company| company["Company_ID"].as_str().unwrap()).collect();
    assert_eq!((nested, distinct.len()), (2_500, 600));
}
