//! Rules of `PUT bulk/ingestion/people` that the article does not print (contract: bulk,
//! upsert#nested-company, upsert#unknown-associations, lookups#several-matches).

use serde_json::{Value as Json, json};

use super::bulk_tenant::*;

const NOBODY: &str = "1P04QNK6ENCURXXDZWKNCUGVYYCE5MHTRE7D";
const NO_COMPANY: &str = "1P02QNK6ENCURXXDZWKNCUGVYYCE5MHTRE7D";

async fn send_rows(tenant: &BulkTenant, records: Json) -> Vec<Json> {
    let reply = tenant.bulk(&json!({ "records": records })).await;
    assert_eq!(reply.status.as_u16(), 200, "{}", reply.body);
    reply.body["data"]["records"].as_array().unwrap().clone()
}

fn details(row: &Json) -> &Json {
    &row["error"]["details"]
}

fn entry(field: &str, value: Json, code: &str, message: &str) -> Json {
    json!({ "fieldName": field, "values": { field: value }, "errors": [{ "message": message, "code": code }] })
}

fn not_found(field: &str, id: &str) -> Json {
    entry(field, id.into(), "GSOBJ_PEOPLE1001", "People entities do not exist")
}

#[tokio::test]
async fn a_batch_has_1_to_50_records() {
    let tenant = BulkTenant::new().await;
    let row = |n: usize| json!({ "Email": format!("b{n}@abc.com") });
    let fifty = send_rows(&tenant, (0..50).map(row).collect()).await;
    assert!(fifty.iter().all(|row| row["operationStatus"] == "SUCCESS"));
    for body in [
        json!({ "records": (0..51).map(row).collect::<Vec<_>>() }),
        json!({ "records": [] }),
        json!([row(1)]),
        json!({ "records": [row(1)], "lookups": 1 }),
    ] {
        let reply = tenant.bulk(&body).await;
        assert_eq!(
            (reply.status.as_u16(), &reply.body["errorCode"]),
            (400, &json!("GSOBJ_VCRUDR1001"))
        );
    }
}

#[tokio::test]
async fn equal_relationships_are_one_at_the_place_of_the_last() {
    let tenant = BulkTenant::new().await;
    let BulkTenant { first, admin, .. } = &tenant;
    let relation = |more: Json| merge_objects([json!({ "Relationship_ID": admin }), more]);
    let rows = send_rows(
        &tenant,
        json!([{ "Email": "a@abc.com", "companies": [
        { "Company_ID": first, "relationships": [relation(json!({ "Role": "A", "Title": "T" }))] },
        { "company_id": first, "relationships": [relation(json!({ "Role": "B" }))] },
    ] }]),
    )
    .await;
    let companies = &rows[0]["record"]["companies"];
    assert_eq!(
        (rows[0]["operationStatus"].as_str(), &companies[0]["relationships"]),
        (Some("SUCCESS"), &json!([]))
    );
    let shown = &companies[1]["relationships"][0];
    assert_eq!(
        (&shown["Role"], &shown["Title"], &shown["Active"]),
        (&json!("B"), &json!("T"), &json!("true"))
    );
    assert_eq!(companies[0]["Gsid"], companies[1]["Gsid"], "companies appear as they were sent");
    let ids = tenant.ids("a@abc.com").await;
    assert_eq!(ids.relationship(first, admin), shown["Gsid"]);
}

