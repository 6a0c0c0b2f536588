//! Applies the rows of the chunks that a queue names (ADR 14, ADR 20).

use people_jobs::{ChunkMessage, Delivery, Jobs, open_tenant_store};
use people_lambda::{QueueMessage, StoreError};

/// Handles one message.
///
/// # Errors
/// When it has to be delivered again.
pub async fn handle(jobs: Jobs, message: QueueMessage) -> Result<(), StoreError> {
    let done = apply_chunk(&jobs, &message).await;
    jobs.retry_later(message.queue_arn(), message.receipt(), message.receive_count(), done).await
}

async fn apply_chunk(jobs: &Jobs, message: &QueueMessage) -> Result<(), StoreError> {
    let chunk = ChunkMessage::parse(&message.body)?;
    message.record_job(&chunk.tenant, chunk.job.as_str());
    message.record_field("chunk", chunk.chunk);
    let Some(store) = open_tenant_store(&message.store, &chunk.tenant).await? else {
        return Ok(());
    };
    let delivery = Delivery { receive_count: message.receive_count(), deadline: message.deadline };
    message.record_field("outcome", jobs.apply_chunk_chain(&store, &chunk, delivery).await?);
    Ok(())
}
