//! `error.details` of a row of a bulk answer (contract: bulk#details, bulk#missing-keys).

use people_domain::response::bulk::render_batch;
use serde_json::{Value as Json, json};

use crate::pipeline::{restore_names, tenant_of_bulk};

const COMPANY: &str = "{{company:Broadcom}}";
const RELATIONSHIP: &str = "{{relationship:Relationship1}}";
const NOBODY: &str = "1P04QNK6ENCURXXDZWKNCUGVYYCE5MHTRE7D";
const NO_COMPANY: &str = "1P02QNK6ENCURXXDZWKNCUGVYYCE5MHTRE7D";

/// The entries of rows in short: a field or key with its known values, and the message.
fn list_details(emails: &[&str], records: Json) -> Vec<Vec<String>> {
    let mut tenant = tenant_of_bulk();
    let lookups = json!({ "companies": { "Company_ID": { "fields": { "N": "Name" } } },
        "relationships": { "Relationship_ID": { "fields": { "R": "Name" } } } });
    let body = tenant.names.fill_ids(&json!({ "lookups": lookups, "records": records }));
    let rows = tenant.upsert_bulk(&body);
    let document = restore_names(&mut tenant, emails, &render_batch(&rows));
    let entry = |detail: &Json| {
        let error = &detail["errors"][0];
        let message = error["message"].as_str().unwrap();
        match detail["fieldName"].as_str() {
            None => message.to_owned(),
            Some(name) => format!("{name}={} {message}", detail["values"][name]),
        }
    };
    let of_row = |row: &Json| {
        let details = row["error"]["details"].as_array();
        details.into_iter().flatten().map(entry).collect()
    };
    document["records"].as_array().unwrap().iter().map(of_row).collect()
}

/// The person, each company in the order sent, each relationship; in each of them lookups, then
/// fields in the order sent, then missing parts of its key (contract: bulk#order-of-details,
/// bulk#order-within-an-item).
#[test]
fn entries_stand_in_the_order_of_parts_and_within_a_part_by_kind() {
    let relationship = json!({ "Active": "q", "R": "Nothing", "Nope": 1 });
    let records = json!([{
        "relationships": [{ "Role": "direct" }],
        "companies": [
            { "Nope": 1, "Active": "perhaps", "relationships": [relationship, { "Relationship_ID": "short" }] },
            { "Active": "q", "N": "Nowhere", "Manager": "x" },
        ],
        "Zip": 1, "FirstName": 7, "Email": "bad@", "EmailOptOut": "q",
    }]);
    insta::assert_json_snapshot!(list_details(&[], records));
}

/// A fault in the id of a company is repeated for its relationships (contract:
/// bulk#faults-repeated-below-a-company).
#[test]
fn a_relationship_repeats_the_fault_of_its_companys_id() {
    let below = json!([{ "Relationship_ID": RELATIONSHIP }]);
    for (company, expected) in [
        (
            json!({ "Company_ID": NO_COMPANY }),
            format!("Company_ID=\"{NO_COMPANY}\" People entities do not exist"),
        ),
        (json!({ "Company_ID": "short" }), "Company_ID=\"short\" Invalid gsid value".to_owned()),
        (
            json!({ "N": "Nowhere" }),
            format!("Company_ID={} Invalid gsid value", marker("Company_ID")),
        ),
    ] {
        let mut company = company;
        company["relationships"] = below.clone();
        let shown =
            list_details(&["a@abc.com"], json!([{ "Email": "a@abc.com", "companies": [company] }]));
        assert_eq!(shown, [[expected.clone(), expected]], "{company}");
    }
    let other = json!({ "Company_ID": COMPANY, "Active": "q", "relationships": below });
    let shown =
        list_details(&["a@abc.com"], json!([{ "Email": "a@abc.com", "companies": [other] }]));
    assert_eq!(shown, [["Active=\"q\" Invalid boolean value"]], "another fault stays where it is");
    let own = json!([{ "Relationship_ID": RELATIONSHIP, "Company_ID": COMPANY }]);
    let own = json!({ "Company_ID": "short", "relationships": own });
    let shown = list_details(&["a@abc.com"], json!([{ "Email": "a@abc.com", "companies": [own] }]));
    assert_eq!(shown, [["Company_ID=\"short\" Invalid gsid value"]], "it has a company of its own");
}

fn marker(field: &str) -> Json {
    json!({ "lookupData": { field: "GSOBJ_RLS012" }, "errorCode": "GSOBJ_RLS012" })
}

/// Over all rows of a call; a key with a marker takes no part (contract: bulk#equal-null-keys,
/// bulk#markers-and-keys).
#[test]
fn a_key_with_a_null_that_came_before_is_said_to_exist() {
    let keyless = json!([{ "Company_ID": COMPANY, "relationships": [{}, { "R": "Nothing" }, { "R": "Nothing" }] }]);
    let records = json!([
        { "Email": "a@abc.com", "companies": keyless },
        { "Email": "a@abc.com", "companies": keyless },
        { "FirstName": "A", "companies": keyless },
        { "FirstName": "B", "companies": keyless },
    ]);
    insta::assert_json_snapshot!(list_details(&["a@abc.com"], records));
}

/// The details of a refused row depend on whether its person exists (contract:
/// bulk#refused-people).
#[test]
fn a_person_that_is_refused_leaves_its_associations_without_a_key() {
    let companies = json!([{ "Company_ID": COMPANY }]);
    let key = format!(
        "Company_ID,Person_ID={{\"Company_ID\":\"{COMPANY}\"}} Resolution key value is null or empty : Person_ID"
    );
    for (person, faults) in [
        (
            json!({ "Email": "a@abc.com", "FirstName": 7 }),
            vec!["FirstName=7 Invalid string value".to_owned()],
        ),
        (
            json!({ "Gsid": NOBODY }),
            vec![format!("Gsid=\"{NOBODY}\" People entities do not exist")],
        ),
        (
            json!({ "Gsid": "short", "Email": "a@abc.com" }),
            vec!["Gsid=\"short\" Invalid gsid value".to_owned()],
        ),
        (json!({}), vec!["Email={} Resolution key value is null or empty : Email".to_owned()]),
    ] {
        let mut person = person;
        person["companies"] = companies.clone();
        let expected: Vec<_> = faults.into_iter().chain([key.clone()]).collect();
        assert_eq!(list_details(&[], json!([person])), [expected], "{person}");
    }
    for no_record in [json!(null), json!({}), json!(7)] {
        assert_eq!(list_details(&[], json!([no_record])), [["Row Info cannot be null"]]);
    }
}
