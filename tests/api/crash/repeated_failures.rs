//! Work that keeps failing: what ends it is what it did, not how often a queue delivered it.

use std::sync::Arc;

use people_storage::jobs::{Job, JobState};
use reqwest::Method;
use serde_json::json;

use super::harness::*;
use super::people::create_people;
use crate::store::proxy::{Proxy, Throttle};

fn erased(job: &Job) -> u64 {
    let JobState::Completed { counts, .. } = &job.state else { panic!("not completed") };
    counts.erased
}

/// A delete whose worker never gets anywhere is done by the function of dead letters.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delete_that_is_a_dead_letter_erases_before_it_counts() {
    let always_dies_at = &[(ERASE, "erase.begun")];
    let trouble = FaultPlan { always_dies_at, max_receives: 1, ..FaultPlan::default() };
    let mut machine = JobHarness::new(&[DELETE, ERASE, DEAD_LETTER], trouble).await;
    machine.start_polling();
    let ids = create_people(&machine, 20).await;
    let id = machine.delete(&json!(ids)).await;
    assert_eq!(erased(&machine.wait_until_completed(&id).await), 20);
    let left = machine.test.read_items().await;
    assert!(left.iter().all(|item| item.contains_key("x") && !item.contains_key("e")));
    machine.stop().await;
}

/// Nothing tells any more who was to be erased: the job ends all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delete_whose_list_is_gone_ends() {
    let trouble = FaultPlan { max_receives: 1, deaths: 1, ..FaultPlan::default() };
    let mut machine = JobHarness::new(&[DELETE, ERASE, DEAD_LETTER], trouble).await;
    let id = machine.delete(&json!(create_people(&machine, 2).await)).await;
    let key = format!("payload/{}/{id}", machine.test.tenant.id);
    machine.object(Method::DELETE, &key, &[]).await;
    machine.start_polling();
    assert_eq!(erased(&machine.wait_until_completed(&id).await), 0);
    machine.stop().await;
}

/// Five looks meet a store that is not well: none of them is a reason to give rows up.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_look_that_fails_for_the_stores_sake_does_not_count() {
    // Each look asks four times for the metadata.
    let proxy = Proxy::new(Throttle::First("Query", 20));
    let url = Arc::clone(&proxy).listen().await;
    let trouble = FaultPlan {
        always_dies_at: &[(APPLY, "apply.rows")],
        max_receives: 1,
        deaths: 1,
        dynamodb_of: Some((DEAD_LETTER, url)),
        ..FaultPlan::default()
    };
    let mut machine = JobHarness::new(&[POST, APPLY, DEAD_LETTER], trouble).await;
    machine.start_polling();
    let rows: Vec<_> = (0..9).map(|n| json!({ "Email": format!("w{n}@abc.com") })).collect();
    let id = machine.submit(&json!({ "records": rows }).to_string()).await;
    let job = machine.wait_until_completed(&id).await;
    let JobState::Completed { counts, .. } = &job.state else { panic!() };
    assert_eq!((counts.success, counts.failure), (9, 0), "all were written");
    assert_eq!(proxy.throttled(), 20);
    machine.stop().await;
}
