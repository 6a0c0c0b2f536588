//! Settle: a chunk has ended. Each step may run again; nothing is counted up by many, and the
//! last marker that goes completes the job.

use people_storage::job::{Begun, Counts, Job, JobKind, JobState};
use people_storage::{Result, TenantStore, point};

use crate::Outcome;
use crate::message::ChunkMessage;
use crate::queue::{Queue, Queues};

/// All kinds of jobs that have chunks to apply.
pub(crate) const UPSERTS: [JobKind; 3] = [JobKind::Async, JobKind::Bulk, JobKind::Upload];

/// The job of a chunk that may still have to be done; otherwise why there is nothing to do.
pub(crate) async fn job_of(
    store: &TenantStore,
    message: &ChunkMessage,
    kinds: &[JobKind],
) -> Result<std::result::Result<Job, Outcome>> {
    let Some(job) = store.job(&message.job, kinds).await? else { return Ok(Err("gone")) };
    Ok(match (&job.state, job.chunks()) {
        (JobState::Completed { .. }, _) => Err("completed before"),
        (_, Some(chunks)) if message.chunk <= chunks => Ok(job),
        // A chunk of a plan that was not made in the end.
        _ => Err("not planned"),
    })
}

/// How the work at a chunk ended; what failed gives the chunk back.
pub(crate) async fn given_back(
    store: &TenantStore,
    job: &Job,
    begun: &Begun,
    done: Result<Outcome>,
) -> Result<Outcome> {
    if done.is_err() {
        // Without it the next worker waits for the end of the lease, as after a crash.
        _ = store.give_back_chunk(job, begun).await;
    }
    done
}

/// Settles a chunk with its counts, unless it is settled; then goes on with what follows.
pub(crate) async fn settle(
    queues: &Queues,
    store: &TenantStore,
    job: &Job,
    message: &ChunkMessage,
    begun: &Begun,
    counts: Counts,
) -> Result<()> {
    if begun.settled.is_none() {
        store.settle_chunk(job, message.chunk, counts).await?;
        point("settle.chunk");
    }
    send_next(queues, store, job, message).await?;
    store.remove_todo(job, message.chunk).await?;
    point("settle.todo");
    if !store.any_todo(job).await? {
        store.complete_job(job, store.sum_chunks(job).await?).await?;
        point("settle.completed");
    }
    Ok(())
}

/// Sends the part of a chain that waits for this one. Once the marker is gone it was sent.
async fn send_next(
    queues: &Queues,
    store: &TenantStore,
    job: &Job,
    message: &ChunkMessage,
) -> Result<()> {
    if message.plan.is_none() || job.kind == JobKind::Delete {
        return Ok(());
    }
    let Some(next) = store.todo(job, message.chunk).await?.and_then(|todo| todo.next) else {
        return Ok(());
    };
    if let Some(next) = store.todo(job, next).await? {
        let next = ChunkMessage::new(&message.tenant, &job.id, &next).print();
        queues.send(Queue::Chunk, &message.tenant, &[next]).await?;
        point("settle.next");
    }
    Ok(())
}
