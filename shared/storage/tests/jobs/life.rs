//! A job from acceptance to completion.

use std::time::Duration;

use people_storage::TenantStore;
use people_storage::jobs::{Counts, Job, JobId, JobKind, JobState, Return, Submission};
use people_testkit::{TestTenant, submission, todo};

pub(super) async fn job(store: &TenantStore, id: &JobId, kind: JobKind) -> Job {
    store.job(id, &[kind]).await.unwrap().expect("the job is there")
}

#[tokio::test]
async fn a_job_is_of_its_tenant_kind_and_time() {
    let (test, other) = (TestTenant::new().await, TestTenant::new().await);
    let (store, kind) = (test.cold(), JobKind::Bulk);
    let made = submission(kind);
    store.create_job(&made).await.unwrap();
    let job = job(&store, &made.id, kind).await;
    assert_eq!((job.state.clone(), job.chunks()), (JobState::Init { chunks: None }, None));
    assert_eq!(job.payload, made.payload);
    let others = [JobKind::Async, JobKind::Upload, JobKind::Delete];
    assert_eq!(store.job(&made.id, &others).await.unwrap(), None);
    assert_eq!(other.cold().job(&made.id, &[kind]).await.unwrap(), None);
    let late = Submission { keep: Duration::ZERO, ..submission(kind) };
    store.create_job(&late).await.unwrap();
    assert_eq!(store.job(&late.id, &[kind]).await.unwrap(), None);
}

#[tokio::test]
async fn a_job_that_has_nothing_to_do_is_complete_at_once() {
    let store = TestTenant::new().await.cold();
    for message in [None, Some("The payload is empty")] {
        let made = submission(JobKind::Bulk);
        store.create_completed_job(&made, message).await.unwrap();
        let state = job(&store, &made.id, JobKind::Bulk).await.state;
        let message = message.map(str::to_owned);
        let counts = Counts::default();
        assert_eq!(state, JobState::Completed { chunks: 0, counts, message, took_ms: 0 });
        assert!(!store.refuse_job(&made.id, Some("again")).await.unwrap());
    }
}

#[tokio::test]
async fn a_chunk_that_runs_twice_counts_once() {
    let store = TestTenant::new().await.cold();
    let made = submission(JobKind::Async);
    store.create_planned_job(&made, &[todo(1), todo(2)], None).await.unwrap();
    let accepted = job(&store, &made.id, made.kind).await;
    assert_eq!(accepted.state, JobState::Init { chunks: Some(2) });

    let first = store.begin_chunk(&accepted, 1, Duration::ZERO).await.unwrap();
    let again = store.begin_chunk(&accepted, 1, Duration::ZERO).await.unwrap();
    assert_eq!((first.stamp, first.settled), (again.stamp, None));
    let running = job(&store, &made.id, made.kind).await;
    assert_eq!(running.state, JobState::InProgress { chunks: 2 });

    let counts = Counts { success: 3, failure: 2, partial: 1, erased: 0 };
    store.settle_chunk(&running, 1, counts).await.unwrap();
    let late = Counts { success: 6, ..Counts::default() };
    store.settle_chunk(&running, 1, late).await.unwrap();
    assert_eq!(store.begin_chunk(&running, 1, Duration::ZERO).await.unwrap().settled, Some(counts));
    for _ in 0..2 {
        store.remove_todo(&running, 1).await.unwrap();
        assert!(store.any_todo(&running).await.unwrap());
        assert_eq!(store.sum_chunks(&running).await.unwrap(), counts);
    }

    store.begin_chunk(&running, 2, Duration::ZERO).await.unwrap();
    store.settle_chunk(&running, 2, late).await.unwrap();
    store.remove_todo(&running, 2).await.unwrap();
    assert!(!store.any_todo(&running).await.unwrap());
    let sum = store.sum_chunks(&running).await.unwrap();
    assert_eq!(sum, counts.plus(late));
    assert!(store.complete_job(&running, sum).await.unwrap());
    assert!(!store.complete_job(&running, Counts::default()).await.unwrap());
    // A worker that read the job long ago does not put it back.
    store.begin_chunk(&accepted, 2, Duration::ZERO).await.unwrap();
    let JobState::Completed { chunks, counts, message, .. } =
        job(&store, &made.id, made.kind).await.state
    else {
        panic!("it is complete");
    };
    assert_eq!((chunks, counts, message), (2, sum, None));
}

#[tokio::test]
async fn the_first_upload_is_the_payload() {
    use people_storage::jobs::{Pin, Upload};
    let store = TestTenant::new().await.cold();
    let upload =
        || Submission { payload: None, expires: Some(1_000), ..submission(JobKind::Upload) };
    let made = upload();
    store.create_job(&made).await.unwrap();
    let awaited = job(&store, &made.id, made.kind).await;
    assert_eq!(awaited.state, JobState::Awaited { expires: 1_000 });
    let pin = |etag: &str, version: Option<&str>| Upload {
        pin: Pin { etag: etag.to_owned(), version: version.map(str::to_owned) },
        put: 7_000,
    };
    let first = pin("a", Some("1"));
    assert!(store.pin_upload(&made.id, "upload/t/j", &first).await.unwrap());
    for (pin, same) in
        [(first.clone(), true), (pin("a", Some("2")), false), (pin("b", None), false)]
    {
        assert_eq!(store.pin_upload(&made.id, "upload/t/j", &pin).await.unwrap(), same);
    }
    let pinned = job(&store, &made.id, made.kind).await;
    assert_eq!((pinned.state, pinned.pin), (JobState::Init { chunks: None }, Some(first.pin)));
    assert_eq!(
        pinned.acceptance.uploaded.map(people_domain::ids::stamp::Stamp::millis),
        Some(7_000)
    );
    assert!(!store.refuse_unused_job(&made.id, "too late").await.unwrap());

    let unused = upload();
    store.create_job(&unused).await.unwrap();
    assert!(store.refuse_unused_job(&unused.id, "nothing came").await.unwrap());
    assert!(!store.pin_upload(&unused.id, "upload/t/j", &pin("a", None)).await.unwrap());
    let nobody = submission(JobKind::Upload).id;
    assert!(!store.pin_upload(&nobody, "upload/t/j", &pin("a", None)).await.unwrap());
}

#[tokio::test]
async fn a_chunk_is_one_workers_until_it_is_given_back_settled_or_too_late() {
    const LONG: Duration = Duration::from_secs(60);
    let store = TestTenant::new().await.cold();
    let made = submission(JobKind::Async);
    store.create_planned_job(&made, &[todo(1)], None).await.unwrap();
    let job = job(&store, &made.id, made.kind).await;
    let first = store.begin_chunk(&job, 1, LONG).await.unwrap();
    let error = store.begin_chunk(&job, 1, LONG).await.unwrap_err();
    assert!(error.retryable(), "{error}");

    store.give_back_chunk(&job, &first, Return::Trouble).await.unwrap();
    let second = store.begin_chunk(&job, 1, LONG).await.unwrap();
    assert_eq!(second.stamp, first.stamp);
    // Whoever has it no more can't give it back.
    store.give_back_chunk(&job, &first, Return::Trouble).await.unwrap();
    store.begin_chunk(&job, 1, LONG).await.unwrap_err();

    let third = store.begin_chunk(&job, 1, Duration::ZERO).await.unwrap();
    assert_eq!(third.settled, None);
    let counts = Counts { success: 1, ..Counts::default() };
    store.settle_chunk(&job, 1, counts).await.unwrap();
    assert_eq!(store.begin_chunk(&job, 1, LONG).await.unwrap().settled, Some(counts));
}
