//! Inserts and updates of companies and relationships (contract: objects#insert-and-update).

use people_testkit::{Reply, TestTenant};
use serde_json::{Value as Json, json};

use crate::fixture_run::assert_answered;

const COMPANY: &str = "/v1/data/objects/company";
const RELATIONSHIP: &str = "/v1/data/objects/Relationship";

fn gsid(reply: &Reply, at: usize) -> String {
    reply.body["data"]["records"][at]["Gsid"]
        .as_str()
        .unwrap_or_else(|| panic!("not written: {}", reply.body))
        .to_owned()
}

#[tokio::test]
async fn an_insert_answers_gsids_and_an_update_what_was_sent() {
    let (_, inserted) = assert_answered("objects-write/insert").await;
    assert_ne!(gsid(&inserted, 0), gsid(&inserted, 1));
    assert_answered("objects-write/update-by-name").await;
}

#[tokio::test]
async fn a_bad_batch_writes_nothing_and_names_each_fault() {
    let (sample, _) = assert_answered("objects-write/values-refused").await;
    let lookup = json!({ "records": [{ "Name": "good", "Stage": "x" }] });
    assert_eq!(
        sample.test.api().put(&format!("{COMPANY}?keys=Name"), &lookup).await.body["errorCode"],
        "GSOBJ_1011"
    );
}

#[tokio::test]
async fn an_update_that_matches_nothing_is_1011() {
    assert_answered("objects-write/no-match").await;
    let test = TestTenant::new().await;
    for record in
        [json!({ "Name": "nobody" }), json!({ "Industry": "a key that the record lacks" })]
    {
        let reply =
            test.api().put(&format!("{COMPANY}?keys=Name"), &json!({ "records": [record] })).await;
        assert_eq!((reply.status.as_u16(), &reply.body["errorCode"]), (400, &json!("GSOBJ_1011")));
        assert_eq!(
            (&reply.body["errorDesc"], &reply.body["data"]),
            (&json!("No entity matches the given criteria"), &Json::Null)
        );
    }
}

#[tokio::test]
async fn a_relationship_needs_a_company_that_exists() {
    let test = TestTenant::new().await;
    let api = test.api();
    let company = test.create_company("abc, Inc.").await;
    let lookups = json!({ "Company_ID": { "fields": { "CompanyName": "Name" } } });
    for (record, code) in [
        (json!({ "Name": "R" }), Some("GSOBJ_1007")),
        (
            json!({ "Name": "R", "Company_ID": "1P02QNK6ENCURXXDZWKNCUGVYYCE5MHTRE7D" }),
            Some("GSOBJ_1002"),
        ),
        (json!({ "Name": "R", "CompanyName": "nobody" }), Some("GSOBJ_1002")),
        (json!({ "Name": "R", "Company_ID": company }), None),
        (json!({ "Name": "R2", "CompanyName": "abc, Inc." }), None),
    ] {
        let reply =
            api.post(RELATIONSHIP, &json!({ "records": [record], "lookups": lookups })).await;
        assert_eq!(reply.body["errorCode"].as_str(), code, "{}", reply.body);
    }
}

#[tokio::test]
async fn a_renamed_company_is_found_by_its_new_name_alone() {
    let test = TestTenant::new().await;
    let api = test.api();
    let made =
        api.post(COMPANY, &json!({ "records": [{ "Name": "Old", "SfdcAccountId": "001" }] })).await;
    let renamed = json!({ "records": [{ "SfdcAccountId": "001", "Name": "New" }] });
    assert_eq!(
        gsid(&api.put(&format!("{COMPANY}?keys=SfdcAccountId"), &renamed).await, 0),
        gsid(&made, 0)
    );
    let lookups = json!({ "companies": { "Company_ID": { "fields": { "N": "Name" } } } });
    for (name, status) in [("Old", 400), ("New", 200)] {
        let body =
            json!({ "Email": "a@abc.com", "companies": [{ "N": name }], "lookups": lookups });
        assert_eq!(api.upsert_person(&body).await.status.as_u16(), status, "{name}");
    }
    let required = json!({ "records": [{ "SfdcAccountId": "001", "Name": null }] });
    let reply = api.put(&format!("{COMPANY}?keys=SfdcAccountId"), &required).await;
    assert_eq!(
        (&reply.body["errorCode"], &reply.body["errorDesc"]),
        (&json!("GSOBJ_1007"), &json!("Invalid field value (Name = null)"))
    );
}

