//! Messages that are lost: a status poll makes the job go on.

use people_storage::job::{JobId, JobKind, JobState, Submission};
use people_testkit::submission;
use reqwest::Method;
use serde_json::{Value as Json, json};

use super::machine::*;

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
    machine.arrive(&key, &etag, None).await;
    let job = machine.completed(&id).await;
    let JobState::Completed { counts, message, .. } = job.state else { panic!("not completed") };
    assert_eq!((counts.success, message), (1, None));
    machine.stop().await;
}

async fn purge(machine: &Machine, queue: &str) {
    let [source, _] = &machine.sources[queue];
    let asked = json!({ "QueueUrl": source.url });
    machine.emulator.action("AmazonSQS.PurgeQueue", &asked).await.unwrap();
}

async fn send(machine: &Machine, queue: &str, body: &str) {
    let [source, _] = &machine.sources[queue];
    let message = json!({ "QueueUrl": source.url, "MessageBody": body });
    machine.emulator.action("AmazonSQS.SendMessage", &message).await.unwrap();
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
    purge(&machine, SMALL_JOBS).await;
    send(&machine, SMALL_JOBS, "no message of ours").await;
    machine.poll();
    let path = format!("{STATUS}/{id}");
    let data: Json = machine.asked_after(POST_STATUS, &path, "/data/statusType").await;
    assert_eq!(data["response"]["successCount"], 1);
    assert!(matches!(machine.job(&id).await.state, JobState::Completed { .. }));
    machine.stop().await;
}
