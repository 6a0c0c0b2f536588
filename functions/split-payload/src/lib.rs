//! The queue of payloads: splits a payload into chunks (contract:
//! jobs#malformed-payloads; ADR 15).

use people_jobs::{Jobs, Result, SplitMessage, open_tenant_store};
use people_lambda::QueueMessage;

/// Handles one message. After an error it is delivered again.
pub async fn handle(jobs: Jobs, message: QueueMessage) -> Result<()> {
    let result = split_payload(&jobs, &message).await;
    jobs.retry_later(message.queue_arn(), message.receipt(), message.receive_count(), result).await
}

async fn split_payload(jobs: &Jobs, message: &QueueMessage) -> Result<()> {
    let SplitMessage { tenant, job } = SplitMessage::parse(&message.body)?;
    message.record_job(&tenant, job.as_str());
    let Some(store) = open_tenant_store(&message.store, &tenant).await? else { return Ok(()) };
    message.record_field("outcome", jobs.split_payload(&store, &job).await?);
    Ok(())
}