#[tokio::test]
async fn ids_that_name_nothing_are_told_and_repeated_below() {
    let tenant = BulkTenant::new().await;
    let BulkTenant { first, admin, .. } = &tenant;
    let rows = send_rows(&tenant, json!([
        { "Email": "a@abc.com", "companies": [{ "Company_ID": NO_COMPANY, "relationships": [{ "Relationship_ID": admin }] }] },
        { "Gsid": NOBODY, "FirstName": "X", "companies": [{ "Company_ID": first }] },
        { "Email": "b@abc.com", "companies": [{ "Company_ID": "short", "relationships": [{ "Relationship_ID": admin }] }] },
    ])).await;
    let twice = json!([not_found("Company_ID", NO_COMPANY), not_found("Company_ID", NO_COMPANY)]);
    assert_eq!(
        (details(&rows[0]), &rows[0]["operationStatus"]),
        (&twice, &json!("PARTIAL_SUCCESS"))
    );
    let below = missing_key(COMPANY_KEY, json!({ "Company_ID": first }), "Person_ID");
    assert_eq!(
        (details(&rows[1]), &rows[1]["operationStatus"]),
        (&json!([not_found("Gsid", NOBODY), below]), &json!("FAILURE"))
    );
    let ill = entry("Company_ID", "short".into(), "GSOBJ_VDTGSID1001", "Invalid gsid value");
    assert_eq!(details(&rows[2]), &json!([ill, ill]));
    assert_eq!(rows[2]["record"]["companies"][0]["Company_ID"], "short");
}

#[tokio::test]
async fn a_company_without_its_id_leaves_its_relationship_without_a_key() {
    let tenant = BulkTenant::new().await;
    let admin = &tenant.admin;
    let rows = send_rows(
        &tenant,
        json!([{ "Email": "a@abc.com", "companies": [
        { "Role": "A", "relationships": [{ "Relationship_ID": admin }] }, { "Role": "B" }] }]),
    )
    .await;
    let person = rows[0]["record"]["Gsid"].clone();
    let at = missing_key(COMPANY_KEY, json!({ "Person_ID": person }), COMPANY_KEY);
    let again =
        repeated_key(&format!("{{Company_ID=null, Person_ID={}}}", person.as_str().unwrap()));
    let below = missing_key(
        RELATIONSHIP_KEY,
        json!({ "Person_ID": person, "Relationship_ID": admin }),
        RELATIONSHIP_KEY,
    );
    assert_eq!(details(&rows[0]), &json!([at, at, again, below]));
}

#[tokio::test]
async fn a_company_that_fails_for_a_field_is_still_there_for_its_relationships() {
    let tenant = BulkTenant::new().await;
    let BulkTenant { first, admin, .. } = &tenant;
    let rows = send_rows(
        &tenant,
        json!([{ "Email": "a@abc.com", "companies": [{ "Company_ID": first,
        "Active": "perhaps", "relationships": [{ "Relationship_ID": admin }] }] }]),
    )
    .await;
    let fault = entry("Active", "perhaps".into(), "GSOBJ_VDTBOOL1001", "Invalid boolean value");
    assert_eq!(
        (details(&rows[0]), &rows[0]["operationStatus"]),
        (&json!([fault]), &json!("PARTIAL_SUCCESS"))
    );
    let company = &rows[0]["record"]["companies"][0];
    assert_eq!((&company["Gsid"], &company["Active"]), (&Json::Null, &json!("perhaps")));
    let ids = tenant.ids("a@abc.com").await;
    let relationship = &company["relationships"][0];
    assert_eq!(relationship["Company_Person_ID"], ids.company(first));
    assert_eq!(relationship["Gsid"], ids.relationship(first, admin));
}

#[tokio::test]
async fn an_existing_person_that_is_refused_has_no_gsid_and_no_defaults() {
    let tenant = BulkTenant::new().await;
    let first = &tenant.first;
    tenant.test.api().upsert_person(&json!({ "Email": "a@abc.com" })).await.gsid();
    let rows = send_rows(&tenant, json!([{ "Email": "a@abc.com", "FirstName": 7, "Nope": 1, "companies": [{ "Company_ID": first }] }])).await;
    let faults = json!([
        entry("FirstName", json!(7), "GSOBJ_VDTBSTR1001", "Invalid string value"),
        entry("Nope", json!(1), "GSOBJ_VCRUDR1002", "Fields do not exist in object"),
        missing_key(COMPANY_KEY, json!({ "Company_ID": first }), "Person_ID"),
    ]);
    assert_eq!(details(&rows[0]), &faults);
    let company =
        json!({ "Company_ID": first, "Active": "true", "cp_checkbox_default__gc": "true" });
    assert_eq!(
        rows[0]["record"],
        json!({ "Email": "a@abc.com", "FirstName": 7, "Nope": 1, "companies": [company] })
    );
}

