//! Creates jobs of one chunk and erases people directly in the store.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use people_domain::ids::gsid::Gsid;
use people_storage::jobs::{Job, JobId, JobKind, PendingChunk, Submission};
use people_storage::{ApplyMode, ErasureContext, ErasureTarget, JobContext};

use crate::TestTenant;

const JOB_RETENTION: Duration = Duration::from_secs(7 * 86_400);

/// A submission for a test; its id is new within the process.
#[must_use]
pub fn new_submission(kind: JobKind) -> Submission {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let n = NEXT.fetch_add(1, Ordering::Relaxed);
    let id = JobId::parse(&format!("0199c0de-0000-7000-8000-{n:012x}")).expect("an id");
    let payload = Some("payload/t/j".to_owned());
    Submission { id, kind, payload, expires: None, erasures: None, retention: JOB_RETENTION }
}

/// A submission whose payload may be uploaded until `expires`, in milliseconds since 1970.
#[must_use]
pub fn new_upload_submission(expires: i64) -> Submission {
    Submission { payload: None, expires: Some(expires), ..new_submission(JobKind::Upload) }
}

/// The pending chunk marker of a chunk of one row.
#[must_use]
pub fn new_pending_chunk(chunk: u32) -> PendingChunk {
    let plan = Some((u64::from(chunk), u64::from(chunk) + 1));
    PendingChunk { chunk, plan, rows: 1, after: None, next: None }
}

impl TestTenant {
    /// Creates a job of one chunk, accepted now.
    pub async fn create_job(&self, kind: JobKind) -> Job {
        let store = self.uncached_store();
        let erasures = Some(store.read_erasure_count().await.expect("the store works"));
        let submission = Submission { erasures, ..new_submission(kind) };
        store
            .create_planned_job(&submission, &[new_pending_chunk(1)], None)
            .await
            .expect("the store works");
        let job = store.read_job(&submission.id, &[kind]).await.expect("the store works");
        job.expect("the job is there")
    }

    /// Leases the chunk of a job, even if another worker has leased it.
    pub async fn begin_chunk(&self, job: &Job, mode: ApplyMode) -> JobContext {
        let lease = self
            .uncached_store()
            .acquire_lease(job, 1, Duration::ZERO)
            .await
            .expect("the store works");
        JobContext {
            chunk: lease.chunk_context(&job.id),
            accepted: job.acceptance,
            in_flight: 4,
            mode,
        }
    }

    /// Finds the people that these GSIDs name.
    pub async fn find_people(&self, gsids: &[Gsid]) -> Vec<ErasureTarget> {
        self.uncached_store().find_erasure_targets(gsids).await.expect("the store works")
    }

    /// Erases people for a job and returns how many it has erased.
    pub async fn erase_people(&self, found: &[ErasureTarget], job: &JobId) -> u64 {
        let store = self.uncached_store();
        let number = store.increment_erasure_count().await.expect("the store works");
        let by = ErasureContext { job: job.clone(), number };
        store.erase_people(found, &by).await.expect("the store works")
    }

    /// Erases one person, who must exist, in a new job.
    pub async fn erase_person(&self, gsid: &str) {
        let found = self.find_people(&[Gsid::parse(gsid).expect("a GSID")]).await;
        assert_eq!(self.erase_people(&found, &new_submission(JobKind::Delete).id).await, 1);
    }
}
