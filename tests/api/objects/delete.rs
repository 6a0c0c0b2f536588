//! Deleting records of data objects (contract: objects#delete-of-a-record).

use people_testkit::TestTenant;
use reqwest::Method;
use serde_json::{Value as Json, json};

async fn delete(test: &TestTenant, object: &str, gsid: &str) -> (u16, Json) {
    let api = test.api();
    let request = api.request(Method::DELETE, &format!("/v1/data/objects/{object}/{gsid}"));
    let reply = api.send(request).await;
    (reply.status.as_u16(), reply.body)
}

#[tokio::test]
async fn a_deleted_record_is_gone_from_everywhere() {
    let test = TestTenant::new().await;
    let api = test.api();
    let gsid = test.create_company("abc, Inc.").await;
    let person = json!({ "Email": "a@abc.com", "companies": [{ "Company_ID": gsid }] });
    api.upsert_person(&person).await.gsid();
    let (status, body) = delete(&test, "Company", &gsid).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(
        (&body["result"], &body["errorCode"], &body["data"]),
        (
            &json!(true),
            &Json::Null,
            &json!({ "count": 1, "errors": null, "records": [{ "Gsid": gsid }] })
        )
    );
    for filter in [
        Json::Null,
        json!({ "conditions": [{ "name": "Name", "operator": "EQ", "value": "abc, Inc." }] }),
        json!({ "conditions": [{ "name": "Gsid", "operator": "EQ", "value": gsid }] }),
    ] {
        let body = json!({ "select": ["Gsid"], "where": filter });
        for object in ["company", "company_person"] {
            let path = format!("/v1/data/objects/query/{object}");
            let reply = api.post(&path, &body).await;
            let rows = &reply.body["data"]["records"];
            assert!(rows == &json!([]) || reply.status.as_u16() == 400, "{object}: {}", reply.body);
        }
    }
    let update = json!({ "records": [{ "Name": "abc, Inc.", "Stage": "x" }] });
    let reply = api.put("/v1/data/objects/company?keys=Name", &update).await;
    assert_eq!(reply.body["errorCode"], "GSOBJ_1011");
    assert_eq!(delete(&test, "company", &gsid).await.1["errorCode"], "GSOBJ_1011");
}

/// A relationship is deleted with its company, for all people that have it (contract:
/// upsert#relationships-of-deleted-companies).
#[tokio::test]
async fn a_relationship_of_a_deleted_company_is_gone() {
    let test = TestTenant::new().await;
    let api = test.api();
    let (gone, kept) = (test.create_company("gone").await, test.create_company("kept").await);
    let lost = test.create_relationship("lost", &gone).await;
    let held = test.create_relationship("held", &kept).await;
    let nested = json!([{ "Relationship_ID": lost }, { "Relationship_ID": held }]);
    let person = json!({ "Email": "a@abc.com", "companies": [{ "Company_ID": kept, "relationships": nested }] });
    api.upsert_person(&person).await.gsid();
    assert_eq!(delete(&test, "company", &gone).await.0, 200);

    let query = async |object: &str, filter: Json| {
        let name = if object == "relationship" { "Name" } else { "Relationship_ID__gr.Name" };
        let body = json!({ "select": [name], "where": filter, "limit": 1 });
        let reply = api.post(&format!("/v1/data/objects/query/{object}"), &body).await;
        reply.body["data"]["records"].clone()
    };
    let only = |name: &str, value: &str| json!({ "conditions": [{ "name": name, "operator": "EQ", "value": value }] });
    assert_eq!(query("relationship", Json::Null).await, json!([{ "Name": "held" }]));
    for filter in [only("Name", "lost"), only("Gsid", &lost), only("Company_ID", &gone)] {
        assert_eq!(query("relationship", filter.clone()).await, json!([]), "{filter}");
    }
    let shown = json!([{ "Relationship_ID__gr.Name": "held" }]);
    assert_eq!(query("relationship_person", Json::Null).await, shown);
    let printed = {
        let store = test.uncached_store();
        let email = people_domain::ids::email::Email::parse("a@abc.com").unwrap();
        let person = store.read_person_by_email(&email).await.unwrap().unwrap();
        store.render_person(&person).await.unwrap()
    };
    assert_eq!(printed["companies"][0]["relationships"].as_array().unwrap().len(), 1);

    for (keys, record) in
        [("Gsid", json!({ "Gsid": lost, "Company_ID": kept })), ("Name", json!({ "Name": "lost" }))]
    {
        let path = format!("/v1/data/objects/relationship?keys={keys}");
        let reply = api.put(&path, &json!({ "records": [record] })).await;
        assert_eq!(reply.body["errorCode"], "GSOBJ_1011", "{keys}: {}", reply.body);
    }
    let (status, body) = delete(&test, "relationship", &lost).await;
    assert_eq!((status, &body["errorCode"]), (400, &json!("GSOBJ_1011")));

    let lookups = json!({ "relationships": { "Relationship_ID": { "fields": { "N": "Name" } } } });
    let by_name = json!({ "Email": "a@abc.com", "lookups": lookups,
        "companies": [{ "Company_ID": kept, "relationships": [{ "N": "lost" }] }] });
    let by_id = json!({ "Email": "a@abc.com",
        "companies": [{ "Company_ID": kept, "relationships": [{ "Relationship_ID": lost }] }] });
    for (body, code) in
        [(by_name, "RLS_SOURCE_LOOKUP_FIELD_NOT_RESOLVED"), (by_id, "GSOBJ_PEOPLE1001")]
    {
        let (store, none) = (test.uncached_store(), people_domain::lookup::Lookups::default());
        let faults = store.ingest_record(&body, &none).await.unwrap().unwrap_err();
        let reported: Vec<_> =
            faults.iter().map(|fault| (fault.field.as_deref(), fault.code.as_str())).collect();
        assert_eq!(reported, [(Some("Relationship_ID"), code)], "{body}");
    }
}

#[tokio::test]
async fn what_can_not_be_deleted_says_why() {
    let (test, other) = (TestTenant::new().await, TestTenant::new().await);
    let company = test.create_company("abc, Inc.").await;
    let theirs = other.create_company("abc, Inc.").await;
    let person = test.api().upsert_person(&json!({ "Email": "a@abc.com" })).await.gsid();
    for (object, gsid, code) in [
        ("company", "abc", "GSOBJ_1004"),
        ("company", theirs.as_str(), "GSOBJ_1011"),
        ("company", &company.to_lowercase(), "GSOBJ_1011"),
        ("relationship", &company, "GSOBJ_1011"),
        ("nope", &company, "GSOBJ_1002"),
        ("person", &person, "GSOBJ_1002"),
        ("company_person", &person, "GSOBJ_1007"),
    ] {
        let (status, body) = delete(&test, object, gsid).await;
        assert_eq!((status, &body["errorCode"]), (400, &json!(code)), "{object} {gsid}");
    }
    let (_, body) = delete(&test, "company", &theirs).await;
    assert_eq!(
        (&body["errorDesc"], &body["data"]),
        (&json!("No entity matches the given criteria"), &Json::Null)
    );
    assert_eq!(test.api().get_person("a@abc.com").await.status.as_u16(), 200);
    assert_eq!(delete(&other, "company", &theirs).await.0, 200);
}
