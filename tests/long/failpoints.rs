//! A process is killed after each effect in turn: the step is repeated, and the outcome is as if
//! nothing had happened.

mod identity;

use std::io::Write;
use std::sync::atomic::Ordering;

use flate2::{Compression, write::GzEncoder};
use futures::{StreamExt, stream};
use people_domain::lookup::Lookups;
use people_storage::jobs::{JobId, JobState};
use reqwest::Method;
use serde_json::{Value as Json, json};

use crate::crash::harness::*;
use crate::crash::payload::{check_people, payload};
use crate::crash::people::create_people;

const DELETE_STATUS: &str = "people-delete-status";

/// Harnesses that run at the same time.
const CONCURRENCY: usize = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_after_any_effect_is_healed() {
    stream::iter(people_storage::FAILPOINTS).for_each_concurrent(CONCURRENCY, kill_at).await;
}

/// A new failpoint without a case fails here.
async fn kill_at(point: &'static str) {
    match point {
        "submit.payload" => kill_in_submit(point).await,
        "submit.job" => {
            kill_in_submit(point).await;
            kill_before_send(point).await;
        }
        "submit.sent" => kill_before_send(point).await,
        "apply.row" => kill_in_plain_job("apply.row:7").await,
        "apply.refused" => kill_at_refused_row(point).await,
        "apply.labels" => kill_at_new_labels(point).await,
        "erase.person" => kill_in_erasure("erase.person:7").await,
        "identity.entry" | "identity.written" => Box::pin(identity::kill_in_px_writes(point)).await,
        "identity.prepared" => Box::pin(identity::kill_in_return_of_id(point)).await,
        "identity.counted" | "identity.released" => {
            Box::pin(identity::kill_in_px_delete(point)).await
        }
        "dead.look" | "dead.result" => kill_in_dead_letter(point).await,
        "upload.pinned" | "upload.sent" => kill_in_upload(point).await,
        "split.plain" => kill_in_gzip_upload(point).await,
        "split.refused" => kill_in_refusal(point).await,
        "erase.begun" | "erase.found" | "erase.erased" => kill_in_erasure(point).await,
        "split.plan" | "split.todos" | "split.planned" | "split.sent" | "apply.begun"
        | "apply.rows" | "apply.result" => kill_in_plain_job(point).await,
        "settle.next" => kill_in_plain_job(point).await,
        "settle.chunk" | "settle.todo" | "settle.completed" => {
            kill_in_plain_job(point).await;
            kill_in_dead_letter(point).await;
        }
        _ => panic!("no case kills a process at {point}"),
    }
}

