//! The output of GET for stored people (contract: get, fields#derived-name,
//! upsert#one-primary-company).

use people_fixtures::{Fixture, GivenState};
use serde_json::{Value as Json, json};

use crate::store::MemoryTenant;

const FIRST: &str = "{{company:Broadcom}}";
const SECOND: &str = "{{company:Drivedata}}";
const RELATIONSHIP: &str = "{{relationship:Relationship1}}";
const EMAIL: &str = "a@abc.com";

/// A tenant with this person.
fn tenant_with(person: Json) -> MemoryTenant {
    let given = Fixture::load("bulk-upsert/email-invalid").given;
    let mut person = person;
    person["Email"] = json!(EMAIL);
    MemoryTenant::new(&GivenState { people: vec![person], ..given })
}

fn upsert_fields(tenant: &mut MemoryTenant, person: Json) {
    let mut person = person;
    person["Email"] = json!(EMAIL);
    tenant.upsert_person(&tenant.names.fill_ids(&person)).expect("the person is sound");
}

fn get_person(tenant: &mut MemoryTenant) -> Json {
    tenant.name_person(EMAIL);
    tenant.names.restore_names(&tenant.print_person(EMAIL).expect("the person"))
}

#[test]
fn every_field_is_printed_with_its_type() {
    let company = json!({ "Company_ID": FIRST, "Role": "Admin", "multi__gc": "Email;Phone",
        "relationships": [{ "Relationship_ID": RELATIONSHIP, "IsPrimaryCompany": "false" }] });
    let mut tenant =
        tenant_with(json!({ "FirstName": "A", "EmailOptOut": "TRUE", "companies": [company] }));
    insta::assert_json_snapshot!(get_person(&mut tenant));
}

#[test]
fn a_name_that_is_not_sent_is_made_of_its_parts() {
    for (parts, name) in [
        (json!({ "FirstName": "A", "MiddleName": "M", "LastName": "B" }), json!("A M B")),
        (json!({ "LastName": "B" }), json!("B")),
        (json!({ "FirstName": "A", "Name": "N" }), json!("N")),
        (json!({ "FirstName": "A", "Name": null }), json!("A")),
        (json!({}), Json::Null),
    ] {
        assert_eq!(get_person(&mut tenant_with(parts.clone()))["name"], name, "{parts}");
    }
}

#[test]
fn a_field_that_was_cleared_has_no_default_and_one_never_sent_has() {
    let mut tenant = tenant_with(json!({}));
    let shown = |tenant: &mut MemoryTenant| {
        let data = get_person(tenant);
        [data["emailoptout"].clone(), data["fff__gc"].clone(), data["location"].clone()]
    };
    assert_eq!(shown(&mut tenant), [json!(false), json!(true), Json::Null]);
    upsert_fields(&mut tenant, json!({ "EmailOptOut": null, "fff__gc": "", "Location": "L" }));
    assert_eq!(shown(&mut tenant), [Json::Null, Json::Null, json!("L")]);
    upsert_fields(&mut tenant, json!({ "EmailOptOut": true }));
    assert_eq!(shown(&mut tenant), [json!(true), Json::Null, json!("L")]);
}

/// Only the last company that was sent as primary is primary, and none once it is set to false.
#[test]
fn one_company_is_primary() {
    let company = |id: &str, primary: Json| json!({ "companies": [{ "Company_ID": id, "IsPrimaryCompany": primary }] });
    let mut tenant =
        tenant_with(json!({ "companies": [{ "Company_ID": FIRST }, { "Company_ID": SECOND }] }));
    let shown = |tenant: &mut MemoryTenant| {
        let data = get_person(tenant);
        let mut all: Vec<_> = data["companies"]
            .as_array()
            .unwrap()
            .iter()
            .map(|company| {
                (company["company_id"]["name"].to_string(), company["isprimarycompany"].clone())
            })
            .collect();
        all.sort_by_key(|(name, _)| name.clone());
        all.into_iter().map(|(_, primary)| primary).collect::<Json>()
    };
    assert_eq!(shown(&mut tenant), json!([null, null]));
    for (sent, expected) in [
        (company(FIRST, json!(true)), json!([true, null])),
        (company(SECOND, json!(true)), json!([false, true])),
        (company(SECOND, json!(false)), json!([false, false])),
        (company(FIRST, json!(true)), json!([true, false])),
        (company(FIRST, json!(null)), json!([null, false])),
    ] {
        upsert_fields(&mut tenant, sent.clone());
        assert_eq!(shown(&mut tenant), expected, "{sent}");
    }
}

/// The companies that GET shows, with the relationships under each.
fn list_associations(tenant: &mut MemoryTenant) -> Vec<String> {
    let data = get_person(tenant);
    let names = |list: &Json, key: &str| -> Vec<String> {
        list.as_array()
            .unwrap()
            .iter()
            .map(|part| part[key]["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let companies = data["companies"].as_array().unwrap().iter();
    companies
        .map(|company| {
            let under = names(&company["relationships"], "relationship_id").join("+");
            format!("{}:{under}", company["company_id"]["name"].as_str().unwrap())
        })
        .collect()
}

#[test]
fn associations_stand_in_the_order_in_which_they_were_made() {
    let mut tenant = tenant_with(json!({ "companies": [{ "Company_ID": SECOND }] }));
    upsert_fields(&mut tenant, json!({ "companies": [{ "Company_ID": FIRST }] }));
    assert_eq!(list_associations(&mut tenant), ["Drivedata:", "Broadcom:"]);
    upsert_fields(&mut tenant, json!({ "companies": [{ "Company_ID": SECOND, "Title": "T" }] }));
    assert_eq!(
        list_associations(&mut tenant),
        ["Drivedata:", "Broadcom:"],
        "a change moves nothing"
    );
}

#[test]
fn a_relationship_stands_under_the_company_that_it_was_sent_with() {
    let nested = |company: &str| {
        json!({ "companies": [{ "Company_ID": company,
        "relationships": [{ "Relationship_ID": RELATIONSHIP }] }] })
    };
    let direct = json!({ "relationships": [{ "Relationship_ID": RELATIONSHIP }] });
    assert_eq!(list_associations(&mut tenant_with(nested(FIRST))), ["Broadcom:Relationship1"]);
    assert_eq!(list_associations(&mut tenant_with(nested(SECOND))), ["Drivedata:Relationship1"]);
    assert_eq!(list_associations(&mut tenant_with(direct)), ["Broadcom:Relationship1"]);
}

#[test]
fn what_was_deleted_is_not_shown() {
    let nested = json!({ "companies": [{ "Company_ID": FIRST }, { "Company_ID": SECOND,
        "relationships": [{ "Relationship_ID": RELATIONSHIP }] }] });
    for (deleted, shown) in [
        (FIRST, vec!["Drivedata:"]),
        (SECOND, vec!["Broadcom:"]),
        (RELATIONSHIP, vec!["Broadcom:", "Drivedata:"]),
    ] {
        let mut tenant = tenant_with(nested.clone());
        tenant.delete_record(deleted);
        let mut found = list_associations(&mut tenant);
        found.sort();
        assert_eq!(found, shown, "{deleted}");
    }
}
