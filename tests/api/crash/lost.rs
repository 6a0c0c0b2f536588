//! Messages that are lost: a status poll makes the job go on.

use people_storage::jobs::{JobId, JobKind, JobState, Submission};
use people_testkit::submission;
use reqwest::Method;
use serde_json::{Value as Json, json};

use super::machine::*;
use super::people::people;

const STATUS: &str = "/v1/peoplemgmt/v1.0/external/bulk/ingestion/async/status";

/// A job with its payload in the bucket, of which nobody tells: its id, the payload's key and ETag.
async fn put_upload(machine: &Machine) -> (JobId, String, String) {
    let made =
        Submission { payload: None, expires: Some(i64::MAX / 2), ..submission(JobKind::Upload) };
    machine.test.cold().create_job(&made).await.unwrap();
    let payload = json!({ "records": [{ "Email": "a@abc.com" }] }).to_string();
    let key = format!("upload/{}/{}", machine.test.tenant.id, made.id);
    let put = machine.object(Method::PUT, &key, payload.as_bytes()).await;
    let etag = put.headers()["etag"].to_str().unwrap().to_owned();
    (made.id, key, etag)
}

/// The bucket's event of an upload never came.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_whose_event_is_lost_is_found_by_a_poll() {
    let trouble = Trouble { silent_bucket: true, ..Trouble::default() };
    let mut machine = Machine::new(&[SPLIT, APPLY, DEAD, POST_STATUS], trouble).await;
    machine.poll();
    let (id, _, _) = put_upload(&machine).await;
    let path = format!("{STATUS}/{id}");
    let data = machine.asked_after(POST_STATUS, &path, "/data/statusType").await;
    assert_eq!(data["response"]["successCount"], 1);
    machine.stop().await;
}

/// The bucket tells of an upload, and every attempt to accept it dies.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_that_nobody_lives_to_accept_is_accepted_by_its_dead_letter() {
    let trouble = Trouble {
        always_dies_at: &[(ACCEPT, "upload.pinned")],
        receives: 2,
        silent_bucket: true,
        ..Trouble::default()
    };
    let mut machine = Machine::new(&[ACCEPT, SPLIT, APPLY, DEAD], trouble).await;
    machine.poll();
    let (id, key, etag) = put_upload(&machine).await;
    machine.send(ACCEPT, &machine.arrival(&key, &etag, None)).await;
    let job = machine.completed(&id).await;
    let JobState::Completed { counts, message, .. } = job.state else { panic!("not completed") };
    assert_eq!((counts.success, message), (1, None));
    machine.stop().await;
}

/// A worker dies at a chunk, and its message is gone, or is one that nobody can read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chunk_whose_message_is_gone_is_found_by_a_poll() {
    let trouble = Trouble {
        first_dies_at: Some("apply.begun".to_owned()),
        only: Some(APPLY),
        receives: 1,
        ..Trouble::default()
    };
    let mut machine = Machine::new(&[POST, APPLY, DEAD, POST_STATUS], trouble).await;
    let id = machine.submit(r#"{"records":[{"Email":"a@abc.com"}]}"#).await;
    assert!(!machine.invoke(APPLY, machine.event(SMALL_JOBS).await).await, "it dies");
    machine.purge(SMALL_JOBS).await;
    machine.send(SMALL_JOBS, "no message of ours").await;
    machine.poll();
    let path = format!("{STATUS}/{id}");
    let data: Json = machine.asked_after(POST_STATUS, &path, "/data/statusType").await;
    assert_eq!(data["response"]["successCount"], 1);
    assert!(matches!(machine.job(&id).await.state, JobState::Completed { .. }));
    machine.stop().await;
}

/// The messages of a file's chunks are gone before a worker has read them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chunks_whose_messages_are_gone_are_found_by_a_poll() {
    let trouble = Trouble { chunk_rows: Some(1), ..Trouble::default() };
    let mut machine = Machine::new(&[POST, SPLIT, APPLY, POST_STATUS], trouble).await;
    let id = machine.submit(r#"{"records":[{"Email":"a@abc.com"},{"Email":"b@abc.com"}]}"#).await;
    assert!(machine.invoke(SPLIT, machine.event(SPLIT).await).await);
    machine.purge(SPLIT).await;
    machine.purge(APPLY).await;
    machine.poll();
    let path = format!("{STATUS}/{id}");
    let data = machine.asked_after(POST_STATUS, &path, "/data/statusType").await;
    assert_eq!(data["response"]["successCount"], 2);
    machine.stop().await;
}

/// The message of a delete is gone before a worker has read it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delete_whose_message_is_gone_is_found_by_a_poll() {
    let mut machine = Machine::new(&[DELETE, ERASE, DELETE_STATUS], Trouble::default()).await;
    let id = machine.delete(&json!(people(&machine, 2).await)).await;
    machine.purge(ERASE).await;
    machine.poll();
    let path = format!("/v1/peoplemgmt/v1.0/people/delete/status/{id}");
    let data = machine.asked_after(DELETE_STATUS, &path, "/data/status").await;
    assert_eq!(data["count"], 2);
    machine.stop().await;
}

/// The bucket tells of an upload that is not there any more, and somebody sends what tells of none.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_arrival_of_nothing_changes_nothing() {
    let trouble = Trouble { silent_bucket: true, ..Trouble::default() };
    let machine = Machine::new(&[ACCEPT], trouble).await;
    let (id, key, etag) = put_upload(&machine).await;
    machine.object(Method::DELETE, &key, &[]).await;
    machine.send(ACCEPT, &machine.arrival(&key, &etag, None)).await;
    assert!(machine.invoke(ACCEPT, machine.event(ACCEPT).await).await);
    machine.purge(ACCEPT).await;
    machine.send(ACCEPT, "no message of ours").await;
    assert!(!machine.invoke(ACCEPT, machine.event(ACCEPT).await).await, "it is not taken for done");
    assert!(matches!(machine.job(&id).await.state, JobState::Awaited { .. }));
    machine.stop().await;
}
