//! Fixes which of the objects that arrived at an upload URL is its job's payload, and has that one
//! split (ADR 23, ADR 24). The bucket's events belong to no tenant, so that thousands of them could
//! hold up others: each takes little here, and a payload waits in a queue that is fair.

use people_jobs::{Jobs, UploadEvent, open_tenant_store};
use people_lambda::{QueueMessage, StoreError};

/// Handles one message.
///
/// # Errors
/// When it has to be delivered again.
pub async fn handle(jobs: Jobs, message: QueueMessage) -> Result<(), StoreError> {
    let done = handle_uploads(&jobs, &message).await;
    jobs.retry_later(message.queue_arn(), message.receipt(), message.receive_count(), done).await
}

async fn handle_uploads(jobs: &Jobs, message: &QueueMessage) -> Result<(), StoreError> {
    let arrivals = UploadEvent::parse_s3_event(&message.body)?;
    message.record_field("arrivals", arrivals.len());
    for arrival in arrivals {
        message.record_job(&arrival.tenant, arrival.job.as_str());
        let store = open_tenant_store(&message.store, &arrival.tenant).await?;
        let Some(store) = store else { continue };
        message.record_field("outcome", jobs.handle_upload(&store, &arrival).await?);
    }
    Ok(())
}
