//! Objects listed and described, dropdown lists (contract: metadata).

use people_domain::schema::{SchemaFile, diff_schemas};
use people_testkit::{Reply, TestTenant, redact_json_unnumbered};
use serde_json::{Value as Json, json};

const OBJECTS: &str = "/v1/meta/services/objects";

/// Creates a tenant with a custom object and a closed dropdown list.
async fn create_tenant() -> TestTenant {
    let test = TestTenant::new().await;
    let schema: SchemaFile = serde_json::from_value(json!({
        "dropdowns": { "plans": { "closed": true, "items": ["gold", "silver"] } },
        "objects": {
            "Phones": { "label": "Telephones", "fields": { "Number": { "type": "STRING", "indexed": true, "required": true } } },
            "company": { "fields": {
                "Plan__gc": { "type": "PICKLIST", "dropdown": "plans", "default": "gold" },
                "Phone__gc": { "type": "GSID", "lookup": "Phones" },
            } },
        },
    })).unwrap();
    assert_eq!(people_domain::schema::check_schema(&schema), []);
    for change in diff_schemas(&SchemaFile::default(), &schema) {
        test.uncached_store().apply_schema_change(&change).await.unwrap();
    }
    assert_eq!(
        diff_schemas(&test.uncached_store().export_schema().await.unwrap(), &schema),
        [],
        "the export equals the applied schema"
    );
    test
}

fn object_names(reply: &Reply) -> Vec<Json> {
    assert_eq!(
        (reply.status.as_u16(), &reply.body["result"]),
        (200, &json!(true)),
        "{}",
        reply.body
    );
    reply.body["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|object| object["objectName"].clone())
        .collect()
}

#[tokio::test]
async fn objects_are_listed_by_get_and_post() {
    let test = create_tenant().await;
    let expected =
        ["company", "company_person", "person", "Phones", "relationship", "relationship_person"]
            .map(|name| json!(name));
    assert_eq!(object_names(&test.api().get(&format!("{OBJECTS}/list")).await), expected);
    assert_eq!(object_names(&test.api().post(OBJECTS, &json!({})).await), expected);
}

#[tokio::test]
async fn several_objects_are_described_at_once() {
    let test = create_tenant().await;
    let path = format!("{OBJECTS}/describe");
    for (body, expected) in [
        (
            json!({ "objectNames": ["Company", "phones"], "childLevels": "0" }),
            ["company", "Phones"],
        ),
        (json!({ "objects": ["phones", "person"] }), ["Phones", "person"]),
    ] {
        assert_eq!(
            object_names(&test.api().post(&path, &body).await),
            expected.map(|name| json!(name))
        );
    }
    for names in [json!([]), json!(["company", 1]), json!(vec!["company"; 26])] {
        let reply = test.api().post(&path, &json!({ "objectNames": names })).await;
        assert_eq!(
            (reply.status.as_u16(), &reply.body["errorCode"]),
            (400, &json!("GSOBJ_VCRUDR1001"))
        );
    }
}

#[tokio::test]
async fn an_object_is_described_by_get_and_post() {
    let test = create_tenant().await;
    let by_get = test.api().get(&format!("{OBJECTS}/phones/describe")).await;
    let by_post =
        test.api().post(&format!("{OBJECTS}/describe"), &json!({ "objectName": "PHONES" })).await;
    assert_eq!(by_get.body["data"], by_post.body["data"]);
    insta::assert_json_snapshot!(redact_json_unnumbered(&by_get.body));
    for reply in [
        test.api().get(&format!("{OBJECTS}/nope/describe")).await,
        test.api().post(&format!("{OBJECTS}/describe"), &json!({ "objectName": "nope" })).await,
    ] {
        assert_eq!((reply.status.as_u16(), &reply.body["errorCode"]), (400, &json!("GSOBJ_1002")));
    }
    let reply = test.api().post(&format!("{OBJECTS}/describe"), &json!({})).await;
    assert_eq!(reply.body["errorCode"], "GSOBJ_VCRUDR1001");
}

#[tokio::test]
async fn a_dropdown_list_has_its_items() {
    let test = create_tenant().await;
    let company = test.api().get(&format!("{OBJECTS}/company/describe")).await;
    let fields = company.body["data"][0]["fields"].as_array().unwrap().clone();
    let plan = fields.iter().find(|field| field["fieldName"] == "Plan__gc").unwrap();
    let id = plan["meta"]["categoryId"].as_str().unwrap();
    let reply = test.api().get(&format!("/v1/meta/services/dropdowns/{id}")).await;
    insta::assert_json_snapshot!(redact_json_unnumbered(&reply.body));
    let reply =
        test.api().get("/v1/meta/services/dropdowns/1I00QNK6ENCURXXDZWKNCUGVYYCE5MHTRE7D").await;
    assert_eq!(
        (reply.status.as_u16(), &reply.body["errorCode"]),
        (400, &json!("GSOBJ_VDTPKLST1001"))
    );
}

#[tokio::test]
async fn own_objects_are_written_and_looked_up() {
    let test = create_tenant().await;
    let api = test.api();
    let phone = api
        .post("/v1/data/objects/phones", &json!({ "records": [{ "Number": "9234567891" }] }))
        .await;
    let phone = phone.body["data"]["records"][0]["Gsid"].as_str().expect("made").to_owned();
    assert!(phone.starts_with("1Z02"));
    let lookups = json!({ "Phone__gc": { "fields": { "P": "Number" }, "objectName": "PHONES" } });
    let record = json!({ "Name": "abc, Inc.", "P": "9234567891", "Plan__gc": "silver" });
    let made = api
        .post("/v1/data/objects/company", &json!({ "records": [record], "lookups": lookups }))
        .await;
    assert_eq!(made.body["data"]["count"], 1, "{}", made.body);
    // A closed list accepts its items only, and a required field must be present.
    for (path, record, code) in [
        ("company", json!({ "Name": "x", "Plan__gc": "lead" }), "GSOBJ_1002"),
        ("phones", json!({}), "GSOBJ_1007"),
    ] {
        let reply =
            api.post(&format!("/v1/data/objects/{path}"), &json!({ "records": [record] })).await;
        assert_eq!(reply.body["errorCode"], code, "{}", reply.body);
    }
    let other = TestTenant::new().await;
    assert_eq!(
        other
            .api()
            .post("/v1/data/objects/phones", &json!({ "records": [{ "Number": "1" }] }))
            .await
            .body["errorCode"],
        "GSOBJ_1002"
    );
}
