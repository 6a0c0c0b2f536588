//! Jobs of one chunk, made straight in the store, and erasures.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use people_domain::ids::gsid::Gsid;
use people_storage::jobs::{Job, JobId, JobKind, Submission, Todo};
use people_storage::{ErasedBy, Found, JobRun, Mode};

use crate::TestTenant;

/// How long a job of a test is kept.
const WEEK: Duration = Duration::from_secs(7 * 86_400);

/// A submission for a test; its id is new within the process.
///
/// # Panics
/// Never: the id is well-formed.
#[must_use]
pub fn submission(kind: JobKind) -> Submission {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let n = NEXT.fetch_add(1, Ordering::Relaxed);
    let id = JobId::parse(&format!("0199c0de-0000-7000-8000-{n:012x}")).expect("an id");
    let payload = Some("payload/t/j".to_owned());
    Submission { id, kind, payload, expires: None, erasures: None, keep: WEEK }
}

/// The marker of a chunk of one row.
#[must_use]
pub fn todo(chunk: u32) -> Todo {
    let plan = Some((u64::from(chunk), u64::from(chunk) + 1));
    Todo { chunk, plan, rows: 1, after: None, next: None }
}

impl TestTenant {
    /// A job of one chunk, accepted now.
    ///
    /// # Panics
    /// When the store fails.
    pub async fn job(&self, kind: JobKind) -> Job {
        let store = self.cold();
        let erasures = Some(store.erasures().await.expect("the store works"));
        let made = Submission { erasures, ..submission(kind) };
        store.create_planned_job(&made, &[todo(1)], None).await.expect("the store works");
        let job = store.job(&made.id, &[kind]).await.expect("the store works");
        job.expect("the job is there")
    }

    /// Begins the chunk of a job, whoever has it.
    ///
    /// # Panics
    /// When the store fails.
    pub async fn begin(&self, job: &Job, mode: Mode) -> JobRun {
        let begun = self.cold().begin_chunk(job, 1, Duration::ZERO).await.expect("the store works");
        JobRun { chunk: begun.run_of(&job.id), accepted: job.acceptance, in_flight: 4, mode }
    }

    /// Those of these ids that name people.
    ///
    /// # Panics
    /// When the store fails.
    pub async fn found(&self, gsids: &[Gsid]) -> Vec<Found> {
        self.cold().find_people(gsids).await.expect("the store works")
    }

    /// Erases people for a job; how many the job has erased.
    ///
    /// # Panics
    /// When the store fails.
    pub async fn erase(&self, found: &[Found], job: &JobId) -> u64 {
        let store = self.cold();
        let number = store.begin_erasure().await.expect("the store works");
        let by = ErasedBy { job: job.clone(), number };
        store.erase_people(found, &by).await.expect("the store works")
    }

    /// Erases one person for a job of its own.
    ///
    /// # Panics
    /// When the store fails, or there is nobody.
    pub async fn erase_one(&self, gsid: &str) {
        let found = self.found(&[Gsid::parse(gsid).expect("a GSID")]).await;
        assert_eq!(self.erase(&found, &submission(JobKind::Delete).id).await, 1);
    }
}
