//! `DELETE people` and its status (contract: delete).

use people_testkit::{Api, Reply, TestTenant};
use reqwest::Method;
use serde_json::{Value as Json, json};

use super::poll::wait_until_completed;
use crate::fixture_run::FixtureRun;

const PEOPLE: &str = "/v1/peoplemgmt/v1.0/people";

async fn delete(api: &Api, ids: &Json) -> Reply {
    api.send(api.request(Method::DELETE, PEOPLE).json(ids)).await
}

#[tokio::test]
async fn people_go_with_their_associations_and_come_back_as_others() {
    let mut sample = FixtureRun::new("people-delete/known-and-unknown").await;
    let api = sample.test.api();
    let email = |n: usize| format!("p{n}@abc.com");
    let mut ids = Vec::new();
    for n in 0..3 {
        let person = api.get_person(&email(n)).await.body["data"].clone();
        ids.push(person["gsid"].as_str().unwrap().to_owned());
    }
    // Nobody ever had this id, though it leads to the home slot of somebody.
    let unknown = format!("{}ZZZZ", &ids[0][..32]);
    sample.fixture.request.body.as_array_mut().unwrap().push(unknown.into());
    let reply = sample.send().await;
    sample.assert_answer(&reply).await;
    let FixtureRun { test, fixture, names } = sample;

    for (n, gsid) in ids.iter().enumerate().take(2) {
        assert_eq!(
            api.get_person(&format!("p{n}@abc.com")).await.body["errorCode"],
            "GSOBJ_PEOPLE1001"
        );
        assert_eq!(
            api.get(&format!("{PEOPLE}/{gsid}")).await.body["errorCode"],
            "GSOBJ_PEOPLE1001"
        );
    }
    assert_eq!(api.get_person("p2@abc.com").await.status.as_u16(), 200);
    let left = test.read_items().await;
    let text = serde_json::to_string(&left).unwrap();
    assert!(!text.contains("p0@abc.com") && !text.contains("p1@abc.com"), "no address is left");
    let query = json!({ "select": ["Gsid"] });
    let held = api.post("/v1/data/objects/query/company_person", &query).await;
    assert_eq!(held.body["data"]["records"].as_array().unwrap().len(), 1);

    let again = api.upsert_person(&names.fill_ids(&fixture.given.people[0])).await.gsid();
    assert_ne!(again, ids[0]);
    let shown = api.get_person("p0@abc.com").await;
    assert_eq!(shown.body["data"]["gsid"], again);
    assert_eq!(
        api.get(&format!("{PEOPLE}/{}", ids[0])).await.body["errorCode"],
        "GSOBJ_PEOPLE1001"
    );
}

/// More ids than one chunk holds.
#[tokio::test]
async fn a_delete_of_several_chunks_is_completed_by_its_workers() {
    let test = TestTenant::new().await;
    let api = test.api();
    let known = api.upsert_person(&json!({ "Email": "a@abc.com" })).await.gsid();
    let unknown = (0..600).map(|n| format!("{}{n:04}", &known[..32]));
    let ids: Vec<_> = unknown.filter(|id| *id != known).chain([known.clone()]).collect();
    let reply = delete(&api, &json!(ids)).await;
    let id = reply.body["data"]["deleteRequestId"].as_str().unwrap().to_owned();
    let path = format!("{PEOPLE}/delete/status/{id}");
    assert_eq!(wait_until_completed(&api, &path, "/data/status").await.body["data"]["count"], 1);
}

#[tokio::test]
async fn nobody_to_delete_is_a_job_too_and_a_wrong_list_is_none() {
    let test = TestTenant::new().await;
    let api = test.api();
    let reply = delete(&api, &json!(["nonsense"])).await;
    let path = format!("{PEOPLE}/delete/status/{}", reply.body["requestId"].as_str().unwrap());
    let done = wait_until_completed(&api, &path, "/data/status").await;
    assert_eq!(done.body["data"]["count"], 0);
    for body in [json!([]), json!([1]), json!({}), json!(vec!["x"; 5_001])] {
        let reply = delete(&api, &body).await;
        assert_eq!(
            (reply.status.as_u16(), &reply.body["errorCode"]),
            (400, &json!("GSOBJ_VCRUDR1001"))
        );
    }
}
