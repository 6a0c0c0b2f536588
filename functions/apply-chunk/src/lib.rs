//! Applies the rows of the chunks that a queue names (ADR 14, ADR 20).

use people_jobs::{ChunkMessage, Delivery, Jobs, tenant_store};
use people_lambda::{QueueMessage, StoreError};

/// Handles one message.
///
/// # Errors
/// When it has to be delivered again.
pub async fn handle(jobs: Jobs, message: QueueMessage) -> Result<(), StoreError> {
    let done = apply(&jobs, &message).await;
    jobs.shown_again(message.queue_arn(), message.receipt(), message.received(), done).await
}

async fn apply(jobs: &Jobs, message: &QueueMessage) -> Result<(), StoreError> {
    let chunk = ChunkMessage::parse(&message.body)?;
    message.note_job(&chunk.tenant, chunk.job.as_str());
    message.note("chunk", chunk.chunk);
    let Some(store) = tenant_store(&message.store, &chunk.tenant).await? else { return Ok(()) };
    let delivery = Delivery { received: message.received(), deadline: message.deadline };
    message.note("outcome", jobs.apply(&store, &chunk, delivery).await?);
    Ok(())
}
