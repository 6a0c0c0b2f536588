//! Lost messages: a status poll resumes the job.

use people_storage::jobs::{JobId, JobState};
use people_testkit::new_upload_submission;
use reqwest::Method;
use serde_json::{Value as Json, json};

use super::harness::*;
use super::people::create_people;

const STATUS: &str = "/v1/peoplemgmt/v1.0/external/bulk/ingestion/async/status";

/// Creates a job and uploads its payload without an upload event. Returns the job's id, the
/// payload's key and its ETag.
async fn put_upload(harness: &JobHarness) -> (JobId, String, String) {
    let made = new_upload_submission(i64::MAX / 2);
    harness.test.uncached_store().create_job(&made).await.unwrap();
    let payload = json!({ "records": [{ "Email": "a@abc.com" }] }).to_string();
    let key = format!("upload/{}/{}", harness.test.tenant.id, made.id);
    let put = harness.object(Method::PUT, &key, payload.as_bytes()).await;
    let etag = put.headers()["etag"].to_str().unwrap().to_owned();
    (made.id, key, etag)
}

/// The bucket's upload event never arrives.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_whose_event_is_lost_is_found_by_a_poll() {
    let faults = FaultPlan { silent_bucket: true, ..FaultPlan::default() };
    let mut harness = JobHarness::new(&[SPLIT, APPLY, DEAD_LETTER, POST_STATUS], faults).await;
    harness.start_polling();
    let (id, _, _) = put_upload(&harness).await;
    let path = format!("{STATUS}/{id}");
    let data = harness.poll_until_completed(POST_STATUS, &path, "/data/statusType").await;
    assert_eq!(data["response"]["successCount"], 1);
    harness.stop().await;
}

/// The upload event arrives, and every attempt to accept it dies.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_that_nobody_lives_to_accept_is_accepted_by_its_dead_letter() {
    let faults = FaultPlan {
        always_dies_at: &[(ACCEPT, "upload.pinned")],
        max_receives: 2,
        silent_bucket: true,
        ..FaultPlan::default()
    };
    let mut harness = JobHarness::new(&[ACCEPT, SPLIT, APPLY, DEAD_LETTER], faults).await;
    harness.start_polling();
    let (id, key, etag) = put_upload(&harness).await;
    harness.send(ACCEPT, &harness.upload_event(&key, &etag, None)).await;
    let job = harness.wait_until_completed(&id).await;
    let JobState::Completed { counts, message, .. } = job.state else { panic!("not completed") };
    assert_eq!((counts.success, message), (1, None));
    harness.stop().await;
}

/// A worker dies at a chunk, and its message is lost or can't be parsed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chunk_whose_message_is_gone_is_found_by_a_poll() {
    let faults = FaultPlan {
        first_dies_at: Some("apply.begun".to_owned()),
        only: Some(APPLY),
        max_receives: 1,
        ..FaultPlan::default()
    };
    let mut harness = JobHarness::new(&[POST, APPLY, DEAD_LETTER, POST_STATUS], faults).await;
    let id = harness.submit(r#"{"records":[{"Email":"a@abc.com"}]}"#).await;
    assert!(!harness.invoke(APPLY, harness.peek_event(SMALL_JOBS).await).await, "it dies");
    harness.purge(SMALL_JOBS).await;
    harness.send(SMALL_JOBS, "no message of ours").await;
    harness.start_polling();
    let path = format!("{STATUS}/{id}");
    let data: Json = harness.poll_until_completed(POST_STATUS, &path, "/data/statusType").await;
    assert_eq!(data["response"]["successCount"], 1);
    assert!(matches!(harness.job(&id).await.state, JobState::Completed { .. }));
    harness.stop().await;
}

/// The messages of a file's chunks are lost before a worker receives them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chunks_whose_messages_are_gone_are_found_by_a_poll() {
    let faults = FaultPlan { chunk_rows: Some(1), ..FaultPlan::default() };
    let mut harness = JobHarness::new(&[POST, SPLIT, APPLY, POST_STATUS], faults).await;
    let id = harness.submit(r#"{"records":[{"Email":"a@abc.com"},{"Email":"b@abc.com"}]}"#).await;
    assert!(harness.invoke(SPLIT, harness.peek_event(SPLIT).await).await);
    harness.purge(SPLIT).await;
    harness.purge(APPLY).await;
    harness.start_polling();
    let path = format!("{STATUS}/{id}");
    let data = harness.poll_until_completed(POST_STATUS, &path, "/data/statusType").await;
    assert_eq!(data["response"]["successCount"], 2);
    harness.stop().await;
}

/// The message of a delete is lost before a worker receives it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delete_whose_message_is_gone_is_found_by_a_poll() {
    let mut harness = JobHarness::new(&[DELETE, ERASE, DELETE_STATUS], FaultPlan::default()).await;
    let id = harness.delete(&json!(create_people(&harness, 2).await)).await;
    harness.purge(ERASE).await;
    harness.start_polling();
    let path = format!("/v1/peoplemgmt/v1.0/people/delete/status/{id}");
    let data = harness.poll_until_completed(DELETE_STATUS, &path, "/data/status").await;
    assert_eq!(data["count"], 2);
    harness.stop().await;
}

/// An upload event names an object that has been deleted, and another message can't be parsed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_arrival_of_nothing_changes_nothing() {
    let faults = FaultPlan { silent_bucket: true, ..FaultPlan::default() };
    let harness = JobHarness::new(&[ACCEPT], faults).await;
    let (id, key, etag) = put_upload(&harness).await;
    harness.object(Method::DELETE, &key, &[]).await;
    harness.send(ACCEPT, &harness.upload_event(&key, &etag, None)).await;
    assert!(harness.invoke(ACCEPT, harness.peek_event(ACCEPT).await).await);
    harness.purge(ACCEPT).await;
    harness.send(ACCEPT, "no message of ours").await;
    assert!(
        !harness.invoke(ACCEPT, harness.peek_event(ACCEPT).await).await,
        "the message is not deleted"
    );
    assert!(matches!(harness.job(&id).await.state, JobState::Awaited { .. }));
    harness.stop().await;
}
