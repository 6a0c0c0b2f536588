//! One person with more rows than many chunks take: the parts are applied one after the other, each sent by the one
//! before it, which is a loop to Lambda.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::time::Duration;

use people_storage::jobs::JobState;
use serde_json::{Value as Json, json};

use super::harness::*;

const PARTS: u32 = 40;

/// Parts that Lambda lets a function apply in one chain of requests.
const STOPPED_AFTER: u32 = 16;

/// Two rows a part.
const ROWS: u32 = 2 * PARTS;

/// Too short a time for a worker to go on with the next part itself: each part is a message.
const TIMEOUT: Duration = Duration::from_secs(30);

fn payload() -> String {
    let row = |row| json!({ "Email": "a@abc.com", "Location": format!("row {row}") });
    json!({ "records": (1..=ROWS).map(row).collect::<Vec<_>>() }).to_string()
}

fn fault_plan() -> FaultPlan {
    FaultPlan { chunk_rows: Some(2), timeout: TIMEOUT, ..FaultPlan::default() }
}

async fn read_stored(machine: &JobHarness) -> Vec<Json> {
    let items = machine.test.read_items().await;
    items.into_iter().map(|mut item| item.remove("lo").unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chain_of_any_length_is_applied() {
    let mut machine = JobHarness::new(&[POST, SPLIT, APPLY, DEAD_LETTER], fault_plan()).await;
    machine.start_polling();
    let id = machine.submit(&payload()).await;
    let job = machine.wait_until_completed(&id).await;
    let JobState::Completed { counts, .. } = &job.state else { panic!() };
    assert_eq!((job.chunks(), counts.success, counts.total()), (Some(PARTS), 80, 80));
    let rows = machine.rows(&job).await;
    assert!(rows.values().all(|row| row["operationStatus"] == "SUCCESS"));
    assert_eq!(read_stored(&machine).await, ["row 80"]);
    machine.stop().await;
}

/// The message that was given up first of those for a function; it must come within 20 s.
async fn dead_letter(machine: &JobHarness, function: &str) -> Json {
    let [_, dead] = &machine.sources[function];
    let asked = json!({ "QueueUrl": dead.url, "WaitTimeSeconds": 20 });
    let answer = machine.emulator.call_action("AmazonSQS.ReceiveMessage", &asked).await.unwrap();
    serde_json::from_str(answer["Messages"][0]["Body"].as_str().unwrap()).unwrap()
}

/// Without `RecursiveLoop: Allow` the chain ends after 16 parts, as on Lambda.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chain_without_the_right_to_recursion_is_stopped() {
    let trouble = FaultPlan { allow_recursion: &[], max_receives: 1, ..fault_plan() };
    let mut machine = JobHarness::new(&[POST, SPLIT, APPLY], trouble).await;
    machine.start_polling();
    let id = machine.submit(&payload()).await;
    let letter = dead_letter(&machine, APPLY).await;
    assert_eq!(letter["chunk"], STOPPED_AFTER + 1);
    let job = machine.job(&id).await;
    assert!(matches!(job.state, JobState::InProgress { .. }));
    let left = machine.test.uncached_store().list_pending_chunks(&job).await.unwrap();
    let left: BTreeSet<_> = left.iter().map(|todo| todo.chunk).collect();
    assert!(left.into_iter().eq(STOPPED_AFTER + 1..=PARTS));
    assert_eq!(read_stored(&machine).await, ["row 32"]);
    machine.stop().await;
}

/// Each worker dies when it has settled a part: the message of the next one was sent before.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chain_whose_workers_die_after_each_part_needs_no_poll() {
    let trouble = FaultPlan {
        chunk_rows: Some(2),
        always_dies_at: &[(APPLY, "settle.todo")],
        max_receives: 1,
        ..FaultPlan::default()
    };
    let mut machine = JobHarness::new(&[POST, SPLIT, APPLY, DEAD_LETTER], trouble).await;
    machine.start_polling();
    let row = |row| json!({ "Email": "a@abc.com", "Location": format!("row {row}") });
    let rows: Vec<_> = (1..=12).map(row).collect();
    let id = machine.submit(&json!({ "records": rows }).to_string()).await;
    let job = machine.wait_until_completed(&id).await;
    let JobState::Completed { counts, .. } = &job.state else { panic!() };
    assert_eq!((job.chunks(), counts.success, counts.total()), (Some(6), 12, 12));
    assert!(machine.deaths.load(Ordering::Relaxed) >= 6);
    assert_eq!(read_stored(&machine).await, ["row 12"]);
    machine.stop().await;
}
