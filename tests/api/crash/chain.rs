//! One person with more rows than many chunks hold: the chunks are applied one after the other,
//! each sent by the one before it, which Lambda sees as a recursive loop.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::time::Duration;

use people_storage::jobs::JobState;
use serde_json::{Value as Json, json};

use super::harness::*;

const CHUNKS: u32 = 40;

/// Invocations that Lambda allows in one chain of requests.
const STOPPED_AFTER: u32 = 16;

/// Two rows per chunk.
const ROWS: u32 = 2 * CHUNKS;

/// Too short for a worker to continue with the next chunk itself, so that each chunk is a message.
const TIMEOUT: Duration = Duration::from_secs(30);

fn payload() -> String {
    let row = |row| json!({ "Email": "a@abc.com", "Location": format!("row {row}") });
    json!({ "records": (1..=ROWS).map(row).collect::<Vec<_>>() }).to_string()
}

fn fault_plan() -> FaultPlan {
    FaultPlan { chunk_rows: Some(2), timeout: TIMEOUT, ..FaultPlan::default() }
}

async fn read_stored(harness: &JobHarness) -> Vec<Json> {
    let items = harness.test.read_items().await;
    items.into_iter().map(|mut item| item.remove("lo").unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chain_of_any_length_is_applied() {
    let mut harness = JobHarness::new(&[POST, SPLIT, APPLY, DEAD_LETTER], fault_plan()).await;
    harness.start_polling();
    let id = harness.submit(&payload()).await;
    let job = harness.wait_until_completed(&id).await;
    let JobState::Completed { counts, .. } = &job.state else { panic!() };
    assert_eq!((job.chunks(), counts.success, counts.total()), (Some(CHUNKS), 80, 80));
    let rows = harness.rows(&job).await;
    assert!(rows.values().all(|row| row["operationStatus"] == "SUCCESS"));
    assert_eq!(read_stored(&harness).await, ["row 80"]);
    harness.stop().await;
}

/// Receives the first dead letter of a function; it must arrive within 20 s.
async fn receive_dead_letter(harness: &JobHarness, function: &str) -> Json {
    let [_, dead_letters] = &harness.sources[function];
    let asked = json!({ "QueueUrl": dead_letters.url, "WaitTimeSeconds": 20 });
    let answer = harness.emulator.call_action("AmazonSQS.ReceiveMessage", &asked).await.unwrap();
    serde_json::from_str(answer["Messages"][0]["Body"].as_str().unwrap()).unwrap()
}

/// Without `RecursiveLoop: Allow` the chain ends after 16 chunks, as on Lambda.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chain_without_the_right_to_recursion_is_stopped() {
    let faults = FaultPlan { allow_recursion: &[], max_receives: 1, ..fault_plan() };
    let mut harness = JobHarness::new(&[POST, SPLIT, APPLY], faults).await;
    harness.start_polling();
    let id = harness.submit(&payload()).await;
    let letter = receive_dead_letter(&harness, APPLY).await;
    assert_eq!(letter["chunk"], STOPPED_AFTER + 1);
    let job = harness.job(&id).await;
    assert!(matches!(job.state, JobState::InProgress { .. }));
    let left = harness.test.uncached_store().list_pending_chunks(&job).await.unwrap();
    let left: BTreeSet<_> = left.iter().map(|pending| pending.chunk).collect();
    assert!(left.into_iter().eq(STOPPED_AFTER + 1..=CHUNKS));
    assert_eq!(read_stored(&harness).await, ["row 32"]);
    harness.stop().await;
}

/// Each worker dies after it has settled a chunk; the message of the next chunk was sent before.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chain_whose_workers_die_after_each_part_needs_no_poll() {
    let faults = FaultPlan {
        chunk_rows: Some(2),
        always_dies_at: &[(APPLY, "settle.todo")],
        max_receives: 1,
        ..FaultPlan::default()
    };
    let mut harness = JobHarness::new(&[POST, SPLIT, APPLY, DEAD_LETTER], faults).await;
    harness.start_polling();
    let row = |row| json!({ "Email": "a@abc.com", "Location": format!("row {row}") });
    let rows: Vec<_> = (1..=12).map(row).collect();
    let id = harness.submit(&json!({ "records": rows }).to_string()).await;
    let job = harness.wait_until_completed(&id).await;
    let JobState::Completed { counts, .. } = &job.state else { panic!() };
    assert_eq!((job.chunks(), counts.success, counts.total()), (Some(6), 12, 12));
    assert!(harness.deaths.load(Ordering::Relaxed) >= 6);
    assert_eq!(read_stored(&harness).await, ["row 12"]);
    harness.stop().await;
}
