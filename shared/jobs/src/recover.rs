//! A status poll resumes a stalled job: a call that died before it sent the job's messages, or a
//! message that is lost, leaves a job that would stand still for good.

use people_storage::jobs::{Job, JobState};
use people_storage::{Result, TenantStore};

use crate::Jobs;
use crate::message::ChunkMessage;
use crate::plan_file::sendable_chunks;
use crate::queue::JobQueue;

impl Jobs {
    /// The job as it stands, for a status poll; ended if its payload was to be uploaded and never
    /// was, sent again if it stands still.
    ///
    /// # Errors
    /// When the store, the bucket or a queue fails.
    pub async fn resume_if_stalled(&self, store: &TenantStore, job: Job) -> Result<Option<Job>> {
        if let JobState::Awaited { expires } = job.state {
            return self.resume_upload_if_stalled(store, job, expires).await;
        }
        if store.claim_resend(&job, self.config.stall_timeout).await? {
            self.resend_messages(store, &job).await?;
        }
        Ok(Some(job))
    }

    /// Sends the work that nobody has begun, or whose message may be gone. Every step takes a message
    /// twice.
    async fn resend_messages(&self, store: &TenantStore, job: &Job) -> Result<()> {
        let tenant = &store.tenant().id;
        let Some(chunks) = job.chunks() else {
            return self.queues.send_split_message(tenant, &job.id).await;
        };
        let todos = store.list_pending_chunks(job).await?;
        let begun = store.list_started_chunks(job, self.config.stall_timeout).await?;
        let stalled =
            sendable_chunks(&todos).filter(|todo| begun.get(&todo.chunk).is_none_or(|old| *old));
        let messages = stalled.map(|todo| ChunkMessage::new(tenant, &job.id, todo).to_json());
        let queue = JobQueue::for_chunks(job.kind, chunks as usize);
        self.queues.send_messages(queue, tenant, &messages.collect::<Vec<_>>()).await
    }
}
