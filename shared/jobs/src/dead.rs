//! Dead letters: work that kept failing is settled as far as it came, so that no job hangs.

use people_storage::jobs::{Begun, Job, JobId, JobKind, JobState};
use people_storage::{Result, TenantStore};

use crate::message::ChunkMessage;
use crate::settle::{given_back, job_of};
use crate::split::SPLIT;
use crate::{Jobs, Outcome};

const ANY: [JobKind; 4] = [JobKind::Async, JobKind::Bulk, JobKind::Upload, JobKind::Delete];

/// What the caller is told of a payload that could not be split, though nothing is known to be
/// wrong with it.
const FAILED: &str = "Oops, something went wrong";

impl Jobs {
    /// Ends a job that was not split. One that was, and of which only the sending failed, goes on.
    ///
    /// # Errors
    /// When the store or a queue fails.
    pub async fn end_split(&self, store: &TenantStore, id: &JobId) -> Result<Outcome> {
        let Some(job) = store.job(id, &SPLIT).await? else { return Ok("gone") };
        match (&job.state, job.chunks()) {
            (JobState::Completed { .. }, _) => Ok("completed before"),
            (_, Some(_)) => self.split(store, id).await,
            (_, None) => {
                // A splitter that is only slow may plan it now; then it is no dead letter.
                let ended = store.refuse_job(id, Some(FAILED)).await?;
                Ok(if ended { "ended" } else { "planned meanwhile" })
            }
        }
    }

    /// Settles a chunk with what was done of it; the rest of its rows fail. People that a delete has
    /// not erased yet are erased: a delete goes on until it is done.
    ///
    /// # Errors
    /// When the store, the bucket or a queue fails.
    pub async fn end_chunk(&self, store: &TenantStore, message: &ChunkMessage) -> Result<Outcome> {
        let job = match job_of(store, message, &ANY).await? {
            Ok(job) => job,
            Err(outcome) => return Ok(outcome),
        };
        if job.kind == JobKind::Delete {
            return self.erase(store, message).await;
        }
        let begun = store.begin_chunk(&job, message.chunk, self.config.lease).await?;
        let done = self.end_begun(store, &job, message, &begun).await;
        given_back(store, &job, &begun, done).await
    }

    async fn end_begun(
        &self,
        store: &TenantStore,
        job: &Job,
        message: &ChunkMessage,
        begun: &Begun,
    ) -> Result<Outcome> {
        let counts = match begun.settled {
            Some(counts) => counts,
            None => self.give_up_rows(store, job, message, begun).await?,
        };
        self.settle(store, job, message, begun, counts, false).await?;
        Ok("settled")
    }
}
