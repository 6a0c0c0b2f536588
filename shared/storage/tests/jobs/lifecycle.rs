//! The life cycle of a job, from acceptance to completion.

use std::time::Duration;

use people_storage::TenantStore;
use people_storage::jobs::{Job, JobCounts, JobId, JobKind, JobState, ReleaseReason, Submission};
use people_testkit::{TestTenant, new_pending_chunk, new_submission};

pub(super) async fn read_job(store: &TenantStore, id: &JobId, kind: JobKind) -> Job {
    store.read_job(id, &[kind]).await.unwrap().expect("the job exists")
}

#[tokio::test]
async fn a_job_is_of_its_tenant_kind_and_time() {
    let (test, other) = (TestTenant::new().await, TestTenant::new().await);
    let (store, kind) = (test.uncached_store(), JobKind::Bulk);
    let made = new_submission(kind);
    store.create_job(&made).await.unwrap();
    let job = read_job(&store, &made.id, kind).await;
    assert_eq!((job.state.clone(), job.chunks()), (JobState::Init { chunks: None }, None));
    assert_eq!(job.payload, made.payload);
    let others = [JobKind::Async, JobKind::Upload, JobKind::Delete];
    assert_eq!(store.read_job(&made.id, &others).await.unwrap(), None);
    assert_eq!(other.uncached_store().read_job(&made.id, &[kind]).await.unwrap(), None);
    let late = Submission { retention: Duration::ZERO, ..new_submission(kind) };
    store.create_job(&late).await.unwrap();
    assert_eq!(store.read_job(&late.id, &[kind]).await.unwrap(), None);
}

#[tokio::test]
async fn a_job_that_has_nothing_to_do_is_complete_at_once() {
    let store = TestTenant::new().await.uncached_store();
    for message in [None, Some("The payload is empty")] {
        let made = new_submission(JobKind::Bulk);
        store.create_completed_job(&made, message).await.unwrap();
        let job = read_job(&store, &made.id, JobKind::Bulk).await;
        let message = message.map(str::to_owned);
        let (counts, completed) = (JobCounts::default(), job.accepted.millis());
        let expected = JobState::Completed { chunks: 0, counts, message, completed, took_ms: 0 };
        assert_eq!(job.state, expected);
        assert!(!store.refuse_job(&made.id, Some("again")).await.unwrap());
    }
}

#[tokio::test]
async fn a_chunk_that_runs_twice_counts_once() {
    let store = TestTenant::new().await.uncached_store();
    let made = new_submission(JobKind::Async);
    store
        .create_planned_job(&made, &[new_pending_chunk(1), new_pending_chunk(2)], None)
        .await
        .unwrap();
    let accepted = read_job(&store, &made.id, made.kind).await;
    assert_eq!(accepted.state, JobState::Init { chunks: Some(2) });

    let first = store.acquire_lease(&accepted, 1, Duration::ZERO).await.unwrap();
    let again = store.acquire_lease(&accepted, 1, Duration::ZERO).await.unwrap();
    assert_eq!((first.stamp, first.settled), (again.stamp, None));
    let running = read_job(&store, &made.id, made.kind).await;
    assert_eq!(running.state, JobState::InProgress { chunks: 2 });

    let counts = JobCounts { success: 3, failure: 2, partial: 1, erased: 0 };
    store.settle_chunk(&running, 1, counts).await.unwrap();
    let late = JobCounts { success: 6, ..JobCounts::default() };
    store.settle_chunk(&running, 1, late).await.unwrap();
    assert_eq!(
        store.acquire_lease(&running, 1, Duration::ZERO).await.unwrap().settled,
        Some(counts)
    );
    for _ in 0..2 {
        store.delete_pending_chunk(&running, 1).await.unwrap();
        assert!(store.has_pending_chunks(&running).await.unwrap());
        assert_eq!(store.sum_chunks(&running).await.unwrap(), counts);
    }

    store.acquire_lease(&running, 2, Duration::ZERO).await.unwrap();
    store.settle_chunk(&running, 2, late).await.unwrap();
    store.delete_pending_chunk(&running, 2).await.unwrap();
    assert!(!store.has_pending_chunks(&running).await.unwrap());
    let sum = store.sum_chunks(&running).await.unwrap();
    assert_eq!(sum, counts.plus(late));
    assert!(store.complete_job(&running, sum).await.unwrap());
    assert!(!store.complete_job(&running, JobCounts::default()).await.unwrap());
    // A worker that read the job long ago does not reset its state.
    store.acquire_lease(&accepted, 2, Duration::ZERO).await.unwrap();
    let JobState::Completed { chunks, counts, message, .. } =
        read_job(&store, &made.id, made.kind).await.state
    else {
        panic!("the job is completed");
    };
    assert_eq!((chunks, counts, message), (2, sum, None));
}

