//! `record` of a row of a bulk answer (contract: bulk#echo, bulk#echoed-defaults).

use people_domain::lookup::Lookups;
use people_domain::response::bulk::{render_batch, render_chunk};
use serde_json::{Value as Json, json};

use crate::pipeline::{restore_names, tenant_of_bulk};
use crate::store::MemoryTenant;

const COMPANY: &str = "{{company:Broadcom}}";
const RELATIONSHIP: &str = "{{relationship:Relationship1}}";

/// The records of the answers to some records, ids by their names.
fn echo_records(tenant: &mut MemoryTenant, emails: &[&str], records: Json) -> Json {
    let rows = tenant.upsert_bulk(&tenant.names.fill_ids(&json!({ "records": records })));
    records_of(&restore_names(tenant, emails, &render_batch(&rows)))
}

fn records_of(document: &Json) -> Json {
    let rows = document["records"].as_array().unwrap().iter();
    rows.map(|row| row["record"].clone()).collect()
}

#[test]
fn defaults_stand_in_what_was_made_alone() {
    let mut tenant = tenant_of_bulk();
    let held = |more: Json| json!([{ "Email": "a@abc.com", "companies": [{ "Company_ID": COMPANY, "relationships": [more] }] }]);
    let relationship = json!({ "Relationship_ID": RELATIONSHIP });
    let company_alone = json!([{ "Email": "a@abc.com", "companies": [{ "Company_ID": COMPANY }] }]);
    let names = ["person and company are new", "the relationship is new", "nothing is new"];
    let sent = [company_alone, held(relationship.clone()), held(relationship)];
    for (name, sent) in names.into_iter().zip(sent) {
        let shown = echo_records(&mut tenant, &["a@abc.com"], sent);
        insta::assert_json_snapshot!(name.replace(' ', "_"), shown);
    }
}

#[test]
fn a_default_does_not_replace_what_was_sent() {
    let mut tenant = tenant_of_bulk();
    let company =
        json!({ "Company_ID": COMPANY, "Active": false, "cp_checkbox_default__gc": null });
    let person = json!({ "Email": "a@abc.com", "emailoptout": "TRUE", "companies": [company] });
    let shown = echo_records(&mut tenant, &["a@abc.com"], json!([person]));
    let company = json!({ "Company_ID": COMPANY, "Active": false, "Person_ID": "{{person:a@abc.com}}",
        "Gsid": "{{company_person:a@abc.com/Broadcom}}" });
    let expected = json!({ "Email": "a@abc.com", "EmailOptOut": "TRUE", "fff__gc": "true",
        "p_checkbox_default__gc": "true", "Gsid": "{{person:a@abc.com}}", "companies": [company] });
    assert_eq!(shown[0], expected, "what was sent as null has neither value nor default");
}

#[test]
fn what_was_sent_is_shown_in_canonical_spelling() {
    let mut tenant = tenant_of_bulk();
    tenant.upsert_person(&json!({ "Email": "a@abc.com" })).unwrap();
    let lookups = json!({ "companies": { "Company_ID": { "fields": { "N": "Name" } } } });
    for (sent, shown) in [
        (
            json!({ "email": "A@abc.com", "LASTNAME": "x" }),
            json!({ "Email": "A@abc.com", "LastName": "x" }),
        ),
        (
            json!({ "Email": "a@abc.com", "firstname": "1", "FirstName": "2" }),
            json!({ "Email": "a@abc.com", "FirstName": "2" }),
        ),
        // Neither system fields nor sources and lookups are echoed.
        (
            json!({ "Email": "a@abc.com", "CreatedDate": "x", "gsid": null, "lookups": lookups }),
            json!({ "Email": "a@abc.com" }),
        ),
        (
            json!({ "Email": "a@abc.com", "companies": [] }),
            json!({ "Email": "a@abc.com", "companies": [] }),
        ),
        (json!({ "Email": "a@abc.com", "companies": null }), json!({ "Email": "a@abc.com" })),
        (
            json!({ "Email": "a@abc.com", "companies": [{ "n": "Broadcom" }], "lookups": lookups }),
            json!({ "Email": "a@abc.com", "companies": [{ "Company_ID": COMPANY, "Active": "true",
                "Person_ID": "{{person:a@abc.com}}", "cp_checkbox_default__gc": "true",
                "Gsid": "{{company_person:a@abc.com/Broadcom}}" }] }),
        ),
    ] {
        let mut expected = shown;
        expected["Gsid"] = json!("{{person:a@abc.com}}");
        assert_eq!(echo_records(&mut tenant, &["a@abc.com"], json!([sent]))[0], expected, "{sent}");
    }
}

