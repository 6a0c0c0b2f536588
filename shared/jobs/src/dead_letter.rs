//! Dead letters: a message that kept failing settles its work as far as that came, so that no job
//! hangs (ADR 22).

use people_storage::TenantStore;
use people_storage::jobs::{JobId, JobKind, JobState};

use crate::chunk_run::{ChunkRun, ChunkStep};
use crate::message::ChunkMessage;
use crate::split::SPLIT_JOB_KINDS;
use crate::{Jobs, Result, StepOutcome};

const ALL_JOB_KINDS: [JobKind; 4] =
    [JobKind::Async, JobKind::Bulk, JobKind::Upload, JobKind::Delete];

/// The message of a job whose payload could not be split, though nothing wrong is known of it.
const UNEXPECTED_ERROR_MESSAGE: &str = "Oops, something went wrong";

impl Jobs {
    /// Ends a job that was not split. A job that was split, and of which only the sending failed,
    /// is sent again.
    pub async fn settle_dead_split(&self, store: &TenantStore, id: &JobId) -> Result<StepOutcome> {
        let Some(job) = store.read_job(id, &SPLIT_JOB_KINDS).await? else { return Ok("gone") };
        match (&job.state, job.chunks()) {
            (JobState::Completed { .. }, _) => Ok("completed before"),
            (_, Some(_)) => self.split_payload(store, id).await,
            (_, None) => {
                // A splitter that is only slow may plan the job now; then this is no dead letter.
                let is_ended = store.refuse_job(id, Some(UNEXPECTED_ERROR_MESSAGE)).await?;
                Ok(if is_ended { "ended" } else { "planned meanwhile" })
            }
        }
    }

    /// Settles a chunk with the rows that were written; the others fail. People that a delete has
    /// not erased yet are erased: a delete is repeated until it is done.
    pub async fn settle_dead_chunk(
        &self,
        store: &TenantStore,
        message: &ChunkMessage,
    ) -> Result<StepOutcome> {
        let step = self.run_chunk(store, message, &ALL_JOB_KINDS, ChunkRun::settle_dead).await?;
        Ok(step.outcome)
    }
}

impl ChunkRun<'_> {
    async fn settle_dead(&self) -> Result<ChunkStep> {
        if self.job.kind == JobKind::Delete {
            return self.erase().await;
        }
        let counts = match self.lease.settled {
            Some(counts) => counts,
            None => self.fail_remaining_rows().await?,
        };
        let next = self.settle(counts, false).await?;
        Ok(ChunkStep { outcome: "settled", next })
    }
}
