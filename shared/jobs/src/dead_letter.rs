//! Dead letters: work that kept failing is settled as far as it came, so that no job hangs.

use people_storage::jobs::{ChunkLease, Job, JobId, JobKind, JobState};
use people_storage::{Result, TenantStore};

use crate::message::ChunkMessage;
use crate::settle::{read_open_job, release_on_error};
use crate::split::SPLIT_JOB_KINDS;
use crate::{Jobs, StepOutcome};

const ALL_JOB_KINDS: [JobKind; 4] =
    [JobKind::Async, JobKind::Bulk, JobKind::Upload, JobKind::Delete];

/// What the caller is told of a payload that could not be split, though nothing is known to be
/// wrong with it.
const UNEXPECTED_ERROR_MESSAGE: &str = "Oops, something went wrong";

impl Jobs {
    /// Ends a job that was not split. One that was, and of which only the sending failed, goes on.
    ///
    /// # Errors
    /// When the store or a queue fails.
    pub async fn settle_dead_split(&self, store: &TenantStore, id: &JobId) -> Result<StepOutcome> {
        let Some(job) = store.read_job(id, &SPLIT_JOB_KINDS).await? else { return Ok("gone") };
        match (&job.state, job.chunks()) {
            (JobState::Completed { .. }, _) => Ok("completed before"),
            (_, Some(_)) => self.split_payload(store, id).await,
            (_, None) => {
                // A splitter that is only slow may plan it now; then it is no dead letter.
                let ended = store.refuse_job(id, Some(UNEXPECTED_ERROR_MESSAGE)).await?;
                Ok(if ended { "ended" } else { "planned meanwhile" })
            }
        }
    }

    /// Settles a chunk with what was done of it; the rest of its rows fail. People that a delete has
    /// not erased yet are erased: a delete goes on until it is done.
    ///
    /// # Errors
    /// When the store, the bucket or a queue fails.
    pub async fn settle_dead_chunk(
        &self,
        store: &TenantStore,
        message: &ChunkMessage,
    ) -> Result<StepOutcome> {
        let job = match read_open_job(store, message, &ALL_JOB_KINDS).await? {
            Ok(job) => job,
            Err(outcome) => return Ok(outcome),
        };
        if job.kind == JobKind::Delete {
            return self.erase_chunk(store, message).await;
        }
        let begun = store.acquire_lease(&job, message.chunk, self.config.lease).await?;
        let done = self.fail_leased_chunk(store, &job, message, &begun).await;
        release_on_error(store, &job, &begun, done).await
    }

    async fn fail_leased_chunk(
        &self,
        store: &TenantStore,
        job: &Job,
        message: &ChunkMessage,
        begun: &ChunkLease,
    ) -> Result<StepOutcome> {
        let counts = match begun.settled {
            Some(counts) => counts,
            None => self.fail_remaining_rows(store, job, message, begun).await?,
        };
        self.settle_chunk(store, job, message, begun, counts, false).await?;
        Ok("settled")
    }
}
