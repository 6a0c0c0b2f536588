//! The dead-letter queues: settles the work of a message that kept failing, as far as it came, so
//! that no job hangs (ADR 22).

use people_jobs::{
    ChunkMessage, DeadLetter, Jobs, Result, SplitMessage, UploadEvent, open_tenant_store,
};
use people_lambda::QueueMessage;
use people_lambda::jobs::JobId;

/// Handles one message. After an error it is delivered again.
pub async fn handle(jobs: Jobs, message: QueueMessage) -> Result<()> {
    match DeadLetter::parse(&message.body) {
        Err(error) => {
            message.record_field("outcome", "unreadable");
            // It stays in its queue: a newer release may have sent it, and reads it once it is
            // deployed again.
            return Err(error);
        }
        Ok(DeadLetter::Chunk(chunk)) => settle_dead_chunk(&jobs, &message, &chunk).await?,
        Ok(DeadLetter::Split(SplitMessage { tenant, job })) => {
            settle_dead_split(&jobs, &message, &tenant, &job).await?;
        }
        Ok(DeadLetter::Uploads(events)) => {
            for event in &events {
                settle_dead_upload(&jobs, &message, event).await?;
            }
        }
    }
    Ok(())
}

async fn settle_dead_chunk(
    jobs: &Jobs,
    message: &QueueMessage,
    chunk: &ChunkMessage,
) -> Result<()> {
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
) -> Result<()> {
    message.record_job(tenant, job.as_str());
    let Some(store) = open_tenant_store(&message.store, tenant).await? else { return Ok(()) };
    message.record_field("outcome", jobs.settle_dead_split(&store, job).await?);
    Ok(())
}

async fn settle_dead_upload(
    jobs: &Jobs,
    message: &QueueMessage,
    event: &UploadEvent,
) -> Result<()> {
    message.record_job(&event.tenant, event.job.as_str());
    let Some(store) = open_tenant_store(&message.store, &event.tenant).await? else {
        return Ok(());
    };
    message.record_field("outcome", jobs.handle_upload(&store, event).await?);
    Ok(())
}
