//! Messages that are lost: a status poll makes the job go on.

use people_storage::jobs::{JobId, JobKind, JobState, Submission};
use people_testkit::new_submission;
use reqwest::Method;
use serde_json::{Value as Json, json};

use super::harness::*;
use super::people::create_people;

const STATUS: &str = "/v1/peoplemgmt/v1.0/external/bulk/ingestion/async/status";

/// A job with its payload in the bucket, of which nobody tells: its id, the payload's key and ETag.
async fn put_upload(machine: &JobHarness) -> (JobId, String, String) {
    let made = Submission {
        payload: None,
        expires: Some(i64::MAX / 2),
        ..new_submission(JobKind::Upload)
    };
    machine.test.uncached_store().create_job(&made).await.unwrap();
    let payload = json!({ "records": [{ "Email": "a@abc.com" }] }).to_string();
    let key = format!("upload/{}/{}", machine.test.tenant.id, made.id);
    let put = machine.object(Method::PUT, &key, payload.as_bytes()).await;
    let etag = put.headers()["etag"].to_str().unwrap().to_owned();
    (made.id, key, etag)
}

/// The bucket's event of an upload never came.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_whose_event_is_lost_is_found_by_a_poll() {
    let trouble = FaultPlan { silent_bucket: true, ..FaultPlan::default() };
    let mut machine = JobHarness::new(&[SPLIT, APPLY, DEAD_LETTER, POST_STATUS], trouble).await;
    machine.start_polling();
    let (id, _, _) = put_upload(&machine).await;
    let path = format!("{STATUS}/{id}");
    let data = machine.poll_until_completed(POST_STATUS, &path, "/data/statusType").await;
    assert_eq!(data["response"]["successCount"], 1);
    machine.stop().await;
}

/// The bucket tells of an upload, and every attempt to accept it dies.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_that_nobody_lives_to_accept_is_accepted_by_its_dead_letter() {
    let trouble = FaultPlan {
        always_dies_at: &[(ACCEPT, "upload.pinned")],
        max_receives: 2,
        silent_bucket: true,
        ..FaultPlan::default()
    };
    let mut machine = JobHarness::new(&[ACCEPT, SPLIT, APPLY, DEAD_LETTER], trouble).await;
    machine.start_polling();
    let (id, key, etag) = put_upload(&machine).await;
    machine.send(ACCEPT, &machine.upload_event(&key, &etag, None)).await;
    let job = machine.wait_until_completed(&id).await;
    let JobState::Completed { counts, message, .. } = job.state else { panic!("not completed") };
    assert_eq!((counts.success, message), (1, None));
    machine.stop().await;
}

/// A worker dies at a chunk, and its message is gone, or is one that nobody can read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chunk_whose_message_is_gone_is_found_by_a_poll() {
    let trouble = FaultPlan {
        first_dies_at: Some("apply.begun".to_owned()),
        only: Some(APPLY),
        max_receives: 1,
        ..FaultPlan::default()
    };
    let mut machine = JobHarness::new(&[POST, APPLY, DEAD_LETTER, POST_STATUS], trouble).await;
    let id = machine.submit(r#"{"records":[{"Email":"a@abc.com"}]}"#).await;
    assert!(!machine.invoke(APPLY, machine.peek_event(SMALL_JOBS).await).await, "it dies");
    machine.purge(SMALL_JOBS).await;
    machine.send(SMALL_JOBS, "no message of ours").await;
    machine.start_polling();
    let path = format!("{STATUS}/{id}");
    let data: Json = machine.poll_until_completed(POST_STATUS, &path, "/data/statusType").await;
    assert_eq!(data["response"]["successCount"], 1);
    assert!(matches!(machine.job(&id).await.state, JobState::Completed { .. }));
    machine.stop().await;
}

/// The messages of a file's chunks are gone before a worker has read them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chunks_whose_messages_are_gone_are_found_by_a_poll() {
    let trouble = FaultPlan { chunk_rows: Some(1), ..FaultPlan::default() };
    let mut machine = JobHarness::new(&[POST, SPLIT, APPLY, POST_STATUS], trouble).await;
    let id = machine.submit(r#"{"records":[{"Email":"a@abc.com"},{"Email":"b@abc.com"}]}"#).await;
    assert!(machine.invoke(SPLIT, machine.peek_event(SPLIT).await).await);
    machine.purge(SPLIT).await;
    machine.purge(APPLY).await;
    machine.start_polling();
    let path = format!("{STATUS}/{id}");
    let data = machine.poll_until_completed(POST_STATUS, &path, "/data/statusType").await;
    assert_eq!(data["response"]["successCount"], 2);
    machine.stop().await;
}

/// The message of a delete is gone before a worker has read it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delete_whose_message_is_gone_is_found_by_a_poll() {
    let mut machine = JobHarness::new(&[DELETE, ERASE, DELETE_STATUS], FaultPlan::default()).await;
    let id = machine.delete(&json!(create_people(&machine, 2).await)).await;
    machine.purge(ERASE).await;
    machine.start_polling();
    let path = format!("/v1/peoplemgmt/v1.0/people/delete/status/{id}");
    let data = machine.poll_until_completed(DELETE_STATUS, &path, "/data/status").await;
    assert_eq!(data["count"], 2);
    machine.stop().await;
}

/// The bucket tells of an upload that is not there any more, and somebody sends what tells of none.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_arrival_of_nothing_changes_nothing() {
    let trouble = FaultPlan { silent_bucket: true, ..FaultPlan::default() };
    let machine = JobHarness::new(&[ACCEPT], trouble).await;
    let (id, key, etag) = put_upload(&machine).await;
    machine.object(Method::DELETE, &key, &[]).await;
    machine.send(ACCEPT, &machine.upload_event(&key, &etag, None)).await;
    assert!(machine.invoke(ACCEPT, machine.peek_event(ACCEPT).await).await);
    machine.purge(ACCEPT).await;
    machine.send(ACCEPT, "no message of ours").await;
    assert!(
        !machine.invoke(ACCEPT, machine.peek_event(ACCEPT).await).await,
        "it is not taken for done"
    );
    assert!(matches!(machine.job(&id).await.state, JobState::Awaited { .. }));
    machine.stop().await;
}
