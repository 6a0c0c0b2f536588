//! Settles what kept failing, as far as it came, so that no job hangs (ADR 22).

use people_jobs::{Arrival, ChunkMessage, DeadMessage, Jobs, SplitMessage, tenant_store};
use people_lambda::jobs::JobId;
use people_lambda::{QueueMessage, StoreError};

/// Handles one message.
///
/// # Errors
/// When it has to be delivered again.
pub async fn handle(jobs: Jobs, message: QueueMessage) -> Result<(), StoreError> {
    match DeadMessage::parse(&message.body) {
        Err(error) => {
            message.note("outcome", "unreadable");
            // It stays in its queue: a newer release may have written it, and reads it when it is back.
            return Err(error);
        }
        Ok(DeadMessage::Chunk(chunk)) => end_chunk(&jobs, &message, &chunk).await?,
        Ok(DeadMessage::Split(SplitMessage { tenant, job })) => {
            end_split(&jobs, &message, &tenant, &job).await?;
        }
        Ok(DeadMessage::Arrivals(arrivals)) => {
            for arrival in &arrivals {
                end_arrival(&jobs, &message, arrival).await?;
            }
        }
    }
    Ok(())
}

async fn end_chunk(
    jobs: &Jobs,
    message: &QueueMessage,
    chunk: &ChunkMessage,
) -> Result<(), StoreError> {
    message.note_job(&chunk.tenant, chunk.job.as_str());
    message.note("chunk", chunk.chunk);
    let Some(store) = tenant_store(&message.store, &chunk.tenant).await? else { return Ok(()) };
    message.note("outcome", jobs.end_chunk(&store, chunk).await?);
    Ok(())
}

async fn end_split(
    jobs: &Jobs,
    message: &QueueMessage,
    tenant: &str,
    job: &JobId,
) -> Result<(), StoreError> {
    message.note_job(tenant, job.as_str());
    let Some(store) = tenant_store(&message.store, tenant).await? else { return Ok(()) };
    message.note("outcome", jobs.end_split(&store, job).await?);
    Ok(())
}

async fn end_arrival(
    jobs: &Jobs,
    message: &QueueMessage,
    arrival: &Arrival,
) -> Result<(), StoreError> {
    message.note_job(&arrival.tenant, arrival.job.as_str());
    let Some(store) = tenant_store(&message.store, &arrival.tenant).await? else { return Ok(()) };
    message.note("outcome", jobs.accept_upload(&store, arrival).await?);
    Ok(())
}
