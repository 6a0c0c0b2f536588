//! Apply: the rows of one chunk are written as people. A failure of the store is no row's outcome:
//! the chunk stays as it is and is delivered again (ADR 27).

use std::time::{Duration, Instant};

use people_storage::jobs::{JobCounts, JobKind};
use people_storage::{TenantStore, failpoint};

use crate::chunk_run::{ChunkRun, ChunkStep};
use crate::message::ChunkMessage;
use crate::rows::{self, AppliedChunk};
use crate::{Jobs, Result, StepOutcome, object_keys};

const UPSERT_JOB_KINDS: [JobKind; 3] = [JobKind::Async, JobKind::Bulk, JobKind::Upload];

/// A worker continues with the next part of a chain while it has at least this long: a part takes a
/// fraction of it unless the store is slow.
const CHUNK_TIME_MIN: Duration = Duration::from_secs(40);

/// How a message came to the worker.
#[derive(Debug, Clone, Copy)]
pub struct Delivery {
    /// Which delivery of the message this is, from 1.
    pub receive_count: u32,
    /// When the worker has to be done with it.
    pub deadline: Instant,
}

impl Delivery {
    fn has_time(self) -> bool {
        self.deadline.saturating_duration_since(Instant::now()) >= CHUNK_TIME_MIN
    }
}

impl Jobs {
    /// Applies a chunk, and the parts of its chain after it while there is time. Of a chunk that is
    /// settled it does the work that is left after that.
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
        let ChunkStep { outcome, mut next } = self.apply_chunk(store, message, delivery).await?;
        while let Some(part) = next
            && delivery.has_time()
        {
            let first_delivery = Delivery { receive_count: 1, ..delivery };
            let step = self.apply_chunk(store, &part, first_delivery).await;
            next = step.ok().and_then(|step| step.next);
        }
        Ok(outcome)
    }

    async fn apply_chunk(
        &self,
        store: &TenantStore,
        message: &ChunkMessage,
        delivery: Delivery,
    ) -> Result<ChunkStep> {
        self.run_chunk(store, message, &UPSERT_JOB_KINDS, async |run| run.apply(delivery).await)
            .await
    }
}

impl ChunkRun<'_> {
    async fn apply(&self, delivery: Delivery) -> Result<ChunkStep> {
        failpoint("apply.begun");
        let (outcome, counts) = match self.lease.settled {
            Some(counts) => ("settled before", counts),
            None if self.is_given_up() => ("given up", self.fail_remaining_rows().await?),
            None => ("applied", self.apply_rows(delivery.receive_count).await?),
        };
        let next = self.settle(counts, delivery.has_time()).await?;
        Ok(ChunkStep { outcome, next })
    }

    async fn apply_rows(&self, receive_count: u32) -> Result<JobCounts> {
        let applied = self.ingest_rows(&self.read_input().await?, receive_count).await?;
        failpoint("apply.rows");
        let counts = self.put_results(applied).await?;
        failpoint("apply.result");
        Ok(counts)
    }

    /// Ends the rows of a chunk that can't be applied: those that earlier attempts wrote end as
    /// they did, the others fail.
    pub(crate) async fn fail_remaining_rows(&self) -> Result<JobCounts> {
        let applied = if self.has_exhausted_attempts() {
            rows::fail_all_rows(self.job.kind, &self.read_row_numbers().await?)
        } else {
            failpoint("dead.look");
            self.inspect_rows(&self.read_input().await?).await?
        };
        let counts = self.put_results(applied).await?;
        failpoint("dead.result");
        Ok(counts)
    }

    async fn put_results(
        &self,
        AppliedChunk { counts, document }: AppliedChunk,
    ) -> Result<JobCounts> {
        let ChunkMessage { tenant, chunk, .. } = self.message;
        let key = object_keys::result_key(tenant, &self.job.id, *chunk);
        self.jobs.bucket.put_object(&key, document.to_string().into()).await?;
        Ok(counts)
    }
}
