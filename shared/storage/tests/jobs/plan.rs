//! A plan is made once, whoever else tries, and is as large as jobs may be.

use std::time::Duration;

use people_storage::jobs::{Counts, JobKind, JobPlan, JobState, TODOS_AT_ONCE, Todo};
use people_testkit::{TestTenant, submission, todo};

use super::life::job;

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
    let store = TestTenant::new().await.cold();
    let made = submission(JobKind::Bulk);
    store.create_job(&made).await.unwrap();
    let accepted = job(&store, &made.id, made.kind).await;
    // An earlier attempt cut the payload into more chunks, and died.
    assert!(store.write_todos(&accepted, &[todo(1), todo(2), todo(3)]).await.unwrap());
    let chain = Todo { next: Some(2), ..todo(1) };
    let later = Todo { after: Some(1), ..todo(2) };
    assert!(store.write_todos(&accepted, &[chain.clone(), later.clone()]).await.unwrap());
    assert!(store.plan_job(&accepted, &plan(2)).await.unwrap());
    assert!(!store.plan_job(&accepted, &plan(3)).await.unwrap());
    assert!(!store.write_todos(&accepted, &[todo(1)]).await.unwrap());
    assert!(!store.refuse_job(&made.id, Some("too late")).await.unwrap());

    let planned = job(&store, &made.id, made.kind).await;
    assert_eq!(planned.state, JobState::InProgress { chunks: 2 });
    assert_eq!(
        (planned.lookups.as_deref(), planned.payload.as_deref()),
        (Some("{}"), Some("plain/t/j"))
    );
    assert_eq!(store.todos(&planned).await.unwrap(), [chain.clone(), later]);
    assert_eq!(store.todo(&planned, 1).await.unwrap(), Some(chain));
    for chunk in [1, 2] {
        assert!(store.any_todo(&planned).await.unwrap());
        store.remove_todo(&planned, chunk).await.unwrap();
    }
    assert!(!store.any_todo(&planned).await.unwrap(), "a marker beyond the plan is none");
}

#[tokio::test]
async fn a_job_that_was_given_up_is_not_planned() {
    let store = TestTenant::new().await.cold();
    let made = submission(JobKind::Bulk);
    store.create_job(&made).await.unwrap();
    let accepted = job(&store, &made.id, made.kind).await;
    assert!(store.refuse_job(&made.id, Some("Oops")).await.unwrap());
    assert!(!store.write_todos(&accepted, &[todo(1)]).await.unwrap());
    assert!(!store.plan_job(&accepted, &plan(1)).await.unwrap());
    let state = job(&store, &made.id, made.kind).await.state;
    let JobState::Completed { chunks: 0, counts, message, .. } = state else { panic!("{state:?}") };
    assert_eq!((counts, message.as_deref()), (Counts::default(), Some("Oops")));
}

#[tokio::test]
async fn the_largest_job_completes() {
    let store = TestTenant::new().await.cold();
    let made = submission(JobKind::Upload);
    store.create_job(&made).await.unwrap();
    let accepted = job(&store, &made.id, made.kind).await;
    let todos: Vec<_> = (1..=CHUNKS).map(todo).collect();
    for some in todos.chunks(TODOS_AT_ONCE) {
        assert!(store.write_todos(&accepted, some).await.unwrap());
    }
    let lookups = format!("{{\"person\":{{}},\"x\":\"{}\"}}", "y".repeat(64 * 1024));
    let plan = JobPlan { lookups: Some(lookups), ..plan(CHUNKS) };
    assert!(store.plan_job(&accepted, &plan).await.unwrap());
    let planned = job(&store, &made.id, made.kind).await;
    assert_eq!(store.todos(&planned).await.unwrap(), todos);
    let counts = Counts { success: 1, ..Counts::default() };
    for chunk in 1..=CHUNKS {
        store.begin_chunk(&planned, chunk, Duration::ZERO).await.unwrap();
        store.settle_chunk(&planned, chunk, counts).await.unwrap();
        store.remove_todo(&planned, chunk).await.unwrap();
    }
    assert!(!store.any_todo(&planned).await.unwrap());
    let sum = store.sum_chunks(&planned).await.unwrap();
    assert_eq!(sum.success, u64::from(CHUNKS));
}
