//! `GET bulk/ingestion/async/jobs`: the jobs of a tenant (contract: jobs#job-list).

use people_domain::limit::RateLimits;
use people_storage::TenantSettings;
use people_storage::jobs::JobKind;
use people_testkit::{Api, Reply, TestTenant, new_submission, new_upload_submission};
use reqwest::Method;
use serde_json::{Value as Json, json};

use super::poll::{ASYNC, BULK_ASYNC, wait_for_job, wait_until_completed};

const JOBS: &str = "/v1/peoplemgmt/v1.0/external/bulk/ingestion/async/jobs";
const PEOPLE: &str = "/v1/peoplemgmt/v1.0/people";

/// Returns the `data` of a list.
async fn list(api: &Api, query: &str) -> Json {
    let reply = api.get(&format!("{JOBS}?{query}")).await;
    assert_eq!(reply.status.as_u16(), 200, "{}", reply.body);
    reply.body["data"].clone()
}

fn text(reply: &Reply, pointer: &str) -> String {
    reply.body.pointer(pointer).and_then(Json::as_str).expect("a text").to_owned()
}

fn ids(data: &Json) -> Vec<String> {
    let jobs = data["jobs"].as_array().unwrap().iter();
    jobs.map(|job| job["jobId"].as_str().unwrap().to_owned()).collect()
}

async fn create_jobs(test: &TestTenant, count: usize) -> Vec<String> {
    let mut made = Vec::new();
    for _ in 0..count {
        let submission = new_submission(JobKind::Bulk);
        test.uncached_store().create_completed_job(&submission, None).await.unwrap();
        made.insert(0, submission.id.to_string());
    }
    made
}

/// A completed job as it is listed, without its dates; counts: success, failure, partial.
fn completed(id: &str, kind: &str, counts: [u64; 3], message: Option<&str>) -> Json {
    let [success, failure, partial] = counts;
    json!({ "jobId": id, "kind": kind, "statusType": "COMPLETED",
        "totalRecords": success + failure + partial, "successCount": success,
        "failureCount": failure, "partialRecords": partial, "message": message })
}

/// Removes the dates of a listed job and checks that they fit its state.
fn take_dates(mut job: Json) -> Json {
    let members = job.as_object_mut().unwrap();
    let accepted = members.remove("accepted").unwrap();
    let completed = members.remove("completed").unwrap();
    let accepted = accepted.as_str().unwrap();
    assert!(accepted.starts_with("20") && accepted.contains('T') && !accepted.contains('Z'));
    match members["statusType"].as_str() {
        // Whole seconds, since a fraction has as many digits as it needs.
        Some("COMPLETED") => assert!(completed.as_str().unwrap()[..19] >= accepted[..19]),
        _ => assert_eq!(completed, Json::Null),
    }
    job
}

#[tokio::test]
async fn jobs_of_every_kind_are_listed_with_their_counts() {
    let test = TestTenant::new().await;
    let api = test.api();
    let gsid = api.upsert_person(&json!({ "Email": "gone@abc.com" })).await.gsid();
    let records = json!({ "records": [{ "Email": "a@abc.com" }, { "Email": "nobody" }] });
    let batch = api.put(ASYNC, &records).await;
    let batch = text(&batch, "/data/statusId");
    let path = format!("{ASYNC}/status/{batch}");
    wait_until_completed(&api, &path, "/data/status").await;
    let partial = json!({ "Email": "b@abc.com", "companies": [{ "Company_ID": "1P0" }] });
    let records = json!({ "records": [partial, { "Email": "c@abc.com" }] });
    let posted = api.post(BULK_ASYNC, &records).await;
    let bulk = text(&posted, "/data/jobId");
    wait_for_job(&api, &posted).await;
    let refused = text(&api.post(BULK_ASYNC, &json!({})).await, "/data/jobId");
    let upload = api.post(&format!("{BULK_ASYNC}/uploads"), &Json::Null).await;
    let upload = text(&upload, "/data/jobId");
    let erased = api.send(api.request(Method::DELETE, PEOPLE).json(&json!([gsid, "x"]))).await;
    let erased = text(&erased, "/data/deleteRequestId");
    let path = format!("{PEOPLE}/delete/status/{erased}");
    wait_until_completed(&api, &path, "/data/status").await;

    let data = list(&api, "").await;
    assert_eq!(data["cursor"], Json::Null);
    let jobs: Vec<_> = data["jobs"].as_array().unwrap().iter().cloned().map(take_dates).collect();
    let message = jobs[2]["message"].as_str().expect("a message");
    assert!(message.contains("no list `records`"), "{message}");
    let awaited = json!({ "jobId": upload, "kind": "upload", "statusType": "INIT",
        "totalRecords": null, "successCount": null, "failureCount": null,
        "partialRecords": null, "message": null });
    let expected = [
        completed(&erased, "delete", [1, 0, 0], None),
        awaited,
        completed(&refused, "bulk", [0, 0, 0], Some(message)),
        completed(&bulk, "bulk", [1, 0, 1], None),
        completed(&batch, "async", [1, 1, 0], None),
    ];
    assert_eq!(jobs, expected);

    for (state, expected) in [
        ("INIT", vec![upload.clone()]),
        ("inprogress", vec![]),
        ("Completed", vec![erased, refused, bulk, batch]),
    ] {
        assert_eq!(ids(&list(&api, &format!("state={state}")).await), expected, "{state}");
    }
    let other = TestTenant::new().await;
    for query in ["", "state=INIT", &format!("cursor={upload}")] {
        let data = list(&other.api(), query).await;
        assert_eq!(data, json!({ "jobs": [], "cursor": null }), "another tenant has no jobs");
    }
}

