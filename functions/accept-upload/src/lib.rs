//! The queue of the bucket's events: pins the first object at an upload URL as its job's payload
//! and sends the job to the splitter (contract: jobs#first-upload-counts; ADR 23, ADR 24). The
//! events belong to no tenant, so that thousands of them could delay others: each takes little work
//! here, and the payload waits in a queue that is fair.

use people_jobs::{Jobs, Result, UploadEvent, open_tenant_store};
use people_lambda::QueueMessage;

/// Handles one message. After an error it is delivered again.
pub async fn handle(jobs: Jobs, message: QueueMessage) -> Result<()> {
    let result = handle_uploads(&jobs, &message).await;
    jobs.retry_later(message.queue_arn(), message.receipt(), message.receive_count(), result).await
}

async fn handle_uploads(jobs: &Jobs, message: &QueueMessage) -> Result<()> {
    let events = UploadEvent::parse_s3_event(&message.body)?;
    message.record_field("arrivals", events.len());
    for event in events {
        message.record_job(&event.tenant, event.job.as_str());
        let store = open_tenant_store(&message.store, &event.tenant).await?;
        let Some(store) = store else { continue };
        message.record_field("outcome", jobs.handle_upload(&store, &event).await?);
    }
    Ok(())
}
