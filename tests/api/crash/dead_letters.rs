//! A job each of whose steps keeps failing: the function of dead letters carries it from step to
//! step, whether the file is plain or gzip.

use people_storage::jobs::{JobId, JobState};
use people_testkit::new_upload_submission;
use reqwest::Method;
use serde_json::{Value as Json, json};

use super::harness::*;
use crate::jobs::uploads::gzip;

/// A file of `rows` rows, each with a new label of a role, and with lookups of people at its end.
fn build_file(rows: usize, company: &str) -> Vec<u8> {
    let row = |n: usize| {
        let held = json!([{ "Company_ID": company, "Role": format!("Role {n}") }]);
        json!({ "Email": format!("p{n}@abc.com"), "companies": held })
    };
    let records: Vec<Json> = (0..rows).map(row).collect();
    let lookups = json!({ "person": { "Person_ID": { "fields": { "Mail": "Email" } } } });
    json!({ "records": records, "lookups": lookups }).to_string().into_bytes()
}

/// Starts a harness whose bucket keeps versions and where only the function of dead letters makes
/// progress.
async fn start_harness(always_dies_at: &'static [(&'static str, &'static str)]) -> JobHarness {
    let faults = FaultPlan {
        always_dies_at,
        max_receives: 1,
        deaths: 1,
        chunk_rows: Some(1),
        silent_bucket: true,
        ..FaultPlan::default()
    };
    let harness = JobHarness::new(&[SPLIT, APPLY, DEAD_LETTER], faults).await;
    let versioning = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    let path = format!("/{}?versioning", harness.bucket);
    let request = harness.emulator.request(Method::PUT, &path).body(versioning);
    assert!(request.send().await.unwrap().status().is_success());
    harness
}

/// Uploads a file for a new job and then another one to the same key. Returns the dead letter of
/// the first upload event.
async fn upload_twice(harness: &JobHarness, file: &[u8]) -> (JobId, String) {
    let made = new_upload_submission(i64::MAX / 2);
    harness.test.uncached_store().create_job(&made).await.unwrap();
    let key = format!("upload/{}/{}", harness.test.tenant.id, made.id);
    let put = harness.object(Method::PUT, &key, file).await;
    let header = |name: &str| put.headers()[name].to_str().unwrap().to_owned();
    let letter = harness.upload_event(&key, &header("etag"), Some(header("x-amz-version-id")));
    harness.object(Method::PUT, &key, b"{}").await;
    (made.id, letter)
}

/// Completes jobs of files with these row counts, plain or gzip, whose splitter dies once a file is
/// planned and whose workers die at a failpoint.
async fn check_files(deaths: &'static [(&'static str, &'static str)], files: [(usize, bool); 2]) {
    let mut harness = start_harness(deaths).await;
    harness.start_polling();
    let company = harness.test.create_company("abc").await;
    for (rows, is_gzip) in files {
        let plain = build_file(rows, &company);
        let bytes = if is_gzip { gzip(&plain) } else { plain };
        let (id, letter) = upload_twice(&harness, &bytes).await;
        harness.send_dead(ACCEPT, &letter).await;
        let job = harness.wait_until_completed(&id).await;
        let JobState::Completed { counts, message, .. } = job.state else { panic!("{rows}") };
        assert_eq!((counts.success, counts.failure, message), (rows as u64, 0, None), "{rows}");
    }
    harness.stop().await;
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

/// A newer release may have written the message.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_letter_that_can_not_be_read_stays_in_its_queue() {
    let harness = JobHarness::new(&[DEAD_LETTER], FaultPlan::default()).await;
    harness.send(APPLY, "no message of ours").await;
    let is_done = harness.invoke(DEAD_LETTER, harness.peek_event(APPLY).await).await;
    assert!(!is_done, "the message would be deleted");
    harness.stop().await;
}