#[tokio::test]
async fn pages_follow_each_other_by_their_cursors() {
    let test = TestTenant::new().await;
    let api = test.api();
    let made = create_jobs(&test, 51).await;
    let first = list(&api, "").await;
    assert_eq!((ids(&first), &first["cursor"]), (made[..50].to_vec(), &json!(made[49])));
    let mut listed = Vec::new();
    let mut query = "limit=20".to_owned();
    loop {
        let page = list(&api, &query).await;
        listed.push(ids(&page));
        let Some(cursor) = page["cursor"].as_str() else { break };
        query = format!("cursor={cursor}&limit=20");
        // A newer job is on no later page.
        create_jobs(&test, 1).await;
    }
    assert_eq!(listed.concat(), made);
    assert_eq!(listed.iter().map(Vec::len).collect::<Vec<_>>(), [20, 20, 11]);
}

#[tokio::test]
async fn a_parameter_that_is_none_is_refused_with_what_is_accepted() {
    let test = TestTenant::new().await;
    let api = test.api();
    let made = create_jobs(&test, 2).await;
    let cursor = "The parameter `cursor` is the `cursor` of an earlier answer";
    for (query, message) in [
        ("state=DONE", "The parameter `state` is one of INIT, INPROGRESS, COMPLETED"),
        ("limit=0", "The parameter `limit` is a number from 1 to 100"),
        ("limit=101", "The parameter `limit` is a number from 1 to 100"),
        ("limit=%2B5", "The parameter `limit` is a number from 1 to 100"),
        ("limit=many", "The parameter `limit` is a number from 1 to 100"),
        ("cursor=x", cursor),
        (&format!("cursor={}", made[0].to_uppercase()), cursor),
    ] {
        let reply = api.get(&format!("{JOBS}?{query}")).await;
        let refusal = (reply.status.as_u16(), &reply.body["errorCode"], &reply.body["errorDesc"]);
        assert_eq!(refusal, (400, &json!("GSOBJ_VCRUDR1001"), &json!(message)), "{query}");
    }
    for (query, expected) in [
        ("state=&limit=&cursor=", &made[..]),
        ("areaName=x", &made[..]),
        ("LIMIT=1", &made[..1]),
        ("State=init", &[]),
        (&format!("Cursor={}", made[0]), &made[1..]),
    ] {
        assert_eq!(ids(&list(&api, query).await), expected, "{query}");
    }
}

#[tokio::test]
async fn a_list_counts_as_a_synchronous_call_and_ends_no_upload() {
    let limits = RateLimits { sync_per_minute: 1_000, sync_per_day: 2, ..RateLimits::default() };
    let test =
        TestTenant::with_settings(TenantSettings { limits, ..TenantSettings::default() }).await;
    // A request for its status would end this job.
    let unused = new_upload_submission(0);
    test.uncached_store().create_job(&unused).await.unwrap();
    for left in ["1", "0"] {
        let reply = test.api().get(JOBS).await;
        assert_eq!(reply.headers["ratelimit-remaining"], left);
        assert_eq!(reply.body["data"]["jobs"][0]["statusType"], "INIT");
    }
    assert_eq!(test.api().get(JOBS).await.status.as_u16(), 429);
}
