//! The queue of deletes: erases the people of a chunk (contract: delete#delete-count; ADR 14,
//! ADR 21).

use people_jobs::{ChunkMessage, Jobs, Result, open_tenant_store};
use people_lambda::QueueMessage;

/// Handles one message. After an error it is delivered again.
pub async fn handle(jobs: Jobs, message: QueueMessage) -> Result<()> {
    let result = erase_chunk(&jobs, &message).await;
    jobs.retry_later(message.queue_arn(), message.receipt(), message.receive_count(), result).await
}

async fn erase_chunk(jobs: &Jobs, message: &QueueMessage) -> Result<()> {
    let chunk = ChunkMessage::parse(&message.body)?;
    message.record_job(&chunk.tenant, chunk.job.as_str());
    message.record_field("chunk", chunk.chunk);
    let Some(store) = open_tenant_store(&message.store, &chunk.tenant).await? else {
        return Ok(());
    };
    message.record_field("outcome", jobs.erase_chunk(&store, &chunk).await?);
    Ok(())
}
