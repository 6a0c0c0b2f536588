//! Splits the payloads that a queue names into chunks (ADR 15).

use people_jobs::{Jobs, SplitMessage, open_tenant_store};
use people_lambda::{QueueMessage, StoreError};

/// Handles one message.
///
/// # Errors
/// When it has to be delivered again.
pub async fn handle(jobs: Jobs, message: QueueMessage) -> Result<(), StoreError> {
    let done = split_payload(&jobs, &message).await;
    jobs.retry_later(message.queue_arn(), message.receipt(), message.receive_count(), done).await
}

async fn split_payload(jobs: &Jobs, message: &QueueMessage) -> Result<(), StoreError> {
    let SplitMessage { tenant, job } = SplitMessage::parse(&message.body)?;
    message.record_job(&tenant, job.as_str());
    let Some(store) = open_tenant_store(&message.store, &tenant).await? else { return Ok(()) };
    message.record_field("outcome", jobs.split_payload(&store, &job).await?);
    Ok(())
}
