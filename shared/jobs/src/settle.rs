//! Settle: a chunk has ended. Each step may run again; no counter is kept by many workers, and the
//! worker that removes the last pending chunk marker completes the job (ADR 19).

use std::time::Duration;

use people_storage::failpoint;
use people_storage::jobs::{JobCounts, JobKind};

use crate::Result;
use crate::chunk_run::ChunkRun;
use crate::message::ChunkMessage;
use crate::queue::JobQueue;

impl ChunkRun<'_> {
    /// Settles the chunk with its counts, unless it is settled; then sends the next part of its
    /// chain and completes the job if this was its last chunk. With `continues` this worker applies
    /// the next part itself, so that the queue delays the part's message until it would be done.
    ///
    /// Returns the next part if its message was sent now.
    pub(crate) async fn settle(
        &self,
        counts: JobCounts,
        continues: bool,
    ) -> Result<Option<ChunkMessage>> {
        let (store, job, chunk) = (self.store, &self.job, self.message.chunk);
        let mut settled = self.lease.settled;
        if settled.is_none() {
            let is_first = store.settle_chunk(job, chunk, counts).await?;
            settled = is_first.then_some(counts);
            failpoint("settle.chunk");
        }
        let next = self.send_next_chunk(continues).await?;
        store.delete_pending_chunk(job, chunk).await?;
        failpoint("settle.todo");
        let sums = match (job.chunks(), settled) {
            // The one chunk has the counts of the job.
            (Some(1), Some(counts)) => Some(counts),
            // A part that is still to be applied has a marker.
            _ if next.is_some() || store.has_pending_chunks(job).await? => None,
            _ => Some(store.sum_chunks(job).await?),
        };
        if let Some(counts) = sums {
            store.complete_job(job, counts).await?;
            failpoint("settle.completed");
        }
        Ok(next)
    }

    /// Sends the part of a chain that waits for this chunk. A part without a marker was sent
    /// before.
    async fn send_next_chunk(&self, continues: bool) -> Result<Option<ChunkMessage>> {
        let (store, job, tenant) = (self.store, &self.job, &self.message.tenant);
        if job.chunks() == Some(1) || job.kind == JobKind::Delete {
            return Ok(None);
        }
        let pending_chunk = store.read_pending_chunk(job, self.message.chunk).await?;
        let Some(next) = pending_chunk.and_then(|pending_chunk| pending_chunk.next) else {
            return Ok(None);
        };
        let Some(next) = store.read_pending_chunk(job, next).await? else { return Ok(None) };
        let next = ChunkMessage::new(tenant, &job.id, &next);
        let queue = JobQueue::for_chunks(job.kind, job.chunks().unwrap_or_default() as usize);
        let delay = if continues { self.jobs.config.chain_delay } else { Duration::ZERO };
        let queues = &self.jobs.queues;
        queues.send_delayed_message(queue, tenant, &next.to_json(), delay).await?;
        failpoint("settle.next");
        Ok(Some(next))
    }
}