#[tokio::test]
async fn relationships_directly_under_the_person_are_echoed_there() {
    let tenant = BulkTenant::new().await;
    let BulkTenant { first, admin, .. } = &tenant;
    let lookups = json!({ "relationships": { "Relationship_ID": { "fields": { "N": "Name" } } } });
    let rows = send_rows(&tenant, json!([
        { "email": "a@abc.com", "LOCATION": "X", "relationships": [{ "Relationship_ID": admin }], "companies": [] },
        { "Email": "b@abc.com", "lookups": lookups, "relationships": [{ "N": "Nothing" }, { "Role": "R" }] },
    ])).await;
    let ids = tenant.ids("a@abc.com").await;
    let shown = json!({ "Relationship_ID": admin, "Company_ID": first, "Person_ID": ids.person(), "Active": "true",
        "rp_checkbox_default__gc": "true", "Gsid": ids.relationship(first, admin), "Company_Person_ID": ids.company(first) });
    assert_eq!(
        rows[0]["record"],
        json!({ "Email": "a@abc.com", "Location": "X", "Gsid": ids.person(), "companies": [],
        "relationships": [shown], "EmailOptOut": "false", "p_checkbox_default__gc": "true", "fff__gc": "true" })
    );
    let person = tenant.ids("b@abc.com").await.person();
    let missing = missing_key(RELATIONSHIP_KEY, json!({ "Person_ID": person }), RELATIONSHIP_KEY);
    assert_eq!(
        details(&rows[1]),
        &json!([unresolved_lookup("Relationship_ID", "Nothing"), missing])
    );
}

#[tokio::test]
async fn rows_of_one_person_are_applied_in_order_and_told_apart() {
    let tenant = BulkTenant::new().await;
    let first = &tenant.first;
    let row = |n: usize| json!({ "Email": "Same@abc.com", "Location": n.to_string(), "companies": [{ "Company_ID": first }] });
    let records = json!([row(1), { "Email": "same@ABC.com", "FirstName": 1 }, row(3)]);
    let rows = send_rows(&tenant, records).await;
    let status: Vec<_> = rows.iter().map(|row| row["operationStatus"].as_str().unwrap()).collect();
    assert_eq!(status, ["SUCCESS", "FAILURE", "SUCCESS"]);
    assert_eq!(
        (&rows[0]["record"]["EmailOptOut"], &rows[2]["record"]["EmailOptOut"]),
        (&json!("false"), &Json::Null)
    );
    assert_eq!(rows[0]["record"]["companies"][0]["Active"], "true");
    assert_eq!(rows[2]["record"]["companies"][0]["Active"], Json::Null);
    assert_eq!(tenant.test.api().get_person("same@abc.com").await.body["data"]["location"], "3");
}

/// The second row meets the first row's write, not the state that was read before the batch.
#[tokio::test]
async fn a_row_that_says_what_was_there_before_the_batch_is_applied_after_one_that_does_not() {
    let tenant = BulkTenant::new().await;
    let api = tenant.test.api();
    let body = json!({ "Email": "a@abc.com", "Location": "old" });
    let gsid = api.upsert_person(&body).await.gsid();
    let row = |location| json!({ "Gsid": gsid, "Email": "a@abc.com", "Location": location });
    let rows = send_rows(&tenant, json!([row("new"), row("old"), { "Email": "b@abc.com" }])).await;
    assert!(rows.iter().all(|row| row["operationStatus"] == "SUCCESS"));
    assert_eq!(api.get_person("a@abc.com").await.body["data"]["location"], "old");
}

#[tokio::test]
async fn one_person_by_email_and_by_gsid_gets_both_rows() {
    let tenant = BulkTenant::new().await;
    let api = tenant.test.api();
    let gsid = api.upsert_person(&json!({ "Email": "a@abc.com" })).await.gsid();
    let rows =
        json!([{ "Email": "a@abc.com", "Location": "here" }, { "Gsid": gsid, "Timezone": "UTC" }]);
    let rows = send_rows(&tenant, rows).await;
    assert!(rows.iter().all(|row| row["operationStatus"] == "SUCCESS"));
    let person = api.get_person("a@abc.com").await.body["data"].clone();
    assert_eq!((&person["location"], &person["timezone"]), (&json!("here"), &json!("UTC")));
}

