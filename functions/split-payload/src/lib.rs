//! Splits the payloads that a queue names into chunks (design, "Jobs").

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
    match SplitMessage::parse(&message.body)? {
        SplitMessage::Job { tenant, job } => {
            message.note_job(&tenant, job.as_str());
            let Some(store) = tenant_store(&message.store, &tenant).await? else { return Ok(()) };
            message.note("outcome", jobs.split(&store, &job).await?);
        }
        SplitMessage::Arrivals(arrivals) => {
            message.note("arrivals", arrivals.len());
            for arrival in arrivals {
                message.note_job(&arrival.tenant, arrival.job.as_str());
                let store = tenant_store(&message.store, &arrival.tenant).await?;
                let Some(store) = store else { continue };
                message.note("outcome", jobs.arrived(&store, &arrival).await?);
            }
        }
    }
    Ok(())
}
