//! Dead letters: work that kept failing is settled as far as it came, so that no job hangs.

use people_storage::job::{Begun, Counts, Job, JobId, JobKind, JobState};
use people_storage::{Result, StoreError, TenantStore, point};

use crate::input::{self, Input};
use crate::message::{Arrival, ChunkMessage};
use crate::rows::{self, Applied};
use crate::settle::{given_back, job_of, settle};
use crate::split::SPLIT;
use crate::{Jobs, Outcome, objects};

const ANY: [JobKind; 4] = [JobKind::Async, JobKind::Bulk, JobKind::Upload, JobKind::Delete];

/// What the caller is told of a payload that could not be split, though nothing is known to be
/// wrong with it.
const FAILED: &str = "Oops, something went wrong";

/// How often rows that could not be applied are looked at. What kills every worker kills the one
/// that looks too; after that all of them fail unseen.
const LOOKS: u32 = 3;

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

    /// The same for an upload; of one that came later than the first, nothing depends.
    ///
    /// # Errors
    /// When the store or a queue fails.
    pub async fn end_arrival(&self, store: &TenantStore, arrival: &Arrival) -> Result<Outcome> {
        let job = store.job(&arrival.job, &SPLIT).await?;
        let pinned = job.and_then(|job| job.pin);
        match pinned.is_some_and(|pin| pin != arrival.pin) {
            true => Ok("not the first"),
            false => self.end_split(store, &arrival.job).await,
        }
    }

    /// Settles a chunk with what was done of it; the rest of its rows fail.
    ///
    /// # Errors
    /// When the store, the bucket or a queue fails.
    pub async fn end_chunk(&self, store: &TenantStore, message: &ChunkMessage) -> Result<Outcome> {
        let job = match job_of(store, message, &ANY).await? {
            Ok(job) => job,
            Err(outcome) => return Ok(outcome),
        };
        let begun = store.begin_look(&job, message.chunk, self.config.lease).await?;
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
        let counts = match (begun.settled, job.kind) {
            (Some(counts), _) => counts,
            (None, JobKind::Delete) => erased(store, job, begun).await?,
            (None, _) => self.give_up(store, job, message, begun).await?,
        };
        settle(&self.queues, store, job, message, begun, counts).await?;
        Ok("settled")
    }

    async fn give_up(
        &self,
        store: &TenantStore,
        job: &Job,
        message: &ChunkMessage,
        begun: &Begun,
    ) -> Result<Counts> {
        let looked = match begun.looks {
            1..=LOOKS => self.look(store, job, message, begun).await,
            _ => Err(StoreError::Unexpected("rows that nothing survives".to_owned())),
        };
        let Applied { counts, document } = match looked {
            Err(error) if !error.retryable() => {
                let rows = store.todo(job, message.chunk).await?.map_or(0, |todo| todo.rows);
                rows::lost(job.kind, &input::numbers(&self.bucket, job, message, rows).await?)
            }
            other => other?,
        };
        let key = objects::result(&message.tenant, &job.id, message.chunk);
        self.bucket.put(&key, document.to_string().into()).await?;
        point("dead.result");
        Ok(counts)
    }
}

impl Jobs {
    /// What earlier attempts did with the rows.
    async fn look(
        &self,
        store: &TenantStore,
        job: &Job,
        message: &ChunkMessage,
        begun: &Begun,
    ) -> Result<Applied> {
        point("dead.look");
        let Input { rows, lookups } = input::read(&self.bucket, job, message).await?;
        rows::give_up(store, job, &rows, &lookups, begun).await
    }
}

async fn erased(store: &TenantStore, job: &Job, begun: &Begun) -> Result<Counts> {
    let found = begun.found.as_deref().unwrap_or_default();
    let erased = store.erased_people(found, &job.id).await?;
    Ok(Counts { erased, ..Counts::default() })
}
