//! Fixes which of the objects that arrived at an upload URL is its job's payload, and has that one
//! split (ADR 23, ADR 24). The bucket's events belong to no tenant, so that thousands of them could
//! hold up others: each takes little here, and a payload waits in a queue that is fair.

use people_jobs::{Arrival, Jobs, tenant_store};
use people_lambda::{QueueMessage, StoreError};

/// Handles one message.
///
/// # Errors
/// When it has to be delivered again.
pub async fn handle(jobs: Jobs, message: QueueMessage) -> Result<(), StoreError> {
    let done = accept(&jobs, &message).await;
    jobs.shown_again(message.queue_arn(), message.receipt(), message.received(), done).await
}

async fn accept(jobs: &Jobs, message: &QueueMessage) -> Result<(), StoreError> {
    let arrivals = Arrival::parse_event(&message.body)?;
    message.note("arrivals", arrivals.len());
    for arrival in arrivals {
        message.note_job(&arrival.tenant, arrival.job.as_str());
        let store = tenant_store(&message.store, &arrival.tenant).await?;
        let Some(store) = store else { continue };
        message.note("outcome", jobs.accept_upload(&store, &arrival).await?);
    }
    Ok(())
}
