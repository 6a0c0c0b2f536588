//! `PUT people/async` and its status, as the article prints them and beyond (contract: async).

use people_testkit::TestTenant;
use serde_json::{Value as Json, json};

use super::poll::{ASYNC, run_async_job};
use crate::fixture_run::assert_answered;

#[tokio::test]
async fn every_record_has_its_own_end() {
    let (sample, _) = assert_answered("people-async-upsert/some-fail").await;
    let nobody = sample.test.api().get_person("achurchill@simplify.com").await;
    assert_eq!(nobody.body["errorCode"], "GSOBJ_PEOPLE1001", "a failed record writes nothing");
}

#[tokio::test]
async fn records_of_one_person_are_applied_in_order() {
    let test = TestTenant::new().await;
    let row = |n: usize| json!({ "Email": "same@abc.com", "Location": n.to_string() });
    let reply =
        run_async_job(&test.api(), &json!({ "records": (1..=50).map(row).collect::<Vec<_>>() }))
            .await;
    let response = reply.body["data"]["response"].as_array().unwrap().clone();
    assert_eq!(response.len(), 50);
    assert!(response.iter().all(|row| row == &response[0] && row["status"] == "SUCCESS"));
    assert_eq!(test.api().get_person("same@abc.com").await.body["data"]["location"], "50");
}

/// Like separate calls in the same order: a refused record names the person that exists at that
/// moment.
#[tokio::test]
async fn a_refused_record_names_whom_the_records_before_it_left_there() {
    let test = TestTenant::new().await;
    let api = test.api();
    let company = test.create_company("abc, Inc.").await;
    let moved = api.upsert_person(&json!({ "Email": "old@abc.com" })).await.gsid();
    let keyless = |email: &str| json!({ "Email": email, "companies": [{ "Title": "x" }] });
    let found = |more: Json| {
        let lookup = json!({ "fields": { "Who": "Email", "First": "FirstName" } });
        let mut companies =
            json!([{ "Company_ID": company, "Who": "t@abc.com" }, { "Title": "x" }]);
        companies[0].as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "LastName": 7, "companies": companies, "lookups": { "companies": { "Person_ID": lookup } } })
    };
    let body = json!({ "records": [
        keyless("t@abc.com"),
        { "Email": "T@abc.com", "FirstName": "Ann" },
        keyless("t@abc.com"),
        found(json!({ "First": "Ann" })),
        found(json!({ "First": "Bob" })),
        keyless("old@abc.com"),
        { "Gsid": moved, "Email": "new@abc.com" },
        keyless("old@abc.com"),
        keyless("new@abc.com"),
    ] });
    let reply = run_async_job(&api, &body).await;
    let response = reply.body["data"]["response"].as_array().unwrap();
    let ann = response[1]["personGsid"].as_str().unwrap();
    let faults = |at: usize| -> Vec<(String, Json)> {
        let errors = response[at]["errors"].as_array().unwrap().iter();
        errors
            .map(|error| {
                (error["field"].as_str().unwrap().to_owned(), error["invalidValue"].clone())
            })
            .collect()
    };
    let key = |known: Json| ("Company_ID,Person_ID".to_owned(), json!([known]));
    let name = ("LastName".to_owned(), json!([{ "LastName": 7 }]));
    assert_eq!(faults(0), [key(json!({}))], "nobody yet");
    assert_eq!(faults(2), [key(json!({ "Person_ID": ann }))]);
    assert_eq!(faults(3), [name.clone(), key(json!({ "Person_ID": ann }))]);
    let nobody = json!([{ "Email": "t@abc.com", "FirstName": "Bob",
        "Person_ID": "RLS_SOURCE_LOOKUP_FIELD_NOT_RESOLVED" }]);
    assert_eq!(faults(4), [("Person_ID".to_owned(), nobody), name, key(json!({}))]);
    assert_eq!(faults(5), [key(json!({ "Person_ID": moved }))]);
    assert_eq!(faults(7), [key(json!({}))], "it has moved");
    assert_eq!(faults(8), [key(json!({ "Person_ID": moved }))]);
}

#[tokio::test]
async fn what_is_no_batch_is_refused_at_once() {
    let test = TestTenant::new().await;
    for body in
        [json!({ "records": [] }), json!({}), json!("x"), json!({ "records": vec![json!({}); 51] })]
    {
        let reply = test.api().put(ASYNC, &body).await;
        assert_eq!(
            (reply.status.as_u16(), &reply.body["errorCode"]),
            (400, &json!("GSOBJ_VCRUDR1001")),
            "{body}"
        );
    }
}

#[tokio::test]
async fn an_id_that_is_none_or_not_mine_is_not_found() {
    let (mine, other) = (TestTenant::new().await, TestTenant::new().await);
    let reply = mine.api().put(ASYNC, &json!({ "records": [{ "Email": "a@abc.com" }] })).await;
    let id = reply.body["data"]["statusId"].as_str().unwrap().to_owned();
    let bulk = format!("/v1.0/external/bulk/ingestion/async/status/{id}");
    let delete = format!("/v1/peoplemgmt/v1.0/people/delete/status/{id}");
    let own = format!("{ASYNC}/status/{id}");
    let unknown = format!("{ASYNC}/status/01890000-0000-7000-8000-000000000000");
    let short = format!("{ASYNC}/status/x");
    for (api, path) in [
        (other.api(), &own),
        (mine.api(), &bulk),
        (mine.api(), &delete),
        (mine.api(), &unknown),
        (mine.api(), &short),
    ] {
        let reply = api.get(path).await;
        assert_eq!(
            (reply.status.as_u16(), &reply.body["errorCode"]),
            (404, &json!("GS_APIG_1000")),
            "{path}"
        );
    }
    assert_eq!(mine.api().get(&own).await.status.as_u16(), 200);
}