async fn start_harness(functions: &[&'static str], point: &str) -> JobHarness {
    let faults = FaultPlan { first_dies_at: Some(point.to_owned()), ..FaultPlan::default() };
    let mut harness = JobHarness::new(functions, faults).await;
    harness.start_polling();
    harness
}

/// Waits for a job that completes although a process died.
async fn complete_after_death(
    harness: &JobHarness,
    id: &JobId,
    point: &str,
) -> people_storage::jobs::Job {
    let job = harness.wait_until_completed(id).await;
    assert!(harness.deaths.load(Ordering::Relaxed) > 0, "nothing died at {point}");
    job
}

async fn kill_in_plain_job(point: &str) {
    let harness = start_harness(&[POST, SPLIT, APPLY, DEAD_LETTER], point).await;
    let id = harness.submit(&payload()).await;
    let job = complete_after_death(&harness, &id, point).await;
    check_people(&harness, &job, point).await;
    harness.stop().await;
}

/// The caller has no response, so it calls again; the remains of the first call have no effect.
async fn kill_in_submit(point: &str) {
    let harness = start_harness(&[POST, SPLIT, APPLY, DEAD_LETTER], point).await;
    let path = "/v1/peoplemgmt/v1.0/external/bulk/ingestion/async/people";
    assert!(harness.call(POST, "POST", path, &payload()).await.is_err(), "nothing died at {point}");
    let id = harness.submit(&payload()).await;
    let job = harness.wait_until_completed(&id).await;
    check_people(&harness, &job, point).await;
    harness.stop().await;
}

fn compress_gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Creates a job, uploads its payload and sends the upload event.
async fn upload_payload(harness: &JobHarness, bytes: &[u8]) -> JobId {
    let offer = harness
        .test
        .api()
        .post("/v1/peoplemgmt/v1.0/external/bulk/ingestion/async/people/uploads", &Json::Null)
        .await;
    let id = JobId::parse(offer.body["data"]["jobId"].as_str().unwrap()).unwrap();
    let key = format!("upload/{}/{id}", harness.test.tenant.id);
    let put = harness.object(Method::PUT, &key, bytes).await;
    let header = |name: &str| Some(put.headers().get(name)?.to_str().unwrap().to_owned());
    let event = harness.upload_event(&key, &header("etag").unwrap(), header("x-amz-version-id"));
    harness.send(ACCEPT, &event).await;
    id
}

/// Uses a bucket without events, because the stack's own functions would handle the upload too.
async fn kill_in_upload(point: &str) {
    let first_dies_at = Some(point.to_owned());
    let faults = FaultPlan { first_dies_at, silent_bucket: true, ..FaultPlan::default() };
    let mut harness = JobHarness::new(&[ACCEPT, SPLIT, APPLY, DEAD_LETTER], faults).await;
    harness.start_polling();
    let id = upload_payload(&harness, payload().as_bytes()).await;
    let job = complete_after_death(&harness, &id, point).await;
    check_people(&harness, &job, point).await;
    harness.stop().await;
}

/// The stack's own functions get the upload event too, so that it is handled twice.
async fn kill_in_gzip_upload(point: &str) {
    let harness = start_harness(&[ACCEPT, SPLIT, APPLY, DEAD_LETTER], point).await;
    let id = upload_payload(&harness, &compress_gzip(payload().as_bytes())).await;
    let job = harness.wait_until_completed(&id).await;
    check_people(&harness, &job, point).await;
    harness.stop().await;
}

async fn kill_in_refusal(point: &str) {
    let harness = start_harness(&[POST, SPLIT, APPLY, DEAD_LETTER], point).await;
    let large =
        format!(r#"{{"records":[{{"Email":"a@abc.com","Comments":"{}"}}]"#, "x".repeat(1_100_000));
    let id = harness.submit(&large).await;
    let job = complete_after_death(&harness, &id, point).await;
    let JobState::Completed { message, counts, .. } = job.state else { panic!() };
    assert_eq!(
        (message.as_deref().map(|text| text.contains("ends too early")), counts.total()),
        (Some(true), 0)
    );
    harness.stop().await;
}

async fn kill_in_erasure(point: &str) {
    let harness = start_harness(&[DELETE, ERASE, DEAD_LETTER], point).await;
    let ids = create_people(&harness, 700).await;
    let id = harness.delete(&json!(ids)).await;
    let job = complete_after_death(&harness, &id, point).await;
    let JobState::Completed { counts, .. } = job.state else { panic!() };
    assert_eq!(counts.erased, 700, "{point}");
    harness.stop().await;
}

/// The caller has no response, but may know the job's id, which is the request's. A status poll
/// resumes the job.
async fn kill_before_send(point: &str) {
    let harness = start_harness(&[DELETE, ERASE, DEAD_LETTER, DELETE_STATUS], point).await;
    let ids = json!(create_people(&harness, 700).await).to_string();
    let path = "/v1/peoplemgmt/v1.0/people";
    assert!(harness.call(DELETE, "DELETE", path, &ids).await.is_err(), "nothing died at {point}");
    let id = harness.jobs().await.remove(0);
    let path = format!("{path}/delete/status/{id}");
    let data = harness.poll_until_completed(DELETE_STATUS, &path, "/data/status").await;
    assert_eq!(data["count"], 700, "{point}");
    harness.stop().await;
}

/// A row that the store refuses, followed by one of the same person that it accepts.
async fn kill_at_refused_row(point: &str) {
    let harness = start_harness(&[POST, APPLY, DEAD_LETTER], point).await;
    let who = create_people(&harness, 2).await.remove(0);
    let rows = json!([{ "Gsid": who, "Email": "p1@abc.com" }, { "Gsid": who, "Location": "job" }]);
    let id = harness.submit(&json!({ "records": rows }).to_string()).await;
    let job = complete_after_death(&harness, &id, point).await;
    let rows = harness.rows(&job).await;
    let status = [1, 2].map(|row| rows[&row]["operationStatus"].as_str().unwrap());
    assert_eq!(status, ["FAILURE", "SUCCESS"]);
    assert!(rows[&1].to_string().contains("{Email=p1@abc.com}"), "{}", rows[&1]);
    harness.stop().await;
}

/// Rows that add a label to an open dropdown list.
async fn kill_at_new_labels(point: &str) {
    let harness = start_harness(&[POST, APPLY, DEAD_LETTER], point).await;
    let company = harness.test.create_company("abc").await;
    let row = |n: usize| json!({ "Email": format!("l{n}@abc.com"), "companies": [{ "Company_ID": company, "Role": "New" }] });
    let rows: Vec<_> = (0..3).map(row).collect();
    let id = harness.submit(&json!({ "records": rows }).to_string()).await;
    let job = complete_after_death(&harness, &id, point).await;
    let JobState::Completed { counts, .. } = job.state else { panic!() };
    assert_eq!((counts.success, counts.failure, counts.partial), (3, 0, 0), "{point}");
    let person = harness.test.api().get("/v1/peoplemgmt/v1.0/people?Email=l0@abc.com").await;
    assert!(person.body["data"]["companies"][0]["role"].is_string(), "{:?}", person.body);
    harness.stop().await;
}

/// Workers always die before they store the results of written rows, and the function of dead
/// letters dies once too.
async fn kill_in_dead_letter(point: &str) {
    let faults = FaultPlan {
        first_dies_at: Some(point.to_owned()),
        only: Some(DEAD_LETTER),
        always_dies_at: &[(APPLY, "apply.rows")],
        max_receives: 1,
        ..FaultPlan::default()
    };
    let mut harness = JobHarness::new(&[POST, SPLIT, APPLY, DEAD_LETTER], faults).await;
    harness.start_polling();
    let id = harness.submit(&payload()).await;
    let job = complete_after_death(&harness, &id, point).await;
    check_people(&harness, &job, point).await;
    harness.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_thousand_people_are_deleted_and_counted_once() {
    let faults =
        FaultPlan { first_dies_at: Some("erase.erased".to_owned()), ..FaultPlan::default() };
    let mut harness = JobHarness::new(&[DELETE, ERASE, DEAD_LETTER], faults).await;
    harness.start_polling();
    let mut ids = create_people(&harness, 4_990).await;
    let gone = ids[0].clone();
    ids.push(ids[17].clone());
    ids.extend((0..9).map(|n| format!("{}AA{n}A", &gone[..32])));
    assert_eq!(ids.len(), 5_000);
    let id = harness.delete(&json!(ids)).await;
    let job = harness.wait_until_completed(&id).await;
    let JobState::Completed { counts, .. } = &job.state else { panic!() };
    assert_eq!(counts.erased, 4_990);
    let left = harness.test.read_items().await;
    assert!(
        left.iter().all(|item| item.contains_key("x") && !item.contains_key("e")),
        "tombstones alone"
    );
    let again = harness
        .test
        .uncached_store()
        .ingest_record(&json!({ "Email": "p0@abc.com" }), &Lookups::default())
        .await;
    assert_ne!(again.unwrap().unwrap().person.gsid, gone);
    harness.stop().await;
}
