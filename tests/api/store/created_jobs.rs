//! A job is created once, with its line in the list of jobs, though the answer of the store is lost
//! or the store is busy.

use std::sync::Arc;

use people_storage::jobs::{JobKind, JobListQuery, JobStatus, Submission};
use people_storage::{Result, TenantStore};
use people_testkit::{TestTenant, new_pending_chunk, new_submission};

use super::proxy::{Proxy, Throttle};

const WRITE: &str = "TransactWriteItems";

/// The ways to create a job.
#[derive(Debug, Clone, Copy)]
enum Creation {
    ToSplit,
    Planned,
    Completed,
}

const CREATIONS: [Creation; 3] = [Creation::ToSplit, Creation::Planned, Creation::Completed];

async fn create_job(store: &TenantStore, made: &Submission, creation: Creation) -> Result<()> {
    match creation {
        Creation::ToSplit => store.create_job(made).await,
        Creation::Planned => store.create_planned_job(made, &[new_pending_chunk(1)], None).await,
        Creation::Completed => store.create_completed_job(made, Some("no")).await,
    }
}

/// The numbers of listed jobs, and of those that are completed.
async fn count_jobs(test: &TestTenant) -> (usize, usize) {
    let query = JobListQuery { state: None, limit: 100, cursor: None };
    let jobs = test.uncached_store().list_jobs(&query).await.unwrap().jobs;
    let completed = jobs.iter().filter(|job| job.state.status() == JobStatus::Completed);
    (jobs.len(), completed.count())
}

#[tokio::test]
async fn a_creation_whose_answer_is_lost_succeeds_and_creates_one_job() {
    for creation in CREATIONS {
        let test = TestTenant::new().await;
        let proxy = Proxy::new(Throttle::Answer(WRITE));
        let store = Arc::clone(&proxy).start().await.for_tenant(test.tenant.clone());
        let made = new_submission(JobKind::Bulk);
        create_job(&store, &made, creation).await.unwrap();
        assert!(proxy.throttled() > 0, "{creation:?}");
        let completed = usize::from(matches!(creation, Creation::Completed));
        assert_eq!(count_jobs(&test).await, (1, completed), "{creation:?}");
    }
}

/// A network may deliver a packet twice, the second time when the job has gone on.
#[tokio::test]
async fn a_creation_that_arrives_again_does_not_reset_its_job() {
    for creation in CREATIONS {
        let test = TestTenant::new().await;
        let proxy = Proxy::new(Throttle::Nothing);
        let store = Arc::clone(&proxy).start().await.for_tenant(test.tenant.clone());
        let made = new_submission(JobKind::Bulk);
        create_job(&store, &made, creation).await.unwrap();
        if let Creation::ToSplit = creation {
            assert!(test.uncached_store().refuse_job(&made.id, Some("no")).await.unwrap());
        }
        let before = count_jobs(&test).await;
        assert_eq!(proxy.repeat(&[WRITE]).await, 1);
        assert_eq!(count_jobs(&test).await, before, "{creation:?}");
    }
}

#[tokio::test]
async fn a_creation_that_the_store_refuses_leaves_no_line() {
    for creation in CREATIONS {
        let test = TestTenant::new().await;
        let store = Proxy::new(Throttle::Operation(WRITE)).start().await;
        let store = store.for_tenant(test.tenant.clone());
        let made = new_submission(JobKind::Bulk);
        let error = create_job(&store, &made, creation).await.unwrap_err();
        assert!(error.is_retryable(), "{error}");
        assert_eq!(count_jobs(&test).await, (0, 0), "{creation:?}");
    }
}