#[tokio::test]
async fn several_matches_and_null_matches_of_keys() {
    let tenant = BulkTenant::new().await;
    tenant.test.create_company("Broadcom").await;
    let lookup = |option: Json| json!({ "companies": { "Company_ID": merge_objects([json!({ "fields": { "N": "Name" } }), option]) } });
    let row = |n: &str, name: &str, option: Json| json!({ "Email": format!("{n}@abc.com"), "companies": [{ "N": name }], "lookups": lookup(option) });
    let rows = send_rows(
        &tenant,
        json!([
            row("a", "Broadcom", json!({})),
            row(
                "b",
                "Broadcom",
                json!({ "multiMatchOption": "MARKASERROR", "onNoMatch": "NULLABLE" })
            ),
            row("c", "Nobody", json!({ "onNoMatch": "NULLABLE" })),
        ]),
    )
    .await;
    assert_eq!(rows[0]["record"]["companies"][0]["Company_ID"], json!(tenant.first), "the oldest");
    assert_eq!(details(&rows[1]), &json!([unresolved_lookup("Company_ID", "Broadcom")]));
    let person = tenant.ids("c@abc.com").await.person();
    assert_eq!(
        details(&rows[2]),
        &json!([missing_key(COMPANY_KEY, json!({ "Person_ID": person }), COMPANY_KEY)])
    );
}

/// The echo has defaults of what the row would have created, not of an earlier row's person.
#[tokio::test]
async fn a_refused_row_knows_whom_the_rows_before_it_made() {
    let tenant = BulkTenant::new().await;
    let bad = json!({ "Email": "a@abc.com", "EmailOptOut": "perhaps" });
    let rows = send_rows(&tenant, json!([bad, { "Email": "A@abc.com" }, bad])).await;
    let defaults = json!({ "p_checkbox_default__gc": "true", "fff__gc": "true" });
    assert_eq!(rows[0]["record"], merge_objects([bad.clone(), defaults]));
    assert_eq!(rows[1]["operationStatus"], "SUCCESS");
    assert_eq!((&rows[2]["operationStatus"], &rows[2]["record"]), (&json!("FAILURE"), &bad));
}

#[tokio::test]
async fn faults_stand_as_their_fields_were_sent_and_show_what_was_sent() {
    let tenant = BulkTenant::new().await;
    let first = &tenant.first;
    let lookups = json!({ "companies": { "Person_ID": { "fields": { "Who": "Email" } } } });
    let rows = send_rows(
        &tenant,
        json!([
            { "Email": "bad@", "EmailOptOut": "q", "Gsid": "short" },
            { "Email": "a@abc.com", "FirstName": "A", "companies": [{ "Company_ID": first }], "lookups": 5 },
            { "companies": [{ "Company_ID": first, "Who": "nobody@abc.com" }], "lookups": lookups },
        ]),
    )
    .await;
    let fields = details(&rows[0]).as_array().unwrap().iter();
    let fields: Vec<_> = fields.map(|detail| detail["fieldName"].as_str().unwrap()).collect();
    assert_eq!(fields, ["Email", "EmailOptOut", "Gsid"]);
    let shown = &rows[1]["record"];
    assert_eq!((&shown["Email"], &shown["FirstName"]), (&json!("a@abc.com"), &json!("A")));
    assert_eq!(shown["companies"][0]["Company_ID"], *first);
    let marker =
        json!({ "lookupData": { "Person_ID": "GSOBJ_RLS012" }, "errorCode": "GSOBJ_RLS012" });
    assert_eq!(rows[2]["record"]["companies"][0]["Person_ID"], marker);
    assert_eq!(details(&rows[2])[0]["values"]["Person_ID"], marker);
}
