//! Apply: the rows of one chunk go into people. Trouble of the store is no row's outcome: the
//! chunk stays as it is and is delivered again.

use std::time::{Duration, Instant};

use people_storage::jobs::{ChunkLease, Job, JobCounts};
use people_storage::{Result, TenantStore, failpoint};

use crate::input::{self, ChunkInput};
use crate::message::ChunkMessage;
use crate::rows::{self, AppliedChunk};
use crate::settle::{UPSERT_JOB_KINDS, read_open_job, release_on_error};
use crate::{Jobs, StepOutcome, object_keys};

/// Attempts that only look at what earlier ones did, once so many have died that the rows are given
/// up. What kills every worker kills the one that looks too; after that all rows fail unseen.
pub(crate) const INSPECTIONS_MAX: u32 = 3;

/// A worker goes on with the next part of a chain while it has at least this long: a part takes a
/// fraction of it unless the store is in trouble.
const CHUNK_TIME_MIN: Duration = Duration::from_secs(40);

/// How a message came to the worker.
#[derive(Debug, Clone, Copy)]
pub struct Delivery {
    /// Which delivery of the message this is, from 1.
    pub receive_count: u32,
    /// When the worker has to be done with it.
    pub deadline: Instant,
}

/// The task of a delivery of a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ChunkTask {
    Apply,
    Inspect,
    FailRemaining,
}

impl Jobs {
    /// Applies a chunk, and the parts of its chain after it while there is time; of one that is
    /// settled, does what is left to do after it.
    ///
    /// # Errors
    /// When the store, the bucket or a queue fails for the chunk itself: a later part has a message
    /// of its own.
    pub async fn apply_chunk_chain(
        &self,
        store: &TenantStore,
        message: &ChunkMessage,
        delivery: Delivery,
    ) -> Result<StepOutcome> {
        let (outcome, mut next) = self.apply_chunk(store, message, delivery).await?;
        while let Some(part) = next
            && self.has_time(delivery)
        {
            let again = Delivery { receive_count: 1, ..delivery };
            next = match self.apply_chunk(store, &part, again).await {
                Ok((_, next)) => next,
                Err(_) => None,
            };
        }
        Ok(outcome)
    }

    pub(crate) fn has_time(&self, delivery: Delivery) -> bool {
        delivery.deadline.saturating_duration_since(Instant::now()) >= CHUNK_TIME_MIN
    }

    /// Applies one part; the next one of its chain, once it may go.
    async fn apply_chunk(
        &self,
        store: &TenantStore,
        message: &ChunkMessage,
        delivery: Delivery,
    ) -> Result<(StepOutcome, Option<ChunkMessage>)> {
        let job = match read_open_job(store, message, &UPSERT_JOB_KINDS).await? {
            Ok(job) => job,
            Err(outcome) => return Ok((outcome, None)),
        };
        let begun = store.acquire_lease(&job, message.chunk, self.config.lease).await?;
        failpoint("apply.begun");
        let done = self.apply_leased_chunk(store, &job, message, &begun, delivery).await;
        release_on_error(store, &job, &begun, done).await
    }

    async fn apply_leased_chunk(
        &self,
        store: &TenantStore,
        job: &Job,
        message: &ChunkMessage,
        begun: &ChunkLease,
        delivery: Delivery,
    ) -> Result<(StepOutcome, Option<ChunkMessage>)> {
        let task = match begun.lost_attempts {
            deaths if deaths < self.config.deaths_max => ChunkTask::Apply,
            deaths if deaths < self.config.deaths_max + INSPECTIONS_MAX => ChunkTask::Inspect,
            _ => ChunkTask::FailRemaining,
        };
        let (outcome, counts) = match (begun.settled, task) {
            (Some(counts), _) => ("settled before", counts),
            (None, ChunkTask::Apply) => {
                let ChunkInput { rows, lookups } =
                    input::read_chunk_input(self, job, message).await?;
                let received = delivery.receive_count;
                let applied =
                    rows::apply_rows(store, job, &rows, &lookups, begun, received).await?;
                failpoint("apply.rows");
                let counts = self.put_results(job, message, applied).await?;
                failpoint("apply.result");
                ("applied", counts)
            }
            (None, task) => {
                ("given up", self.give_up_chunk(store, job, message, begun, task).await?)
            }
        };
        let goes_on = self.has_time(delivery);
        let next = self.settle_chunk(store, job, message, begun, counts, goes_on).await?;
        Ok((outcome, next))
    }

    /// Ends the rows of a chunk that can't be applied: those that earlier attempts wrote end as they
    /// did, the others fail.
    pub(crate) async fn fail_remaining_rows(
        &self,
        store: &TenantStore,
        job: &Job,
        message: &ChunkMessage,
        begun: &ChunkLease,
    ) -> Result<JobCounts> {
        let looks = begun.lost_attempts < self.config.deaths_max + INSPECTIONS_MAX;
        let task = if looks { ChunkTask::Inspect } else { ChunkTask::FailRemaining };
        self.give_up_chunk(store, job, message, begun, task).await
    }

    async fn give_up_chunk(
        &self,
        store: &TenantStore,
        job: &Job,
        message: &ChunkMessage,
        begun: &ChunkLease,
        task: ChunkTask,
    ) -> Result<JobCounts> {
        let applied = match task {
            ChunkTask::FailRemaining => {
                let rows =
                    store.read_pending_chunk(job, message.chunk).await?.map_or(0, |todo| todo.rows);
                rows::fail_all_rows(
                    job.kind,
                    &input::read_row_numbers(self, job, message, rows).await?,
                )
            }
            ChunkTask::Apply | ChunkTask::Inspect => {
                failpoint("dead.look");
                let ChunkInput { rows, lookups } =
                    input::read_chunk_input(self, job, message).await?;
                rows::inspect_rows(store, job, &rows, &lookups, begun).await?
            }
        };
        let counts = self.put_results(job, message, applied).await?;
        failpoint("dead.result");
        Ok(counts)
    }

    async fn put_results(
        &self,
        job: &Job,
        message: &ChunkMessage,
        AppliedChunk { counts, document }: AppliedChunk,
    ) -> Result<JobCounts> {
        let key = object_keys::result_key(&message.tenant, &job.id, message.chunk);
        self.bucket.put_object(&key, document.to_string().into()).await?;
        Ok(counts)
    }
}
