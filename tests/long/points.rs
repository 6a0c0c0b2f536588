//! A process is killed after each effect in turn: whatever was being done is done again, and what
//! comes of it is as if nothing had happened.

use std::io::Write;
use std::sync::atomic::Ordering;

use flate2::{Compression, write::GzEncoder};
use futures::{StreamExt, stream};
use people_domain::lookup::Lookups;
use people_storage::jobs::{JobId, JobState};
use reqwest::Method;
use serde_json::{Value as Json, json};

use crate::crash::machine::*;
use crate::crash::payload::{check, payload};
use crate::crash::people::people;

const DELETE_STATUS: &str = "people-delete-status";

/// Machines that run at the same time.
const AT_ONCE: usize = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_after_any_effect_is_healed() {
    stream::iter(people_storage::POINTS).for_each_concurrent(AT_ONCE, kill_at).await;
}

/// A new point without a case fails here.
async fn kill_at(point: &'static str) {
    match point {
        "submit.payload" => submit(point).await,
        "submit.job" => {
            submit(point).await;
            unsent(point).await;
        }
        "submit.sent" => unsent(point).await,
        "apply.row" => plain("apply.row:7").await,
        "apply.refused" => refused_row(point).await,
        "apply.labels" => labels(point).await,
        "erase.person" => erase("erase.person:7").await,
        "dead.look" | "dead.result" => given_up(point).await,
        "upload.pinned" | "upload.sent" => upload(point).await,
        "split.plain" => gzip(point).await,
        "split.refused" => refused(point).await,
        "erase.begun" | "erase.found" | "erase.erased" => erase(point).await,
        "split.plan" | "split.todos" | "split.planned" | "split.sent" | "apply.begun"
        | "apply.rows" | "apply.result" => plain(point).await,
        "settle.next" => plain(point).await,
        "settle.chunk" | "settle.todo" | "settle.completed" => {
            plain(point).await;
            given_up(point).await;
        }
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
async fn survives(machine: &Machine, id: &JobId, point: &str) -> people_storage::jobs::Job {
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
    let header = |name: &str| Some(put.headers().get(name)?.to_str().unwrap().to_owned());
    let event = machine.arrival(&key, &header("etag").unwrap(), header("x-amz-version-id"));
    machine.send(ACCEPT, &event).await;
    id
}

/// In a bucket that tells nobody: the stack's own functions would handle the upload too.
async fn upload(point: &str) {
    let first_dies_at = Some(point.to_owned());
    let trouble = Trouble { first_dies_at, silent_bucket: true, ..Trouble::default() };
    let mut machine = Machine::new(&[ACCEPT, SPLIT, APPLY, DEAD], trouble).await;
    machine.poll();
    let id = uploaded(&machine, payload().as_bytes()).await;
    let job = survives(&machine, &id, point).await;
    check(&machine, &job, point).await;
    machine.stop().await;
}

/// The stack's own functions are told of the upload too, so that the same event is handled twice.
async fn gzip(point: &str) {
    let machine = machine(&[ACCEPT, SPLIT, APPLY, DEAD], point).await;
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

/// The caller has no answer, but may know the id: that of its request. Who asks after the job helps
/// it on.
async fn unsent(point: &str) {
    let machine = machine(&[DELETE, ERASE, DEAD, DELETE_STATUS], point).await;
    let ids = json!(people(&machine, 700).await).to_string();
    let path = "/v1/peoplemgmt/v1.0/people";
    assert!(machine.call(DELETE, "DELETE", path, &ids).await.is_err(), "nothing died at {point}");
    let id = machine.jobs().await.remove(0);
    let path = format!("{path}/delete/status/{id}");
    let data = machine.asked_after(DELETE_STATUS, &path, "/data/status").await;
    assert_eq!(data["count"], 700, "{point}");
    machine.stop().await;
}

/// A row that the store refuses, then one of the same person that it takes.
async fn refused_row(point: &str) {
    let machine = machine(&[POST, APPLY, DEAD], point).await;
    let who = people(&machine, 2).await.remove(0);
    let rows = json!([{ "Gsid": who, "Email": "p1@abc.com" }, { "Gsid": who, "Location": "job" }]);
    let id = machine.submit(&json!({ "records": rows }).to_string()).await;
    let job = survives(&machine, &id, point).await;
    let rows = machine.rows(&job).await;
    let status = [1, 2].map(|row| rows[&row]["operationStatus"].as_str().unwrap());
    assert_eq!(status, ["FAILURE", "SUCCESS"]);
    assert!(rows[&1].to_string().contains("{Email=p1@abc.com}"), "{}", rows[&1]);
    machine.stop().await;
}

/// Rows that teach an open list a label.
async fn labels(point: &str) {
    let machine = machine(&[POST, APPLY, DEAD], point).await;
    let company = machine.test.company("abc").await;
    let row = |n: usize| json!({ "Email": format!("l{n}@abc.com"), "companies": [{ "Company_ID": company, "Role": "New" }] });
    let rows: Vec<_> = (0..3).map(row).collect();
    let id = machine.submit(&json!({ "records": rows }).to_string()).await;
    let job = survives(&machine, &id, point).await;
    let JobState::Completed { counts, .. } = job.state else { panic!() };
    assert_eq!((counts.success, counts.failure, counts.partial), (3, 0, 0), "{point}");
    let person = machine.test.api().get("/v1/peoplemgmt/v1.0/people?Email=l0@abc.com").await;
    assert!(person.body["data"]["companies"][0]["role"].is_string(), "{:?}", person.body);
    machine.stop().await;
}

/// Workers always die before they tell of what they wrote, and the one that settles for them dies
/// once too.
async fn given_up(point: &str) {
    let trouble = Trouble {
        first_dies_at: Some(point.to_owned()),
        only: Some(DEAD),
        always_dies_at: &[(APPLY, "apply.rows")],
        receives: 1,
        ..Trouble::default()
    };
    let mut machine = Machine::new(&[POST, SPLIT, APPLY, DEAD], trouble).await;
    machine.poll();
    let id = machine.submit(&payload()).await;
    let job = survives(&machine, &id, point).await;
    check(&machine, &job, point).await;
    machine.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_thousand_people_are_deleted_and_counted_once() {
    let trouble = Trouble { first_dies_at: Some("erase.erased".to_owned()), ..Trouble::default() };
    let mut machine = Machine::new(&[DELETE, ERASE, DEAD], trouble).await;
    machine.poll();
    let mut ids = people(&machine, 4_990).await;
    let gone = ids[0].clone();
    ids.push(ids[17].clone());
    ids.extend((0..9).map(|n| format!("{}AA{n}A", &gone[..32])));
    assert_eq!(ids.len(), 5_000);
    let id = machine.delete(&json!(ids)).await;
    let job = machine.completed(&id).await;
    let JobState::Completed { counts, .. } = &job.state else { panic!() };
    assert_eq!(counts.erased, 4_990);
    let left = machine.test.items().await;
    assert!(
        left.iter().all(|item| item.contains_key("x") && !item.contains_key("e")),
        "tombstones alone"
    );
    let again =
        machine.test.cold().ingest(&json!({ "Email": "p0@abc.com" }), &Lookups::default()).await;
    assert_ne!(again.unwrap().unwrap().person.gsid, gone);
    machine.stop().await;
}
