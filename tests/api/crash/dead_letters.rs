//! A file each of whose steps keeps failing: the function of dead letters carries it from one step to the next, whatever
//! form the file has.

use people_storage::jobs::{JobId, JobKind, JobState, Submission};
use people_testkit::new_submission;
use reqwest::Method;
use serde_json::{Value as Json, json};

use super::harness::*;
use crate::jobs::uploads::gzip;

/// A file of so many rows, each with a new label of a role, and lookups behind them that name people.
fn file(rows: usize, company: &str) -> Vec<u8> {
    let row = |n: usize| {
        let held = json!([{ "Company_ID": company, "Role": format!("Role {n}") }]);
        json!({ "Email": format!("p{n}@abc.com"), "companies": held })
    };
    let records: Vec<Json> = (0..rows).map(row).collect();
    let lookups = json!({ "person": { "Person_ID": { "fields": { "Mail": "Email" } } } });
    json!({ "records": records, "lookups": lookups }).to_string().into_bytes()
}

/// A machine whose bucket keeps versions, and where only dead letters get anywhere.
async fn start_harness(always_dies_at: &'static [(&'static str, &'static str)]) -> JobHarness {
    let trouble = FaultPlan {
        always_dies_at,
        max_receives: 1,
        deaths: 1,
        chunk_rows: Some(1),
        silent_bucket: true,
        ..FaultPlan::default()
    };
    let machine = JobHarness::new(&[SPLIT, APPLY, DEAD_LETTER], trouble).await;
    let versioning = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    let path = format!("/{}?versioning", machine.bucket);
    let request = machine.emulator.request(Method::PUT, &path).body(versioning);
    assert!(request.send().await.unwrap().status().is_success());
    machine
}

/// Uploads a file for a new job, and another over it; the dead letter of the first one's arrival.
async fn upload(machine: &JobHarness, file: &[u8]) -> (JobId, String) {
    let made = Submission {
        payload: None,
        expires: Some(i64::MAX / 2),
        ..new_submission(JobKind::Upload)
    };
    machine.test.uncached_store().create_job(&made).await.unwrap();
    let key = format!("upload/{}/{}", machine.test.tenant.id, made.id);
    let put = machine.object(Method::PUT, &key, file).await;
    let header = |name: &str| put.headers()[name].to_str().unwrap().to_owned();
    let letter = machine.upload_event(&key, &header("etag"), Some(header("x-amz-version-id")));
    machine.object(Method::PUT, &key, b"{}").await;
    (made.id, letter)
}

/// Settles files of so many rows, plain or gzip, whose splitter dies once a file is planned, and whose workers die at a
/// point.
async fn check_files(deaths: &'static [(&'static str, &'static str)], files: [(usize, bool); 2]) {
    let mut machine = start_harness(deaths).await;
    machine.start_polling();
    let company = machine.test.create_company("abc").await;
    for (rows, is_gzip) in files {
        let plain = file(rows, &company);
        let bytes = if is_gzip { gzip(&plain) } else { plain };
        let (id, letter) = upload(&machine, &bytes).await;
        machine.send_dead(ACCEPT, &letter).await;
        let job = machine.wait_until_completed(&id).await;
        let JobState::Completed { counts, message, .. } = job.state else { panic!("{rows}") };
        assert_eq!((counts.success, counts.failure, message), (rows as u64, 0, None), "{rows}");
    }
    machine.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_whose_workers_die_before_labels_are_learned_is_carried_by_its_dead_letters() {
    let deaths = &[(SPLIT, "split.planned"), (APPLY, "apply.row")];
    check_files(deaths, [(1, true), (3, false)]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_whose_workers_die_after_labels_are_learned_is_carried_by_its_dead_letters() {
    let deaths = &[(SPLIT, "split.planned"), (APPLY, "apply.rows")];
    check_files(deaths, [(1, false), (3, true)]).await;
}

/// A newer release may have written it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_letter_that_can_not_be_read_stays_in_its_queue() {
    let machine = JobHarness::new(&[DEAD_LETTER], FaultPlan::default()).await;
    machine.send(APPLY, "no message of ours").await;
    let is_done = machine.invoke(DEAD_LETTER, machine.peek_event(APPLY).await).await;
    assert!(!is_done, "it would be deleted");
    machine.stop().await;
}
