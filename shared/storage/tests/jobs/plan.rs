//! A job is planned once, even with concurrent attempts, and a plan may be as large as jobs may be.

use std::time::Duration;

use people_storage::jobs::{
    JobCounts, JobKind, JobPlan, JobState, PENDING_CHUNKS_PER_TRANSACTION_MAX, PendingChunk,
};
use people_testkit::{TestTenant, new_pending_chunk, new_submission};

use super::lifecycle::read_job;

const CHUNKS: u32 = 1_000;

fn plan(chunks: u32) -> JobPlan {
    JobPlan {
        chunks,
        lookups: Some("{}".to_owned()),
        payload: "plain/t/j".to_owned(),
        hash: "0".to_owned(),
    }
}

#[tokio::test]
async fn a_late_duplicate_puts_no_marker_back() {
    let store = TestTenant::new().await.uncached_store();
    let made = new_submission(JobKind::Bulk);
    store.create_job(&made).await.unwrap();
    let accepted = read_job(&store, &made.id, made.kind).await;
    // An earlier attempt split the payload into more chunks, and was killed.
    assert!(
        store
            .write_pending_chunks(
                &accepted,
                &[new_pending_chunk(1), new_pending_chunk(2), new_pending_chunk(3)]
            )
            .await
            .unwrap()
    );
    let chain = PendingChunk { next: Some(2), ..new_pending_chunk(1) };
    let later = PendingChunk { after: Some(1), ..new_pending_chunk(2) };
    assert!(store.write_pending_chunks(&accepted, &[chain.clone(), later.clone()]).await.unwrap());
    assert!(store.mark_job_planned(&accepted, &plan(2)).await.unwrap());
    assert!(!store.mark_job_planned(&accepted, &plan(3)).await.unwrap());
    assert!(!store.write_pending_chunks(&accepted, &[new_pending_chunk(1)]).await.unwrap());
    assert!(!store.refuse_job(&made.id, Some("too late")).await.unwrap());

    let planned = read_job(&store, &made.id, made.kind).await;
    assert_eq!(planned.state, JobState::InProgress { chunks: 2 });
    assert_eq!(
        (planned.lookups.as_deref(), planned.payload.as_deref()),
        (Some("{}"), Some("plain/t/j"))
    );
    assert_eq!(store.list_pending_chunks(&planned).await.unwrap(), [chain.clone(), later]);
    assert_eq!(store.read_pending_chunk(&planned, 1).await.unwrap(), Some(chain));
    for chunk in [1, 2] {
        assert!(store.has_pending_chunks(&planned).await.unwrap());
        store.delete_pending_chunk(&planned, chunk).await.unwrap();
    }
    assert!(
        !store.has_pending_chunks(&planned).await.unwrap(),
        "a marker beyond the plan is ignored"
    );
}

#[tokio::test]
async fn a_job_that_was_given_up_is_not_planned() {
    let store = TestTenant::new().await.uncached_store();
    let made = new_submission(JobKind::Bulk);
    store.create_job(&made).await.unwrap();
    let accepted = read_job(&store, &made.id, made.kind).await;
    assert!(store.refuse_job(&made.id, Some("Oops")).await.unwrap());
    assert!(!store.write_pending_chunks(&accepted, &[new_pending_chunk(1)]).await.unwrap());
    assert!(!store.mark_job_planned(&accepted, &plan(1)).await.unwrap());
    let state = read_job(&store, &made.id, made.kind).await.state;
    let JobState::Completed { chunks: 0, counts, message, .. } = state else { panic!("{state:?}") };
    assert_eq!((counts, message.as_deref()), (JobCounts::default(), Some("Oops")));
}

#[tokio::test]
async fn the_largest_job_completes() {
    let store = TestTenant::new().await.uncached_store();
    let made = new_submission(JobKind::Upload);
    store.create_job(&made).await.unwrap();
    let accepted = read_job(&store, &made.id, made.kind).await;
    let pending_chunks: Vec<_> = (1..=CHUNKS).map(new_pending_chunk).collect();
    for some in pending_chunks.chunks(PENDING_CHUNKS_PER_TRANSACTION_MAX) {
        assert!(store.write_pending_chunks(&accepted, some).await.unwrap());
    }
    let lookups = format!("{{\"person\":{{}},\"x\":\"{}\"}}", "y".repeat(64 * 1024));
    let plan = JobPlan { lookups: Some(lookups), ..plan(CHUNKS) };
    assert!(store.mark_job_planned(&accepted, &plan).await.unwrap());
    let planned = read_job(&store, &made.id, made.kind).await;
    assert_eq!(store.list_pending_chunks(&planned).await.unwrap(), pending_chunks);
    let counts = JobCounts { success: 1, ..JobCounts::default() };
    for chunk in 1..=CHUNKS {
        store.acquire_lease(&planned, chunk, Duration::ZERO).await.unwrap();
        store.settle_chunk(&planned, chunk, counts).await.unwrap();
        store.delete_pending_chunk(&planned, chunk).await.unwrap();
    }
    assert!(!store.has_pending_chunks(&planned).await.unwrap());
    let sum = store.sum_chunks(&planned).await.unwrap();
    assert_eq!(sum.success, u64::from(CHUNKS));
}