#[tokio::test]
async fn several_matches_are_all_updated_and_equal_records_merge() {
    let test = TestTenant::new().await;
    let api = test.api();
    let made = api.post(COMPANY, &json!({ "records": [{ "Name": "T" }, { "Name": "T" }] })).await;
    let all = json!({ "records": [{ "Name": "T", "Stage": "0" }] });
    let reply = api.put(&format!("{COMPANY}?keys=Name"), &all).await;
    assert_eq!(reply.body["data"]["count"], 2, "{}", reply.body);
    let update = json!({ "records": [{ "Name": "T", "Stage": "1" }, { "Name": "T", "Stage": "2", "Gsid": "ignored" }] });
    let reply = api.put(&format!("{COMPANY}?keys=Name"), &update).await;
    assert_eq!(
        (gsid(&reply, 0), gsid(&reply, 1)),
        (gsid(&made, 0), gsid(&made, 0)),
        "the first Gsid is shown"
    );
    for at in 0..2 {
        let by_id = json!({ "records": [{ "Gsid": gsid(&made, at), "Stage": "2" }] });
        let reply = api.put(&format!("{COMPANY}?keys=Stage,Gsid"), &by_id).await;
        assert_eq!(gsid(&reply, 0), gsid(&made, at), "both have the last value");
    }
}

#[tokio::test]
async fn a_key_may_come_from_a_lookup() {
    let test = TestTenant::new().await;
    let api = test.api();
    let company = test.create_company("abc, Inc.").await;
    let relationship = test.create_relationship("R", &company).await;
    let lookups = json!({ "Company_ID": { "fields": { "CompanyName": "Name" } } });
    let record =
        json!({ "Name": "R", "Company_ID": null, "CompanyName": "abc, Inc.", "Stage": "Won" });
    let body = json!({ "records": [record], "lookups": lookups });
    for keys in ["Name,Company_ID", "Name"] {
        assert_eq!(
            gsid(&api.put(&format!("{RELATIONSHIP}?keys={keys}"), &body).await, 0),
            relationship
        );
    }
    let too_long = json!({ "records": [{ "Gsid": "x".repeat(3_000), "Stage": "x" }] });
    assert_eq!(
        api.put(&format!("{RELATIONSHIP}?keys=Gsid"), &too_long).await.body["errorCode"],
        "GSOBJ_1011"
    );
}

#[tokio::test]
async fn a_batch_of_more_than_a_transaction_takes_is_refused_whole() {
    let test = TestTenant::new().await;
    let record = |n: usize| json!({ "Name": format!("large {n}"), "Summary": "€".repeat(30_000) });
    let batch = json!({ "records": (0..50).map(record).collect::<Vec<_>>() });
    let reply = test.api().post(COMPANY, &batch).await;
    assert_eq!(
        (reply.status.as_u16(), &reply.body["errorCode"]),
        (413, &json!("GSOBJ_VCRUDR1001"))
    );
    assert!(reply.body["errorDesc"].as_str().unwrap().contains("4 MB"), "{}", reply.body);
}

#[tokio::test]
async fn the_limits_of_a_batch() {
    let test = TestTenant::new().await;
    let api = test.api();
    let records = |count: usize| json!({ "records": (0..count).map(|n| json!({ "Name": n.to_string() })).collect::<Vec<_>>() });
    assert_eq!(api.post(COMPANY, &records(50)).await.body["data"]["count"], 50);
    for (path, body) in [
        (COMPANY.to_owned(), records(51)),
        (COMPANY.to_owned(), records(0)),
        (COMPANY.to_owned(), json!([])),
        (COMPANY.to_owned(), json!({ "records": {} })),
        (COMPANY.to_owned(), json!({ "records": [{ "Name": "x" }], "lookups": [] })),
    ] {
        let reply = api.post(&path, &body).await;
        assert_eq!(
            (reply.status.as_u16(), &reply.body["errorCode"]),
            (400, &json!("GSOBJ_VCRUDR1001")),
            "{}",
            reply.body
        );
    }
    for keys in ["", "?keys=", "?keys=A,B,C,D"] {
        let reply = api.put(&format!("{COMPANY}{keys}"), &records(1)).await;
        assert_eq!(reply.body["errorCode"], "GSOBJ_VCRUDR1001", "{keys}");
    }
    for path in ["/v1/data/objects/person", "/v1/data/objects/nope"] {
        assert_eq!(
            api.post(path, &records(1)).await.body["errorCode"],
            "GSOBJ_1002",
            "people are not written here"
        );
    }
}

#[tokio::test]
async fn what_is_no_record_is_none_of_an_object_that_requires_nothing() {
    let test = TestTenant::new().await;
    let schema = json!({ "objects": { "Notes": { "fields": { "Text": { "type": "STRING" } } } } });
    let schema = serde_json::from_value(schema).unwrap();
    for change in people_domain::schema::diff_schemas(&Default::default(), &schema) {
        test.uncached_store().apply_schema_change(&change).await.unwrap();
    }
    let path = "/v1/data/objects/Notes";
    for nothing in [json!(null), json!("a"), json!(1), json!([])] {
        let reply = test.api().post(path, &json!({ "records": [{ "Text": "t" }, nothing] })).await;
        let answer = (reply.status.as_u16(), &reply.body["errorCode"]);
        assert_eq!(answer, (400, &json!("GSOBJ_1002")), "{}", reply.body);
    }
}
