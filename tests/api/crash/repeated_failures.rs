//! Work that keeps failing ends by what it did, not by how often a queue delivered it.

use std::sync::Arc;

use people_storage::jobs::{Job, JobState};
use reqwest::Method;
use serde_json::json;

use super::harness::*;
use super::people::create_people;
use crate::store::proxy::{Proxy, Throttle};

fn erased_count(job: &Job) -> u64 {
    let JobState::Completed { counts, .. } = &job.state else { panic!("not completed") };
    counts.erased
}

/// A delete whose worker always dies is done by the function of dead letters.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delete_that_is_a_dead_letter_erases_before_it_counts() {
    let always_dies_at = &[(ERASE, "erase.begun")];
    let faults = FaultPlan { always_dies_at, max_receives: 1, ..FaultPlan::default() };
    let mut harness = JobHarness::new(&[DELETE, ERASE, DEAD_LETTER], faults).await;
    harness.start_polling();
    let ids = create_people(&harness, 20).await;
    let id = harness.delete(&json!(ids)).await;
    assert_eq!(erased_count(&harness.wait_until_completed(&id).await), 20);
    let left = harness.test.read_items().await;
    assert!(left.iter().all(|item| item.contains_key("x") && !item.contains_key("e")));
    harness.stop().await;
}

/// The list of people to erase is lost; the job still ends.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delete_whose_list_is_gone_ends() {
    let faults = FaultPlan { max_receives: 1, deaths: 1, ..FaultPlan::default() };
    let mut harness = JobHarness::new(&[DELETE, ERASE, DEAD_LETTER], faults).await;
    let id = harness.delete(&json!(create_people(&harness, 2).await)).await;
    let key = format!("payload/{}/{id}", harness.test.tenant.id);
    harness.object(Method::DELETE, &key, &[]).await;
    harness.start_polling();
    assert_eq!(erased_count(&harness.wait_until_completed(&id).await), 0);
    harness.stop().await;
}

/// Five inspections meet a throttled store; none of them counts towards giving rows up.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_look_that_fails_for_the_stores_sake_does_not_count() {
    // Each inspection reads the metadata four times.
    let proxy = Proxy::new(Throttle::First("Query", 20));
    let url = Arc::clone(&proxy).listen().await;
    let faults = FaultPlan {
        always_dies_at: &[(APPLY, "apply.rows")],
        max_receives: 1,
        deaths: 1,
        dynamodb_of: Some((DEAD_LETTER, url)),
        ..FaultPlan::default()
    };
    let mut harness = JobHarness::new(&[POST, APPLY, DEAD_LETTER], faults).await;
    harness.start_polling();
    let rows: Vec<_> = (0..9).map(|n| json!({ "Email": format!("w{n}@abc.com") })).collect();
    let id = harness.submit(&json!({ "records": rows }).to_string()).await;
    let job = harness.wait_until_completed(&id).await;
    let JobState::Completed { counts, .. } = &job.state else { panic!() };
    assert_eq!((counts.success, counts.failure), (9, 0), "all were written");
    assert_eq!(proxy.throttled(), 20);
    harness.stop().await;
}
