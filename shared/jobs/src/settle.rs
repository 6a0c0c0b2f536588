//! Settle: a chunk has ended. Each step may run again; nothing is counted up by many, and the
//! last marker that goes completes the job.

use std::time::Duration;

use people_storage::jobs::{ChunkLease, Job, JobCounts, JobKind, JobState, ReleaseReason};
use people_storage::{Result, TenantStore, failpoint};

use crate::message::ChunkMessage;
use crate::queue::JobQueue;
use crate::{Jobs, StepOutcome};

/// All kinds of jobs that have chunks to apply.
pub(crate) const UPSERT_JOB_KINDS: [JobKind; 3] = [JobKind::Async, JobKind::Bulk, JobKind::Upload];

/// The job of a chunk that may still have to be done; otherwise why there is nothing to do.
pub(crate) async fn read_open_job(
    store: &TenantStore,
    message: &ChunkMessage,
    kinds: &[JobKind],
) -> Result<std::result::Result<Job, StepOutcome>> {
    let Some(job) = store.read_job(&message.job, kinds).await? else { return Ok(Err("gone")) };
    Ok(match (&job.state, job.chunks()) {
        (JobState::Completed { .. }, _) => Err("completed before"),
        (_, Some(chunks)) if message.chunk <= chunks => Ok(job),
        // A chunk of a plan that was not made in the end.
        _ => Err("not planned"),
    })
}

/// How the work at a chunk ended; what failed gives the chunk back.
pub(crate) async fn release_on_error<T>(
    store: &TenantStore,
    job: &Job,
    begun: &ChunkLease,
    done: Result<T>,
) -> Result<T> {
    if let Err(error) = &done {
        let why = if error.is_retryable() {
            ReleaseReason::StoreUnavailable
        } else {
            ReleaseReason::AttemptFailed
        };
        // Without it the next worker waits for the end of the lease, as after a crash.
        _ = store.release_lease(job, begun, why).await;
    }
    done
}

impl Jobs {
    /// Settles a chunk with its counts, unless it is settled; then goes on with what follows. The
    /// next part of its chain, if its message was sent now: with `goes_on` the worker does it
    /// itself, and the message is shown only when it would be done.
    pub(crate) async fn settle_chunk(
        &self,
        store: &TenantStore,
        job: &Job,
        message: &ChunkMessage,
        begun: &ChunkLease,
        counts: JobCounts,
        goes_on: bool,
    ) -> Result<Option<ChunkMessage>> {
        let mut settled = begun.settled;
        if settled.is_none() {
            let is_first = store.settle_chunk(job, message.chunk, counts).await?;
            settled = is_first.then_some(counts);
            failpoint("settle.chunk");
        }
        let next = self.send_next_chunk(store, job, message, goes_on).await?;
        store.delete_pending_chunk(job, message.chunk).await?;
        failpoint("settle.todo");
        let sums = match (job.chunks(), settled) {
            // Its one chunk is all of it.
            (Some(1), Some(counts)) => Some(counts),
            // A part that is still to be done has a marker.
            _ if next.is_some() || store.has_pending_chunks(job).await? => None,
            _ => Some(store.sum_chunks(job).await?),
        };
        if let Some(counts) = sums {
            store.complete_job(job, counts).await?;
            failpoint("settle.completed");
        }
        Ok(next)
    }

    /// Sends the part of a chain that waits for this one. Once the marker is gone it was sent.
    async fn send_next_chunk(
        &self,
        store: &TenantStore,
        job: &Job,
        message: &ChunkMessage,
        goes_on: bool,
    ) -> Result<Option<ChunkMessage>> {
        if job.chunks() == Some(1) || job.kind == JobKind::Delete {
            return Ok(None);
        }
        let Some(next) =
            store.read_pending_chunk(job, message.chunk).await?.and_then(|todo| todo.next)
        else {
            return Ok(None);
        };
        let Some(next) = store.read_pending_chunk(job, next).await? else { return Ok(None) };
        let next = ChunkMessage::new(&message.tenant, &job.id, &next);
        let queue = JobQueue::for_chunks(job.kind, job.chunks().unwrap_or_default() as usize);
        let delay = if goes_on { self.config.chain_delay } else { Duration::ZERO };
        self.queues.send_delayed_message(queue, &message.tenant, &next.to_json(), delay).await?;
        failpoint("settle.next");
        Ok(Some(next))
    }
}
