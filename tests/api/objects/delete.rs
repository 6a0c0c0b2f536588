//! Deleting records of data objects (contract 12).

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
    let gsid = test.company("abc, Inc.").await;
    let person = json!({ "Email": "a@abc.com", "companies": [{ "Company_ID": gsid }] });
    api.upsert(&person).await.gsid();
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

#[tokio::test]
async fn what_can_not_be_deleted_says_why() {
    let (test, other) = (TestTenant::new().await, TestTenant::new().await);
    let company = test.company("abc, Inc.").await;
    let theirs = other.company("abc, Inc.").await;
    let person = test.api().upsert(&json!({ "Email": "a@abc.com" })).await.gsid();
    for (object, gsid, code) in [
        ("company", "abc", "GSOBJ_1004"),
        ("company", theirs.as_str(), "GSOBJ_1011"),
        ("company", &company.to_lowercase(), "GSOBJ_1011"),
        ("relationship", &company, "GSOBJ_1011"),
        ("nope", &company, "GSOBJ_1002"),
        ("person", &person, "GSOBJ_1002"),
        ("company_person", &person, "GSOBJ_1002"),
    ] {
        let (status, body) = delete(&test, object, gsid).await;
        assert_eq!((status, &body["errorCode"]), (400, &json!(code)), "{object} {gsid}");
    }
    let (_, body) = delete(&test, "company", &theirs).await;
    assert_eq!(
        (&body["errorDesc"], &body["data"]),
        (&json!("No entity matches the given criteria"), &Json::Null)
    );
    assert_eq!(test.api().person("a@abc.com").await.status.as_u16(), 200);
    assert_eq!(delete(&other, "company", &theirs).await.0, 200);
}
