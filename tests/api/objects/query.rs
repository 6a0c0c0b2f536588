//! Queries of data objects (contract: query).

use people_domain::schema::{SchemaFile, diff_schemas};
use people_testkit::{Api, Reply, TestTenant};
use serde_json::{Value as Json, json};

async fn send_query(api: &Api, object: &str, body: &Json) -> Reply {
    api.post(&format!("/v1/data/objects/query/{object}"), body).await
}

pub(super) async fn query_rows(api: &Api, object: &str, body: &Json) -> Vec<Json> {
    let reply = send_query(api, object, body).await;
    let rows = reply.body["data"]["records"].as_array();
    rows.unwrap_or_else(|| panic!("no rows: {}", reply.body)).clone()
}

/// Returns one column of each row.
fn column_values(rows: &[Json], name: &str) -> Vec<Json> {
    rows.iter().map(|row| row[name].clone()).collect()
}

async fn insert_records(api: &Api, object: &str, records: Json) -> Vec<String> {
    let path = format!("/v1/data/objects/{object}");
    let reply = api.post(&path, &json!({ "records": records })).await;
    let made = reply.body["data"]["records"].as_array();
    let made = made.unwrap_or_else(|| panic!("not written: {}", reply.body));
    made.iter().map(|record| record["Gsid"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_answer_has_the_envelope_of_data_objects() {
    let test = TestTenant::new().await;
    let api = test.api();
    let gsid = test.create_company("abc, Inc.").await;
    let body = json!({ "select": ["GSID", "name", "ARR", "CreatedBy"] });
    let reply = send_query(&api, "Company", &body).await;
    let row = json!({ "GSID": gsid, "name": "abc, Inc.", "ARR": null, "CreatedBy": null });
    assert_eq!(
        (reply.status.as_u16(), reply.body),
        (
            200,
            json!({ "result": true, "errorCode": null, "errorDesc": null, "message": null,
                "requestId": reply.headers["x-request-id"].to_str().unwrap(),
                "data": { "records": [row] } })
        )
    );
    let none = json!({ "select": ["Name"], "where": { "conditions": [
        { "name": "Name", "operator": "EQ", "value": ["nobody"] }] } });
    assert_eq!(send_query(&api, "company", &none).await.body["data"], json!({ "records": [] }));
}

#[tokio::test]
async fn expressions_orders_and_pages() {
    let test = TestTenant::new().await;
    let api = test.api();
    let made = insert_records(
        &api,
        "company",
        json!([
            { "Name": "A", "Stage": "New", "ARR": 3, "RenewalDate": "2024-03-18" },
            { "Name": "B", "Stage": "Won", "ARR": 2 },
            { "Name": "C", "Stage": "Won", "ARR": 1 },
            { "Name": "D", "Stage": "Lost" },
        ]),
    )
    .await;
    let filter = json!({
        "conditions": [
            { "name": "Stage", "alias": "A", "value": ["Won"], "operator": "EQ" },
            { "name": "ARR", "alias": "B", "value": ["1"], "operator": "GT" },
            { "name": "RenewalDate", "alias": "C", "value": [1_710_720_000_000_i64], "operator": "EQ" },
        ],
        "expression": "(A AND B) or C",
    });
    let body =
        json!({ "select": ["Name", "RenewalDate"], "where": filter, "orderBy": { "ARR": "asc" } });
    assert_eq!(
        query_rows(&api, "company", &body).await,
        [
            json!({ "Name": "B", "RenewalDate": null }),
            json!({ "Name": "A", "RenewalDate": 1_710_720_000_000_i64 })
        ]
    );
    let page = |offset: usize| json!({ "select": ["Gsid"], "limit": 2, "offset": offset });
    let mut paged = Vec::new();
    for offset in [0, 2, 4] {
        paged.extend(column_values(&query_rows(&api, "company", &page(offset)).await, "Gsid"));
    }
    let mut sorted = made;
    sorted.sort();
    assert_eq!(json!(paged), json!(sorted));
}

#[tokio::test]
async fn relationships_show_their_companies() {
    let test = TestTenant::new().await;
    let api = test.api();
    for (company, relationships) in [("Zeta", ["a", "b"]), ("Alpha", ["c", "d"])] {
        let company = test.create_company(company).await;
        for name in relationships {
            test.create_relationship(name, &company).await;
        }
    }
    let body = json!({
        "select": ["Name", "company_id__gr.NAME"],
        "where": { "conditions": [
            { "name": "Name", "operator": "NE", "value": ["c"] },
            { "name": "Company_ID__gr.Name", "operator": "IN", "value": ["Zeta", "Alpha"] }] },
        "orderBy": { "Company_ID__gr.Name": "asc", "Name": "desc" },
    });
    assert_eq!(
        query_rows(&api, "relationship", &body).await,
        [("d", "Alpha"), ("b", "Zeta"), ("a", "Zeta")]
            .map(|(name, company)| json!({ "Name": name, "company_id__gr.NAME": company }))
    );
}

#[tokio::test]
async fn what_does_not_fit_is_refused() {
    let test = TestTenant::new().await;
    let api = test.api();
    let only = |name: &str, value: Json| {
        json!({ "select": ["Gsid"], "where": { "conditions": [
        { "name": name, "operator": "EQ", "value": value }] } })
    };
    for (object, body, code) in [
        ("nope", json!({ "select": ["Gsid"] }), "GSOBJ_1002"),
        ("company", json!({ "select": ["Nope"] }), "GSOBJ_1002"),
        ("company", json!({ "select": ["Company_ID__gr.Name"] }), "GSOBJ_1002"),
        ("company", only("ARR", json!(["x"])), "GSOBJ_1002"),
        ("company", only("RenewalDate", json!(["x"])), "GSOBJ_1006"),
        ("company", only("CreatedDate", json!(["x"])), "GSOBJ_1005"),
        ("person", only("EmailOptOut", json!(["x"])), "GSOBJ_1008"),
        ("company", json!({ "select": [] }), "GSOBJ_VCRUDR1001"),
        ("company", json!({ "select": ["Gsid"], "limit": 5_001 }), "GSOBJ_VCRUDR1001"),
        ("company", json!([]), "GSOBJ_VCRUDR1001"),
    ] {
        let reply = send_query(&api, object, &body).await;
        assert_eq!(
            (reply.status.as_u16(), &reply.body["errorCode"]),
            (400, &json!(code)),
            "{body}"
        );
        assert_eq!(reply.body["result"], false);
    }
    let reply = send_query(&api, "company", &json!({ "select": ["Nope"] })).await;
    let fault = &reply.body["data"]["errors"][0][0]["errors"][0];
    assert_eq!((&fault["fieldName"], &fault["invalidValue"]), (&json!("select"), &json!("Nope")));
    assert_eq!(reply.body["errorDesc"], "Invalid field value (select = Nope)");
}

/// A value that no field of the type can hold matches no row and is not an error (contract:
/// query#values-that-no-field-can-hold).
#[tokio::test]
async fn what_no_row_can_hold_matches_none() {
    let test = TestTenant::new().await;
    let api = test.api();
    test.create_company("abc, Inc.").await;
    api.upsert_person(&json!({ "Email": "a@abc.com" })).await.gsid();
    for (object, name, value) in [
        ("company", "Gsid", json!("abc")),
        ("company", "Name", json!("x".repeat(256))),
        ("company", "CompanyType", json!("x".repeat(256))),
        ("person", "Email", json!("nobody@")),
        ("person", "LinkedinUrl", json!("no url")),
    ] {
        for (operator, count) in [("EQ", 0), ("IN", 0), ("GTE", 0), ("NE", 1)] {
            let condition = json!({ "name": name, "operator": operator, "value": [value] });
            let body = json!({ "select": ["Gsid"], "where": { "conditions": [condition] } });
            assert_eq!(query_rows(&api, object, &body).await.len(), count, "{name} {operator}");
        }
    }
}

#[tokio::test]
async fn own_objects_and_fields_are_asked_for_like_standard_ones() {
    let test = TestTenant::new().await;
    let schema = serde_json::from_value(json!({ "objects": {
        "Phones": { "fields": { "Number": { "type": "STRING", "indexed": true } } },
        "company": { "fields": { "Phone__gc": { "type": "GSID", "lookup": "Phones" },
            "Owner__gc": { "type": "GSID", "lookup": "person" } } },
        "person": { "fields": { "Phone__gc": { "type": "GSID", "lookup": "Phones" } } },
    } }));
    for change in diff_schemas(&SchemaFile::default(), &schema.unwrap()) {
        test.uncached_store().apply_schema_change(&change).await.unwrap();
    }
    let api = test.api();
    let phones =
        insert_records(&api, "phones", json!([{ "Number": "1" }, { "Number": "2" }])).await;
    let person = json!({ "Email": "a@abc.com", "FirstName": "Ann", "Phone__gc": phones[0] });
    let person = api.upsert_person(&person).await.gsid();
    let companies = json!([{ "Name": "A", "Phone__gc": phones[1], "Owner__gc": person },
        { "Name": "B", "Owner__gc": phones[0] }]);
    insert_records(&api, "company", companies).await;

    let number = |name: &str, value: &str| json!({ "conditions": [{ "name": name, "operator": "EQ", "value": value }] });
    let by_number = json!({ "select": ["Gsid", "number"], "where": number("Number", "2") });
    assert_eq!(
        query_rows(&api, "PHONES", &by_number).await,
        [json!({ "Gsid": phones[1], "number": "2" })]
    );
    let body = json!({ "select": ["Name", "Phone__gr.Number", "Owner__gr.Name", "Owner__gr.Email"],
        "orderBy": { "Phone__gr.Number": "desc" } });
    let (a, b) = (
        json!({ "Name": "A", "Phone__gr.Number": "2", "Owner__gr.Name": "Ann", "Owner__gr.Email": "a@abc.com" }),
        json!({ "Name": "B", "Phone__gr.Number": null, "Owner__gr.Name": null, "Owner__gr.Email": null }),
    );
    assert_eq!(query_rows(&api, "company", &body).await, [b, a.clone()]);
    for filter in [number("Phone__gr.Number", "2"), number("Owner__gr.Email", "A@ABC.com")] {
        let body = json!({ "select": body["select"], "where": filter });
        assert_eq!(query_rows(&api, "company", &body).await, std::slice::from_ref(&a), "{filter}");
    }
    let body = json!({ "select": ["Phone__gr.number"], "where": number("Phone__gr.Number", "1") });
    assert_eq!(query_rows(&api, "person", &body).await, [json!({ "Phone__gr.number": "1" })]);
}
