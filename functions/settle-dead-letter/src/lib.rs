//! Settles what kept failing, as far as it came, so that no job hangs (ADR 22).

use people_jobs::{ChunkMessage, DeadLetter, Jobs, SplitMessage, UploadEvent, open_tenant_store};
use people_lambda::jobs::JobId;
use people_lambda::{QueueMessage, StoreError};

/// Handles one message.
///
/// # Errors
/// When it has to be delivered again.
pub async fn handle(jobs: Jobs, message: QueueMessage) -> Result<(), StoreError> {
    match DeadLetter::parse(&message.body) {
        Err(error) => {
            message.record_field("outcome", "unreadable");
            // It stays in its queue: a newer release may have written it, and reads it when it is back.
            return Err(error);
        }
        Ok(DeadLetter::Chunk(chunk)) => settle_dead_chunk(&jobs, &message, &chunk).await?,
        Ok(DeadLetter::Split(SplitMessage { tenant, job })) => {
            settle_dead_split(&jobs, &message, &tenant, &job).await?;
        }
        Ok(DeadLetter::Uploads(arrivals)) => {
            for arrival in &arrivals {
                settle_dead_upload(&jobs, &message, arrival).await?;
            }
        }
    }
    Ok(())
}

async fn settle_dead_chunk(
    jobs: &Jobs,
    message: &QueueMessage,
    chunk: &ChunkMessage,
) -> Result<(), StoreError> {
    message.record_job(&chunk.tenant, chunk.job.as_str());
    message.record_field("chunk", chunk.chunk);
    let Some(store) = open_tenant_store(&message.store, &chunk.tenant).await? else {
        return Ok(());
    };
    message.record_field("outcome", jobs.settle_dead_chunk(&store, chunk).await?);
    Ok(())
}

async fn settle_dead_split(
    jobs: &Jobs,
    message: &QueueMessage,
    tenant: &str,
    job: &JobId,
) -> Result<(), StoreError> {
    message.record_job(tenant, job.as_str());
    let Some(store) = open_tenant_store(&message.store, tenant).await? else { return Ok(()) };
    message.record_field("outcome", jobs.settle_dead_split(&store, job).await?);
    Ok(())
}

async fn settle_dead_upload(
    jobs: &Jobs,
    message: &QueueMessage,
    arrival: &UploadEvent,
) -> Result<(), StoreError> {
    message.record_job(&arrival.tenant, arrival.job.as_str());
    let Some(store) = open_tenant_store(&message.store, &arrival.tenant).await? else {
        return Ok(());
    };
    message.record_field("outcome", jobs.handle_upload(&store, arrival).await?);
    Ok(())
}
