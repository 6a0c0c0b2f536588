//! The queues of chunks and of small jobs: applies the rows of a chunk as people (contract:
//! jobs#order-of-rows; ADR 14, ADR 20).

use people_jobs::{ChunkMessage, Delivery, Jobs, Result, open_tenant_store};
use people_lambda::QueueMessage;

/// Handles one message. After an error it is delivered again.
pub async fn handle(jobs: Jobs, message: QueueMessage) -> Result<()> {
    let result = apply_chunk(&jobs, &message).await;
    jobs.retry_later(message.queue_arn(), message.receipt(), message.receive_count(), result).await
}

async fn apply_chunk(jobs: &Jobs, message: &QueueMessage) -> Result<()> {
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