/// A failed lookup leaves its marker in a key, in a field, or for the person itself.
#[test]
fn markers_stand_for_lookups_that_found_nothing() {
    let mut tenant = tenant_of_bulk();
    let by_name = |source: &str| json!({ "fields": { source: "Name" } });
    let by_email = json!({ "fields": { "Boss": "Email" }, "objectName": "person" });
    let who = json!({ "fields": { "PersonRef": "Email" } });
    let lookups = json!({ "companies": { "Company_ID": by_name("N"), "Manager": by_email, "Person_ID": who },
        "relationships": { "Relationship_ID": by_name("R") } });
    let records = json!([
        { "Email": "a@abc.com", "companies": [
            { "N": "Nowhere", "relationships": [{ "Relationship_ID": RELATIONSHIP }] },
            { "Company_ID": COMPANY, "Boss": "nobody@abc.com", "relationships": [{ "R": "Nothing" }] }] },
        { "companies": [{ "Company_ID": COMPANY, "PersonRef": "nobody@abc.com" }] },
    ]);
    let rows = tenant
        .upsert_bulk(&tenant.names.fill_ids(&json!({ "lookups": lookups, "records": records })));
    let shown = restore_names(&mut tenant, &["a@abc.com"], &render_batch(&rows));
    insta::assert_json_snapshot!(records_of(&shown));
}

#[test]
fn nulls_stand_in_chunks_that_have_a_fault_alone() {
    let mut tenant = tenant_of_bulk();
    let company = json!({ "Company_ID": COMPANY, "Title": null });
    let sound = json!({ "Email": "a@abc.com", "Location": null, "companies": [company] });
    let fails =
        json!({ "Email": "b@", "companies": [{ "Company_ID": null, "relationships": [{}] }] });
    let sound_alone = tenant.names.fill_ids(&json!({ "records": [sound] }));
    let rows = tenant.upsert_bulk(&sound_alone);
    let nulls = render_chunk(&rows).to_string().matches("null").count();
    assert_eq!(nulls, 0, "a chunk without faults has no nulls");
    let both = tenant.names.fill_ids(&json!({ "records": [sound, fails] }));
    let rows = tenant.upsert_bulk(&both);
    let chunk = restore_names(&mut tenant, &["a@abc.com"], &render_chunk(&rows));
    assert_eq!(
        render_batch(&rows).to_string().matches(":null").count(),
        0,
        "nor has a batch, ever"
    );
    insta::assert_json_snapshot!(chunk);
}

/// Contract: bulk#merged-associations.
#[test]
fn equal_relationships_are_one_at_the_place_of_the_last() {
    let mut tenant = tenant_of_bulk();
    let relationship = |more: Json| {
        let mut all = json!({ "Relationship_ID": RELATIONSHIP });
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        all
    };
    let records = json!([{ "Email": "a@abc.com", "companies": [
        { "Company_ID": COMPANY, "relationships": [relationship(json!({ "Role": "A", "Title": "T" })), {}] },
        { "Company_ID": COMPANY, "Title": "C", "relationships": [relationship(json!({ "Role": "B" }))] },
    ] }]);
    insta::assert_json_snapshot!(echo_records(&mut tenant, &["a@abc.com"], records));
}

#[test]
fn relationships_directly_under_the_person_are_shown_there() {
    let mut tenant = tenant_of_bulk();
    let records = json!([{ "Email": "a@abc.com", "companies": [{ "Company_ID": "{{company:Drivedata}}" }],
        "relationships": [{ "Relationship_ID": RELATIONSHIP }, { "Role": "no relationship" }] }]);
    insta::assert_json_snapshot!(echo_records(&mut tenant, &["a@abc.com"], records));
}

/// An answer that would be too large holds ids, markers and statuses, but no values that were sent.
#[test]
fn a_short_row_shows_ids_alone() {
    let mut tenant = tenant_of_bulk();
    let records = json!([
        { "Email": "a@abc.com", "FirstName": "A", "companies": [
            { "Company_ID": COMPANY, "Title": "T", "relationships": [{ "Role": "R" }] }] },
        { "Email": "b@", "Nope": "x".repeat(3_000) },
    ]);
    let records = tenant.names.fill_ids(&records);
    let rows = tenant.upsert_rows(records.as_array().unwrap(), &Lookups::default(), true);
    let shown = restore_names(&mut tenant, &["a@abc.com"], &render_batch(&rows));
    insta::assert_json_snapshot!(shown);
    let whole = tenant.upsert_rows(records.as_array().unwrap(), &Lookups::default(), false);
    let cut: Vec<_> = whole.iter().map(|row| row.without_sent_values()).collect();
    let cut = tenant.names.restore_names(&render_batch(&cut));
    assert_eq!(cut, shown, "whether it is cut before or after it is printed");
}
