//! Plans of rows: the write, and the faults that prevent it (contract: upsert).

use people_domain::lookup::Lookups;
use people_domain::people::plan::{KeyPart, RowPlan};
use people_domain::response::single;
use people_domain::values::Value;
use serde_json::{Value as Json, json};

use crate::pipeline::{parse_rows, tenant_of_bulk};
use crate::store::MemoryTenant;

const FIRST: &str = "{{company:Broadcom}}";
const SECOND: &str = "{{company:Drivedata}}";
const RELATIONSHIP: &str = "{{relationship:Relationship1}}";
const NO_COMPANY: &str = "1P02QNK6ENCURXXDZWKNCUGVYYCE5MHTRE7D";

fn plan_record(tenant: &MemoryTenant, record: &Json) -> RowPlan {
    let records = [tenant.names.fill_ids(record)];
    let rows = parse_rows(&records, &Lookups::default(), &tenant.metadata);
    tenant.plan_rows(&rows).1.remove(0)
}

/// Replaces the stored parts of ids in a text by the names of companies and relationships.
fn name_ids(tenant: &MemoryTenant, text: &str) -> String {
    let ids = [("first", FIRST), ("second", SECOND), ("relationship", RELATIONSHIP)];
    ids.iter().fold(text.to_owned(), |text, (name, placeholder)| {
        text.replace(&tenant.names.fill_text(placeholder)[18..], &format!("<{name}>"))
    })
}

/// The associations of a plan's write, a line each.
fn list_associations(tenant: &MemoryTenant, plan: &RowPlan) -> Vec<String> {
    let value = |value: &Option<Value>| match value {
        Some(Value::Text(text)) => text.clone(),
        Some(Value::Bool(flag)) => flag.to_string(),
        _ => "null".to_owned(),
    };
    let line = |association: &people_domain::people::AssociationWrite| {
        let values =
            association.values.iter().map(|(code, stored)| format!(" {code}={}", value(stored)));
        let touched = if association.is_sent { "" } else { " (untouched)" };
        name_ids(tenant, &association.name) + &values.collect::<String>() + touched
    };
    plan.write.associations.iter().map(line).collect()
}

#[test]
fn equal_associations_merge_and_the_last_value_wins() {
    let tenant = tenant_of_bulk();
    let relationship = |role: &str| json!({ "Relationship_ID": RELATIONSHIP, "Role": role });
    for (companies, expected) in [
        (
            json!([{ "Company_ID": FIRST, "Role": "A", "Title": "T" }, { "Company_ID": FIRST, "Role": "B" }]),
            vec!["c<first> ro=B ti=T"],
        ),
        (
            json!([{ "Company_ID": FIRST, "Title": "T" }, { "Company_ID": FIRST, "Title": null }]),
            vec!["c<first> ti=null"],
        ),
        (
            json!([{ "Company_ID": FIRST, "relationships": [relationship("A")] },
                { "Company_ID": FIRST, "relationships": [relationship("B")] }]),
            vec!["c<first>", "r<relationship> ro=B"],
        ),
        // Nested under another company than its own it is another association.
        (
            json!([{ "Company_ID": SECOND, "relationships": [relationship("A")] },
                { "Company_ID": FIRST, "relationships": [relationship("B")] }]),
            vec!["c<second>", "r<relationship>@<second> ro=A", "c<first>", "r<relationship> ro=B"],
        ),
    ] {
        let plan = plan_record(&tenant, &json!({ "Email": "a@abc.com", "companies": companies }));
        let shown = list_associations(&tenant, &plan);
        assert_eq!(
            (plan.faults(), shown),
            (Vec::new(), expected.iter().map(ToString::to_string).collect())
        );
    }
}

/// Contract: upsert#relationships-without-a-company, bulk#companies-that-fail-otherwise.
#[test]
fn a_relationship_brings_a_company_that_is_not_sent_or_not_sound() {
    let tenant = tenant_of_bulk();
    let relationship = json!([{ "Relationship_ID": RELATIONSHIP }]);
    for (record, expected) in [
        (json!({ "relationships": relationship }), vec!["r<relationship>", "c<first> (untouched)"]),
        (
            json!({ "relationships": relationship, "companies": [{ "Company_ID": FIRST, "Title": "T" }] }),
            vec!["c<first> ti=T", "r<relationship>"],
        ),
        (
            json!({ "companies": [{ "Company_ID": FIRST, "Active": "q", "relationships": relationship }] }),
            vec!["r<relationship>", "c<first> (untouched)"],
        ),
        (
            json!({ "companies": [{ "Company_ID": NO_COMPANY, "relationships": relationship }] }),
            vec![],
        ),
        (json!({ "companies": [{ "relationships": relationship }] }), vec![]),
    ] {
        let mut record = record;
        record["Email"] = json!("a@abc.com");
        let plan = plan_record(&tenant, &record);
        assert!(plan.person_is_valid());
        assert_eq!(list_associations(&tenant, &plan), expected, "{record}");
    }
}

