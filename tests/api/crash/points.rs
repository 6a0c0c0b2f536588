//! A process is killed after each effect in turn: whatever was being done is done again, and what
//! comes of it is as if nothing had happened.

use std::io::Write;
use std::sync::atomic::Ordering;

use flate2::{Compression, write::GzEncoder};
use futures::{StreamExt, stream};
use people_storage::job::{JobId, JobState};
use reqwest::Method;
use serde_json::{Value as Json, json};

use super::machine::*;
use super::payload::{check, payload};

/// Machines that run at the same time.
const AT_ONCE: usize = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_after_any_effect_is_healed() {
    stream::iter(people_jobs::POINTS).for_each_concurrent(AT_ONCE, kill_at).await;
}

/// A new point without a case fails here.
async fn kill_at(point: &'static str) {
    match point {
        "submit.payload" | "submit.job" => submit(point).await,
        "upload.pinned" => upload(point).await,
        "split.plain" => gzip(point).await,
        "split.refused" => refused(point).await,
        "erase.begun" | "erase.found" | "erase.erased" => erase(point).await,
        "split.plan" | "split.todos" | "split.planned" | "split.sent" | "apply.begun"
        | "apply.rows" | "apply.result" | "settle.chunk" | "settle.next" | "settle.todo"
        | "settle.completed" => plain(point).await,
        _ => panic!("{point} is not killed at by any case"),
    }
}

async fn machine(functions: &[&'static str], point: &str) -> Machine {
    let trouble = Trouble { first_dies_at: Some(point.to_owned()), ..Trouble::default() };
    let mut machine = Machine::new(functions, trouble).await;
    machine.poll();
    machine
}

/// The job completes although a process died.
async fn survives(machine: &Machine, id: &JobId, point: &str) -> people_storage::job::Job {
    let job = machine.completed(id).await;
    assert!(machine.deaths.load(Ordering::Relaxed) > 0, "nothing died at {point}");
    job
}

async fn plain(point: &str) {
    let machine = machine(&[POST, SPLIT, APPLY, DEAD], point).await;
    let id = machine.submit(&payload()).await;
    let job = survives(&machine, &id, point).await;
    check(&machine, &job, point).await;
    machine.stop().await;
}

/// The caller has no answer, so it calls again; what the first call left does nothing.
async fn submit(point: &str) {
    let machine = machine(&[POST, SPLIT, APPLY, DEAD], point).await;
    let path = "/v1/peoplemgmt/v1.0/external/bulk/ingestion/async/people";
    assert!(machine.call(POST, "POST", path, &payload()).await.is_err(), "nothing died at {point}");
    let id = machine.submit(&payload()).await;
    let job = machine.completed(&id).await;
    check(&machine, &job, point).await;
    machine.stop().await;
}

fn zip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A job whose payload is uploaded, and the arrival of the payload.
async fn uploaded(machine: &Machine, bytes: &[u8]) -> JobId {
    let offer = machine
        .test
        .api()
        .post("/v1/peoplemgmt/v1.0/external/bulk/ingestion/async/people/uploads", &Json::Null)
        .await;
    let id = JobId::parse(offer.body["data"]["jobId"].as_str().unwrap()).unwrap();
    let key = format!("upload/{}/{id}", machine.test.tenant.id);
    let put = machine.object(Method::PUT, &key, bytes).await;
    let header = |name: &str| put.headers()[name].to_str().unwrap().to_owned();
    machine.arrive(&key, &header("etag"), &header("x-amz-version-id")).await;
    id
}

/// The stack's own functions are told of the upload too, so that the same event is handled twice.
async fn upload(point: &str) {
    let machine = machine(&[SPLIT, APPLY, DEAD], point).await;
    let id = uploaded(&machine, payload().as_bytes()).await;
    let job = survives(&machine, &id, point).await;
    check(&machine, &job, point).await;
    machine.stop().await;
}

async fn gzip(point: &str) {
    let machine = machine(&[SPLIT, APPLY, DEAD], point).await;
    let id = uploaded(&machine, &zip(payload().as_bytes())).await;
    let job = machine.completed(&id).await;
    check(&machine, &job, point).await;
    machine.stop().await;
}

async fn refused(point: &str) {
    let machine = machine(&[POST, SPLIT, APPLY, DEAD], point).await;
    let large =
        format!(r#"{{"records":[{{"Email":"a@abc.com","Comments":"{}"}}]"#, "x".repeat(1_100_000));
    let id = machine.submit(&large).await;
    let job = survives(&machine, &id, point).await;
    let JobState::Completed { message, counts, .. } = job.state else { panic!() };
    assert_eq!(
        (message.as_deref().map(|text| text.contains("ends too early")), counts.total()),
        (Some(true), 0)
    );
    machine.stop().await;
}

async fn erase(point: &str) {
    let machine = machine(&[DELETE, ERASE, DEAD], point).await;
    let ids = people(&machine, 700).await;
    let id = machine.delete(&json!(ids)).await;
    let job = survives(&machine, &id, point).await;
    let JobState::Completed { counts, .. } = job.state else { panic!() };
    assert_eq!(counts.erased, 700, "{point}");
    machine.stop().await;
}

/// People straight into the store; their GSIDs.
pub(crate) async fn people(machine: &Machine, count: usize) -> Vec<String> {
    let store = machine.test.cold();
    let mut ids = Vec::new();
    for first in (0..count).step_by(500) {
        let raw: Vec<_> = (first..count.min(first + 500))
            .map(|n| json!({ "Email": format!("p{n}@abc.com") }))
            .collect();
        let rows: Vec<_> = (1..).zip(&raw).map(people_storage::Incoming::from).collect();
        let answers = store
            .ingest_atomic(&rows, &people_domain::lookup::Lookups::default(), None)
            .await
            .unwrap();
        ids.extend(answers.into_iter().map(|answer| answer.unwrap().person.gsid.clone()));
    }
    ids
}
