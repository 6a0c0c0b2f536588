//! Messages that are delivered several times, too late, or to workers that always die.

use std::time::Duration;

use people_domain::ids::email::Email;
use people_domain::lookup::Lookups;
use people_storage::jobs::{JobId, JobState, ReleaseReason};
use reqwest::Method;
use serde_json::{Value as Json, json};

use super::harness::*;
use super::payload::{check_people, payload};

const ALL: [&str; 4] = [POST, SPLIT, APPLY, DEAD_LETTER];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_message_three_times() {
    // First two workers at one chunk at the same time, then one at a time.
    for lease in [0, 60] {
        let faults = FaultPlan { deliveries_per_message: 3, lease, ..FaultPlan::default() };
        let mut harness = JobHarness::new(&ALL, faults).await;
        harness.start_polling();
        let id = harness.submit(&payload()).await;
        let job = harness.wait_until_completed(&id).await;
        check_people(&harness, &job, "three times").await;
        harness.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chunk_that_one_worker_has_is_left_alone_by_others() {
    let lease = Duration::from_secs(60);
    let harness = JobHarness::new(
        &[POST, APPLY, DEAD_LETTER],
        FaultPlan { lease: 60, ..FaultPlan::default() },
    );
    let harness = harness.await;
    let id = harness.submit(r#"{"records":[{"Email":"a@abc.com"}]}"#).await;
    let (store, job) = (harness.test.uncached_store(), harness.job(&id).await);
    let lease = store.acquire_lease(&job, 1, lease).await.unwrap();
    for function in [APPLY, DEAD_LETTER] {
        // A failed message becomes visible again soon, not after its queue's visibility timeout.
        assert!(
            !harness.invoke(function, harness.peek_event(SMALL_JOBS).await).await,
            "{function}"
        );
    }
    assert!(harness.test.read_items().await.is_empty());
    store.release_lease(&job, &lease, ReleaseReason::StoreUnavailable).await.unwrap();
    assert!(harness.invoke(APPLY, harness.peek_event(SMALL_JOBS).await).await);
    assert_eq!(final_counts(&harness.job(&id).await), (1, 0, None));
    harness.stop().await;
}

fn final_counts(job: &people_storage::jobs::Job) -> (u64, u64, Option<String>) {
    let JobState::Completed { counts, message, .. } = &job.state else { panic!("not completed") };
    (counts.success, counts.failure, message.clone())
}

/// Rows that a worker wrote before it died count; the rest has failed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_always_dies_ends_as_failed_rows() {
    const BEGUN: (&str, &str) = (APPLY, "apply.begun");
    const ROWS: (&str, &str) = (APPLY, "apply.rows");
    // Rows that also kill the inspecting function are given up without being read.
    for (always_dies_at, is_inspected, written) in [
        (&[BEGUN] as &[_], false, 0),
        (&[ROWS], true, 9),
        (&[ROWS, (DEAD_LETTER, "dead.look")], false, 9),
    ] {
        let faults =
            FaultPlan { always_dies_at, max_receives: 2, deaths: 2, ..FaultPlan::default() };
        let point = format!("{always_dies_at:?}");
        let mut harness = JobHarness::new(&ALL, faults).await;
        harness.start_polling();
        let rows: Vec<_> = (0..9).map(|n| json!({ "Email": format!("w{n}@abc.com") })).collect();
        let id = harness.submit(&json!({ "records": rows }).to_string()).await;
        let job = harness.wait_until_completed(&id).await;
        let expected = if is_inspected { (9, 0, None) } else { (0, 9, None) };
        assert_eq!(final_counts(&job), expected, "{point}");
        let reported = harness.rows(&job).await;
        assert_eq!(reported.len(), 9);
        if !is_inspected {
            let error = &reported[&1]["error"]["details"][0]["errors"][0];
            assert_eq!(
                error,
                &json!({ "message": "Oops, something went wrong", "code": "GU_1101" })
            );
        }
        assert_eq!(harness.test.read_items().await.len(), written, "{point}");
        harness.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payload_that_is_gone_ends_its_job() {
    let faults = FaultPlan { max_receives: 2, deaths: 2, ..FaultPlan::default() };
    let mut harness = JobHarness::new(&ALL, faults).await;
    let (one, many) = (
        harness.submit(r#"{"records":[{"Email":"a@abc.com"},{"Email":"b@abc.com"}]}"#).await,
        harness.submit(&payload()).await,
    );
    for id in [&one, &many] {
        let key = format!("payload/{}/{id}", harness.test.tenant.id);
        harness.object(Method::DELETE, &key, &[]).await;
    }
    harness.start_polling();
    let job = harness.wait_until_completed(&one).await;
    assert_eq!(final_counts(&job), (0, 2, None));
    assert_eq!(harness.rows(&job).await.len(), 2);
    let job = harness.wait_until_completed(&many).await;
    assert_eq!(final_counts(&job), (0, 0, Some("Oops, something went wrong".to_owned())));
    harness.stop().await;
}

/// Jobs of every kind whose call died before it sent a message.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_was_never_sent_goes_on_when_somebody_asks_after_it() {
    let bulk = "/v1/peoplemgmt/v1.0/external/bulk/ingestion/async";
    let people = "/v1/peoplemgmt/v1.0/people";
    let (small, large) = (r#"{"records":[{"Email":"a@abc.com"}]}"#, payload_to_split());
    for (function, method, path, body, status, to) in [
        (POST, "POST", format!("{bulk}/people"), small, POST_STATUS, format!("{bulk}/status")),
        (POST, "POST", format!("{bulk}/people"), &*large, POST_STATUS, format!("{bulk}/status")),
        (
            ASYNC,
            "PUT",
            format!("{people}/async"),
            small,
            ASYNC_STATUS,
            format!("{people}/async/status"),
        ),
    ] {
        let faults = FaultPlan {
            first_dies_at: Some("submit.job".to_owned()),
            only: Some(function),
            ..FaultPlan::default()
        };
        let mut harness =
            JobHarness::new(&[function, SPLIT, APPLY, DEAD_LETTER, status], faults).await;
        harness.start_polling();
        assert!(harness.call(function, method, &path, body).await.is_err(), "it dies");
        let id = harness.jobs().await.remove(0);
        let word = if status == POST_STATUS { "/data/statusType" } else { "/data/status" };
        harness.poll_until_completed(status, &format!("{to}/{id}"), word).await;
        assert_eq!(final_counts(&harness.job(&id).await), (1, 0, None));
        harness.stop().await;
    }
}

/// A payload that is too large to be scanned by the call that accepts it.
fn payload_to_split() -> String {
    let blanks = " ".repeat(1_100_000);
    format!(r#"{{"records":[{{"Email":"a@abc.com"}}{blanks}]}}"#)
}

/// Creates a job of one chunk whose worker dies after it has written the rows and before it settles
/// the chunk.
async fn submit_and_kill_worker(harness: &JobHarness, payload: &Json) -> JobId {
    let id = harness.submit(&payload.to_string()).await;
    assert!(!harness.invoke(APPLY, harness.peek_event(SMALL_JOBS).await).await, "it dies");
    id
}

/// Starts a harness whose first worker dies after it has written its rows.
async fn start_dying_harness() -> JobHarness {
    let first_dies_at = Some("apply.rows".to_owned());
    JobHarness::new(&[POST, APPLY], FaultPlan { first_dies_at, lease: 0, ..FaultPlan::default() })
        .await
}

async fn harness_with_one_person() -> (JobHarness, JobId) {
    let harness = start_dying_harness().await;
    let row = json!({ "Email": "a@abc.com", "Location": "job", "Comments": "job" });
    let id = submit_and_kill_worker(&harness, &json!({ "records": [row] })).await;
    (harness, id)
}

async fn upsert_person(harness: &JobHarness, body: Json) -> String {
    let done =
        harness.test.uncached_store().ingest_record(&body, &Lookups::default()).await.unwrap();
    done.unwrap().person.gsid.clone()
}

async fn erase_person(harness: &JobHarness, email: &str) {
    let (store, email) = (harness.test.uncached_store(), Email::parse(email).unwrap());
    let gsid = store.read_person_by_email(&email).await.unwrap().unwrap().gsid;
    harness.test.erase_person(&gsid).await;
}

fn stored_location(items: &[std::collections::BTreeMap<String, Json>]) -> Option<&str> {
    items.first()?.get("lo")?.as_str()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_acknowledged_put_is_not_undone_by_a_row_that_comes_again() {
    let (harness, id) = harness_with_one_person().await;
    assert_eq!(stored_location(&harness.test.read_items().await), Some("job"));
    upsert_person(&harness, json!({ "Email": "a@abc.com", "Location": "put" })).await;
    assert!(harness.invoke(APPLY, harness.peek_event(SMALL_JOBS).await).await);
    assert_eq!(stored_location(&harness.test.read_items().await), Some("put"));
    let job = harness.job(&id).await;
    assert_eq!(final_counts(&job), (1, 0, None));
    let row = &harness.rows(&job).await[&1];
    assert_eq!(row["record"]["EmailOptOut"], "false", "still reported as created by this row");
    // Delivered again after the job is completed.
    assert!(harness.invoke(APPLY, harness.peek_event(SMALL_JOBS).await).await);
    assert_eq!(stored_location(&harness.test.read_items().await), Some("put"));
    harness.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erased_person_is_not_brought_back_by_an_older_job() {
    for made_anew in [false, true] {
        let (harness, id) = harness_with_one_person().await;
        erase_person(&harness, "a@abc.com").await;
        if made_anew {
            upsert_person(&harness, json!({ "Email": "a@abc.com", "Location": "put" })).await;
        }
        assert!(harness.invoke(APPLY, harness.peek_event(SMALL_JOBS).await).await);
        let email = Email::parse("a@abc.com").unwrap();
        let person = harness.test.uncached_store().read_person_by_email(&email).await.unwrap();
        assert_eq!(person.is_some(), made_anew);
        let items = harness.test.read_items().await;
        assert_eq!(stored_location(&items), made_anew.then_some("put"));
        assert!(!items[0].contains_key("co"), "the job's data of the erased person");
        let job = harness.job(&id).await;
        assert_eq!(final_counts(&job), (0, 1, None));
        let error = harness.rows(&job).await[&1]["error"]["details"][0]["errors"][0].clone();
        assert_eq!(error["code"], "GSOBJ_PEOPLE1001");
        harness.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_that_moves_in_between_is_not_made_twice() {
    let (harness, id) = harness_with_one_person().await;
    let gsid = harness.test.read_items().await[0]["g"].as_str().unwrap().to_owned();
    let who = upsert_person(&harness, json!({ "Email": "a@abc.com" })).await;
    upsert_person(&harness, json!({ "Gsid": who, "Email": "b@abc.com", "Location": "put" })).await;
    assert!(harness.invoke(APPLY, harness.peek_event(SMALL_JOBS).await).await);
    let items = harness.test.read_items().await;
    let people: Vec<_> = items.into_iter().filter(|item| item.contains_key("g")).collect();
    assert_eq!((people.len(), stored_location(&people)), (1, Some("put")));
    assert_eq!(people[0]["g"], gsid.as_str());
    assert_eq!(final_counts(&harness.job(&id).await), (1, 0, None));
    harness.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_that_was_refused_is_told_so_however_often_it_comes() {
    let harness = start_dying_harness().await;
    let who = upsert_person(&harness, json!({ "Email": "a@abc.com" })).await;
    let other = upsert_person(&harness, json!({ "Email": "taken@abc.com" })).await;
    let rows =
        json!([{ "Gsid": who, "Email": "taken@abc.com" }, { "Gsid": who, "Location": "job" }]);
    let id = submit_and_kill_worker(&harness, &json!({ "records": rows })).await;
    upsert_person(&harness, json!({ "Gsid": other, "Email": "free@abc.com" })).await;
    assert!(harness.invoke(APPLY, harness.peek_event(SMALL_JOBS).await).await);
    let job = harness.job(&id).await;
    assert_eq!(final_counts(&job), (1, 1, None));
    let row = &harness.rows(&job).await[&1];
    assert!(row.to_string().contains("{Email=taken@abc.com}"), "{row}");
    harness.stop().await;
}
