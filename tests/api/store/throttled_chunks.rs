//! A chunk meets a store that throttles: it slows down, and its results are the same as without
//! throttling.

use std::sync::Arc;

use people_domain::lookup::Lookups;
use people_storage::jobs::JobKind;
use people_storage::{ApplyMode, JobContext, RawRow, Result, Store};
use people_testkit::{TestTenant, redact_json};
use serde_json::{Value as Json, json};
use tokio::sync::Semaphore;

use super::proxy::{Proxy, Throttle};

pub(super) async fn begin_run(test: &TestTenant) -> JobContext {
    let job = test.create_job(JobKind::Bulk).await;
    JobContext { in_flight: 32, ..test.begin_chunk(&job, ApplyMode::Apply).await }
}

/// Applies rows and returns their results.
pub(super) async fn apply_rows(
    store: &Store,
    test: &TestTenant,
    run: &JobContext,
    rows: &[Json],
) -> Result<Vec<Json>> {
    let rows: Vec<_> = (1..).zip(rows).map(RawRow::from).collect();
    let store = store.for_tenant(test.tenant.clone());
    let results = store.ingest_partial(&rows, &Lookups::default(), Some(run)).await?;
    Ok(results.iter().map(|row| row.to_json(true)).collect())
}

#[tokio::test]
async fn a_chunk_slows_down_until_the_store_takes_it() {
    let test = TestTenant::new().await;
    let proxy = Proxy::new(Throttle::Writes(Semaphore::new(1)));
    let store = Arc::clone(&proxy).start().await;
    let rows: Vec<_> = (0..200).map(|n| json!({ "Email": format!("u{n}@abc.com") })).collect();
    let run = begin_run(&test).await;
    let results = apply_rows(&store, &test, &run, &rows).await.unwrap();
    assert!(results.iter().all(|row| row["operationStatus"] == "SUCCESS"));
    assert_eq!(test.read_items().await.len(), rows.len());
    assert!(proxy.throttled() > 0, "the store was never busy");
}

/// Rows that succeed, that the store refuses, that move a person, and that are invalid; some of
/// them for the same person.
async fn sample_rows(test: &TestTenant) -> Vec<Json> {
    let api = test.api();
    let a = api.upsert_person(&json!({ "Email": "a@abc.com", "Location": "before" })).await.gsid();
    let b = api.upsert_person(&json!({ "Email": "b@abc.com" })).await.gsid();
    api.upsert_person(&json!({ "Email": "taken@abc.com" })).await.gsid();
    vec![
        json!({ "Gsid": a, "Email": "taken@abc.com", "Location": "refused" }),
        json!({ "Gsid": a, "Location": "one" }),
        json!({ "Gsid": a, "Email": "moved@abc.com" }),
        json!({ "Gsid": b, "Email": "free@abc.com" }),
        json!({ "Gsid": b, "Location": "two" }),
        json!({ "Email": "new@abc.com", "Location": "three" }),
        json!({ "Email": "new@abc.com", "Emial": "no such field" }),
        json!({ "Email": "new@abc.com", "Title": "no such field", "Location": "not this" }),
    ]
}

/// Returns the results and the stored people when `calls` calls from number `from` on are
/// throttled, and the number of calls.
async fn run_throttled(from: usize, calls: usize) -> (Json, usize) {
    let test = TestTenant::new().await;
    let rows = sample_rows(&test).await;
    let proxy = Proxy::new(Throttle::Calls(from..from + calls));
    let store = Arc::clone(&proxy).start().await;
    let run = begin_run(&test).await;
    let results = match apply_rows(&store, &test, &run, &rows).await {
        // The next delivery of the chunk.
        Err(error) if error.is_retryable() => apply_rows(&store, &test, &run, &rows).await.unwrap(),
        results => results.unwrap(),
    };
    let mut people = Vec::new();
    for email in ["a@abc.com", "moved@abc.com", "b@abc.com", "free@abc.com", "new@abc.com"] {
        people.push(test.api().get_person(email).await.body["data"].clone());
    }
    (redact_json(&json!([results, people])), proxy.calls())
}

/// Three throttled calls, because the SDK tries a call three times.
#[tokio::test]
async fn trouble_at_any_call_changes_nothing_of_what_is_told() {
    let (undisturbed, calls) = run_throttled(0, 0).await;
    assert_eq!(undisturbed[0][0]["operationStatus"], "FAILURE");
    assert_eq!(undisturbed[1][3]["location"], "two");
    for from in 0..calls {
        let (results, _) = run_throttled(from, 3).await;
        assert_eq!(results, undisturbed, "throttled from call {from} on");
    }
}