/// Contract: upsert#primary-company, upsert#primary-of-equal-companies.
#[test]
fn the_last_company_that_is_sent_as_primary_is_it() {
    let tenant = tenant_of_bulk();
    let company =
        |id: &str, primary: Json| json!({ "Company_ID": id, "IsPrimaryCompany": primary });
    for (companies, primary) in [
        (json!([company(FIRST, json!(true)), company(SECOND, json!("TRUE"))]), Some("c<second>")),
        (json!([company(FIRST, json!(true)), company(SECOND, json!(false))]), Some("c<first>")),
        (
            json!([
                company(SECOND, json!(true)),
                company(FIRST, json!(true)),
                company(FIRST, json!(false))
            ]),
            Some("c<second>"),
        ),
        (json!([company(FIRST, json!(true)), company(FIRST, json!(null))]), None),
        (json!([company(FIRST, json!(false)), company(SECOND, json!(null))]), None),
        (json!([company(FIRST, json!(true)), company(NO_COMPANY, json!(true))]), Some("c<first>")),
        (
            json!([{ "Company_ID": FIRST, "relationships": [{ "Relationship_ID": RELATIONSHIP, "IsPrimaryCompany": true }] }]),
            None,
        ),
    ] {
        let plan = plan_record(&tenant, &json!({ "Email": "a@abc.com", "companies": companies }));
        let shown = plan.write.primary.as_ref().map(|shown| name_ids(&tenant, shown));
        assert_eq!(shown.as_deref(), primary, "{companies}");
    }
}

/// A single upsert and a record of people/async get one error for each field, code and message, with
/// one value for each failing item (contract: upsert#one-error-per-fault, upsert#known-parts).
#[test]
fn the_faults_of_a_row_are_told_in_the_order_of_its_parts() {
    let tenant = tenant_of_bulk();
    let lookups = json!({ "companies": { "Company_ID": { "fields": { "N": "Name" } } },
        "relationships": { "Relationship_ID": { "fields": { "R": "Name" } } } });
    let record = json!({
        "relationships": [{ "Role": "no relationship" }, { "R": "Nothing" }],
        "companies": [
            { "N": "Nowhere", "Active": "q", "relationships": [{ "Relationship_ID": RELATIONSHIP }] },
            { "N": "Elsewhere" },
            { "Title": "no company", "relationships": [{ "Relationship_ID": RELATIONSHIP }] },
            { "Company_ID": FIRST, "relationships": [{ "Active": "q" }] },
        ],
        "Email": "johnsmith@", "lookups": lookups,
    });
    let data = single::render_failure(&plan_record(&tenant, &record).faults());
    insta::assert_json_snapshot!(tenant.names.restore_names(&data));
}

/// A refused id counts as present, an absent one does not (contract:
/// bulk#markers-and-keys, lookups#null-keys).
#[test]
fn a_key_tells_which_of_its_parts_are_known() {
    let tenant = tenant_of_bulk();
    let nullable = json!({ "Company_ID": { "fields": { "N": "Name" }, "onNoMatch": "NULLABLE" } });
    for (company, expected) in [
        (json!({ "Company_ID": FIRST }), KeyPart::Known(tenant.names.fill_text(FIRST))),
        (json!({ "Company_ID": NO_COMPANY }), KeyPart::Refused(json!(NO_COMPANY))),
        (json!({ "Company_ID": "short" }), KeyPart::Refused(json!("short"))),
        (json!({ "Company_ID": null }), KeyPart::Missing),
        (json!({ "N": "Nowhere" }), KeyPart::Missing),
        (json!({ "N": "Broadcom" }), KeyPart::Known(tenant.names.fill_text(FIRST))),
    ] {
        let record = json!({ "Email": "a@abc.com", "companies": [company], "lookups": { "companies": nullable } });
        let plan = plan_record(&tenant, &record);
        assert_eq!(plan.companies[0].part.key.as_ref().unwrap().company, expected, "{company}");
    }
}

/// A relationship is deleted with its own company, whichever company it is sent under (contract:
/// upsert#relationships-of-deleted-companies).
#[test]
fn what_was_deleted_is_not_found() {
    let mut tenant = tenant_of_bulk();
    tenant.delete_record(FIRST);
    let relationship = json!([{ "Relationship_ID": RELATIONSHIP }]);
    for (record, fields) in [
        (json!({ "companies": [{ "Company_ID": FIRST }] }), vec!["Company_ID"]),
        (
            json!({ "companies": [{ "Company_ID": SECOND, "relationships": relationship }] }),
            vec!["Relationship_ID"],
        ),
        (json!({ "relationships": relationship }), vec!["Company_ID"]),
    ] {
        let mut record = record;
        record["Email"] = json!("a@abc.com");
        let faults = plan_record(&tenant, &record).faults();
        let shown: Vec<_> = faults.iter().map(|fault| fault.field.clone().unwrap()).collect();
        assert_eq!(shown, fields, "{record}");
        assert!(faults.iter().all(|fault| fault.code.as_str() == "GSOBJ_PEOPLE1001"));
    }
}
