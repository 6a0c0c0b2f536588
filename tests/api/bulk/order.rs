//! A batch reports its rows like separate calls in the same order would (contract:
//! bulk#echo-of-one-record, lookups#first-match, bulk#refused-people).

use serde_json::{Value as Json, json};

use super::bulk_tenant::*;

async fn send_rows(tenant: &BulkTenant, records: Json) -> Vec<Json> {
    let reply = tenant.bulk(&json!({ "records": records })).await;
    assert_eq!(reply.status.as_u16(), 200, "{}", reply.body);
    reply.body["data"]["records"].as_array().unwrap().clone()
}

fn details(row: &Json) -> &Json {
    &row["error"]["details"]
}

fn who() -> Json {
    json!({ "companies": { "Person_ID": { "fields": { "Who": "Email" } } } })
}

#[tokio::test]
async fn the_echo_of_a_refused_association_does_not_depend_on_later_rows() {
    let tenant = BulkTenant::new().await;
    let BulkTenant { first, second, admin, .. } = &tenant;
    let refused = json!({ "Company_ID": first, "NoSuch": 1 });
    let nested = json!({ "Company_ID": second, "Title": "no relationship" });
    let rows = send_rows(
        &tenant,
        json!([
            { "Email": "f@abc.com", "companies": [merge_objects([refused.clone(), json!({ "relationships": [nested] })])] },
            { "Email": "f@abc.com", "companies": [{ "Company_ID": first }, { "Company_ID": second }] },
            { "Email": "f@abc.com", "companies": [refused],
                "relationships": [{ "Relationship_ID": admin, "NoSuch": 1 }] },
        ]),
    )
    .await;
    let ids = tenant.ids("f@abc.com").await;
    let before = &rows[0]["record"]["companies"][0];
    let defaults = json!({ "Active": "true", "cp_checkbox_default__gc": "true" });
    let sent = json!({ "Company_ID": first, "NoSuch": 1, "Person_ID": ids.person() });
    let below = json!({ "Company_ID": second, "Title": "no relationship", "Person_ID": ids.person(),
        "Active": "true", "rp_checkbox_default__gc": "true" });
    assert_eq!(
        *before,
        merge_objects([sent.clone(), defaults, json!({ "relationships": [below] })])
    );
    assert_eq!(rows[1]["record"]["companies"][0]["Gsid"], ids.company(first));
    let after = &rows[2]["record"];
    assert_eq!(after["companies"][0], sent, "row 2 made it, so that nothing would be new");
    assert_eq!(after["relationships"][0]["Company_Person_ID"], ids.company(first));
}

#[tokio::test]
async fn a_person_lookup_finds_whom_an_earlier_row_makes() {
    let tenant = BulkTenant::new().await;
    let first = &tenant.first;
    let found = |more: Json| merge_objects([json!({ "FirstName": 7, "lookups": who() }), more]);
    let company = json!([{ "Company_ID": first, "Who": "a@abc.com" }]);
    let rows = send_rows(
        &tenant,
        json!([
            found(json!({ "companies": company })),
            { "Email": "a@abc.com" },
            found(json!({ "companies": company })),
        ]),
    )
    .await;
    // Without the entry that reports an equal key of an earlier row.
    let fields = |row: &Json| -> Vec<Json> {
        let fields = details(row).as_array().unwrap().iter();
        fields.map(|detail| detail["fieldName"].clone()).filter(Json::is_string).collect()
    };
    assert_eq!(fields(&rows[0]), ["Person_ID", "FirstName", COMPANY_KEY]);
    assert_eq!(fields(&rows[2]), ["FirstName", COMPANY_KEY]);
    let company =
        json!({ "Company_ID": first, "Active": "true", "cp_checkbox_default__gc": "true" });
    assert_eq!(rows[2]["record"], json!({ "FirstName": 7, "companies": [company] }));
}

#[tokio::test]
async fn a_row_whose_lookups_are_none_is_echoed_in_canonical_names_without_sources() {
    let tenant = BulkTenant::new().await;
    let first = &tenant.first;
    tenant.test.api().upsert_person(&json!({ "Email": "a@abc.com" })).await.gsid();
    let row = |email: &str| {
        json!({ "EMAIL": email, "firstname": 7, "lookups": { "companies": {
            "Company_ID": { "fields": { "CompanyName": "Name" } } }, "users": {} },
        "companies": [{ "company_id": first, "companyname": "x", "Whose": "y", "gsid": first, "NoSuch": 1,
            "RELATIONSHIPS": [{ "role": "R", "Related": "z" }] }] })
    };
    let lookups = json!({
        "companies": { "Manager": { "fields": { "whose": "Name" }, "objectName": "company" } },
        "relationships": { "Relationship_ID": { "fields": { "Related": "Name" } } },
    });
    let rows = [
        row("a@abc.com"),
        row("new@abc.com"),
        json!({ "Email": "b@abc.com", "lookups": 5, "companies": 1 }),
    ];
    let reply = tenant.bulk(&json!({ "records": rows, "lookups": lookups })).await;
    let rows = reply.body["data"]["records"].as_array().unwrap();
    let shown = |email: &str| {
        json!({ "Email": email, "FirstName": 7, "companies": [
        { "Company_ID": first, "NoSuch": 1, "relationships": [{ "Role": "R" }] }] })
    };
    let defaults =
        json!({ "EmailOptOut": "false", "p_checkbox_default__gc": "true", "fff__gc": "true" });
    assert_eq!(rows[0]["record"], shown("a@abc.com"));
    assert_eq!(rows[1]["record"], merge_objects([shown("new@abc.com"), defaults.clone()]));
    assert_eq!(
        rows[2]["record"],
        merge_objects([json!({ "Email": "b@abc.com", "companies": 1 }), defaults])
    );
    for row in rows {
        let entries = details(row).as_array().unwrap();
        assert_eq!((entries.len(), &entries[0]["fieldName"]), (1, &json!("lookups")), "{row}");
    }
}

#[tokio::test]
async fn a_label_is_learned_only_when_its_association_is_written() {
    let tenant = BulkTenant::new().await;
    let first = &tenant.first;
    let item = tenant.test.tenant.ids.dropdown_item_gsid("role", "Ghost");
    let row = |company: Json| json!([{ "Email": "a@abc.com", "companies": [company] }]);
    let rows = send_rows(&tenant, row(json!({ "Role": "Ghost" }))).await;
    assert_eq!(rows[0]["operationStatus"], "PARTIAL_SUCCESS");
    let known = row(json!({ "Company_ID": first, "Role": item }));
    let rows = send_rows(&tenant, known.clone()).await;
    assert_eq!(details(&rows[0])[0]["errors"][0]["code"], "GSOBJ_VDTPKLST1002");
    send_rows(&tenant, row(json!({ "Company_ID": first, "Role": "Ghost" }))).await;
    assert_eq!(send_rows(&tenant, known).await[0]["operationStatus"], "SUCCESS");
}