#[tokio::test]
async fn the_first_upload_is_the_payload() {
    use people_storage::jobs::{ObjectVersion, UploadedObject};
    let store = TestTenant::new().await.uncached_store();
    let upload =
        || Submission { payload: None, expires: Some(1_000), ..new_submission(JobKind::Upload) };
    let made = upload();
    store.create_job(&made).await.unwrap();
    let awaited = read_job(&store, &made.id, made.kind).await;
    assert_eq!(awaited.state, JobState::Awaited { expires: 1_000 });
    let pin = |etag: &str, version: Option<&str>| UploadedObject {
        object_version: ObjectVersion {
            etag: etag.to_owned(),
            version: version.map(str::to_owned),
        },
        uploaded_at: 7_000,
    };
    let first = pin("a", Some("1"));
    assert!(store.pin_upload(&made.id, "upload/t/j", &first).await.unwrap());
    for (pin, same) in
        [(first.clone(), true), (pin("a", Some("2")), false), (pin("b", None), false)]
    {
        assert_eq!(store.pin_upload(&made.id, "upload/t/j", &pin).await.unwrap(), same);
    }
    let pinned = read_job(&store, &made.id, made.kind).await;
    assert_eq!(
        (pinned.state, pinned.payload_version),
        (JobState::Init { chunks: None }, Some(first.object_version))
    );
    assert_eq!(
        pinned.acceptance.uploaded.map(people_domain::ids::stamp::Stamp::millis),
        Some(7_000)
    );
    assert!(!store.refuse_job_without_payload(&made.id, "too late").await.unwrap());

    let unused = upload();
    store.create_job(&unused).await.unwrap();
    assert!(store.refuse_job_without_payload(&unused.id, "nothing came").await.unwrap());
    assert!(!store.pin_upload(&unused.id, "upload/t/j", &pin("a", None)).await.unwrap());
    let nobody = new_submission(JobKind::Upload).id;
    assert!(!store.pin_upload(&nobody, "upload/t/j", &pin("a", None)).await.unwrap());
}

#[tokio::test]
async fn a_chunk_is_one_workers_until_it_is_given_back_settled_or_too_late() {
    const LONG: Duration = Duration::from_secs(60);
    let store = TestTenant::new().await.uncached_store();
    let made = new_submission(JobKind::Async);
    store.create_planned_job(&made, &[new_pending_chunk(1)], None).await.unwrap();
    let job = read_job(&store, &made.id, made.kind).await;
    let first = store.acquire_lease(&job, 1, LONG).await.unwrap();
    let error = store.acquire_lease(&job, 1, LONG).await.unwrap_err();
    assert!(error.is_retryable(), "{error}");

    store.release_lease(&job, &first, ReleaseReason::StoreUnavailable).await.unwrap();
    let second = store.acquire_lease(&job, 1, LONG).await.unwrap();
    assert_eq!(second.stamp, first.stamp);
    // A worker that lost its lease can't release the chunk.
    store.release_lease(&job, &first, ReleaseReason::StoreUnavailable).await.unwrap();
    store.acquire_lease(&job, 1, LONG).await.unwrap_err();

    let third = store.acquire_lease(&job, 1, Duration::ZERO).await.unwrap();
    assert_eq!(third.settled, None);
    let counts = JobCounts { success: 1, ..JobCounts::default() };
    store.settle_chunk(&job, 1, counts).await.unwrap();
    assert_eq!(store.acquire_lease(&job, 1, LONG).await.unwrap().settled, Some(counts));
}
