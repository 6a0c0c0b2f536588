//! The frame of every step at a chunk: its job is read, the chunk is leased, and a step that fails
//! releases the lease (ADR 20).

use people_storage::TenantStore;
use people_storage::jobs::{ChunkLease, Job, JobKind, JobState, ReleaseReason};

use crate::message::ChunkMessage;
use crate::{Jobs, Result, StepOutcome};

/// One worker's run of one chunk, which it has leased.
#[derive(Debug)]
pub(crate) struct ChunkRun<'a> {
    pub(crate) jobs: &'a Jobs,
    pub(crate) store: &'a TenantStore,
    pub(crate) message: &'a ChunkMessage,
    pub(crate) job: Job,
    pub(crate) lease: ChunkLease,
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct ChunkStep {
    pub(crate) outcome: StepOutcome,
    /// The next part of the chunk's chain, once that may be applied.
    pub(crate) next: Option<ChunkMessage>,
}

/// Attempts that only inspect what earlier ones wrote, once so many have died that the rows are
/// given up. A row that kills every worker kills the inspecting one too; after that all rows fail
/// without an inspection.
const INSPECTIONS_MAX: u32 = 3;

impl Jobs {
    /// Runs `work` at a leased chunk of a job of one of these kinds. A chunk that needs no work any
    /// more is not leased; the outcome then says why.
    pub(crate) async fn run_chunk<'a>(
        &'a self,
        store: &'a TenantStore,
        message: &'a ChunkMessage,
        kinds: &[JobKind],
        work: impl AsyncFnOnce(&ChunkRun<'a>) -> Result<ChunkStep>,
    ) -> Result<ChunkStep> {
        let skip = |outcome| Ok(ChunkStep { outcome, next: None });
        let Some(job) = store.read_job(&message.job, kinds).await? else { return skip("gone") };
        match (&job.state, job.chunks()) {
            (JobState::Completed { .. }, _) => return skip("completed before"),
            (_, Some(chunks)) if message.chunk <= chunks => {}
            // A chunk of a plan that was not made in the end.
            _ => return skip("not planned"),
        }
        let lease = store.acquire_lease(&job, message.chunk, self.config.lease).await?;
        let run = ChunkRun { jobs: self, store, message, job, lease };
        let result = work(&run).await;
        if let Err(error) = &result {
            let reason = if error.is_retryable() {
                ReleaseReason::StoreUnavailable
            } else {
                ReleaseReason::AttemptFailed
            };
            // If this fails too, the next worker waits for the end of the lease, as after a crash.
            _ = store.release_lease(&run.job, &run.lease, reason).await;
        }
        result
    }
}

impl ChunkRun<'_> {
    /// Whether so many attempts died that the rows are given up.
    pub(crate) fn is_given_up(&self) -> bool {
        self.lease.lost_attempts >= self.jobs.config.deaths_max
    }

    /// Whether the attempts that only inspect died as well.
    pub(crate) fn has_exhausted_attempts(&self) -> bool {
        self.lease.lost_attempts >= self.jobs.config.deaths_max + INSPECTIONS_MAX
    }
}
