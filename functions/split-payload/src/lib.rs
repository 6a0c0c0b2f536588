//! Splits the payloads that a queue names into chunks (ADR 15).

use people_jobs::{Jobs, SplitMessage, tenant_store};
use people_lambda::{QueueMessage, StoreError};

/// Handles one message.
///
/// # Errors
/// When it has to be delivered again.
pub async fn handle(jobs: Jobs, message: QueueMessage) -> Result<(), StoreError> {
    let done = split(&jobs, &message).await;
    jobs.shown_again(message.queue_arn(), message.receipt(), message.received(), done).await
}

async fn split(jobs: &Jobs, message: &QueueMessage) -> Result<(), StoreError> {
    let SplitMessage { tenant, job } = SplitMessage::parse(&message.body)?;
    message.note_job(&tenant, job.as_str());
    let Some(store) = tenant_store(&message.store, &tenant).await? else { return Ok(()) };
    message.note("outcome", jobs.split(&store, &job).await?);
    Ok(())
}
