//! A status poll resumes a stalled job: a call that died before it sent the job's messages, or a
//! message that is lost, leaves a job that would stand still for good.

use people_storage::jobs::{Job, JobState};
use people_storage::{Result, TenantStore};

use crate::Jobs;
use crate::layout::ready;
use crate::message::ChunkMessage;
use crate::queue::Queue;

impl Jobs {
    /// The job as it stands, for a status poll; ended if its payload was to be uploaded and never
    /// was, sent again if it stands still.
    ///
    /// # Errors
    /// When the store, the bucket or a queue fails.
    pub async fn attended(&self, store: &TenantStore, job: Job) -> Result<Option<Job>> {
        if let JobState::Awaited { expires } = job.state {
            return self.attend_upload(store, job, expires).await;
        }
        if store.take_stalled(&job, self.config.stall).await? {
            self.send_again(store, &job).await?;
        }
        Ok(Some(job))
    }

    /// Sends the work that nobody has begun, or whose message may be gone. Every step takes a message
    /// twice.
    async fn send_again(&self, store: &TenantStore, job: &Job) -> Result<()> {
        let tenant = &store.tenant().id;
        let Some(chunks) = job.chunks() else {
            return self.queues.send_split(tenant, &job.id).await;
        };
        let todos = store.todos(job).await?;
        let begun = store.begun_chunks(job, self.config.stall).await?;
        let stalled = ready(&todos).filter(|todo| begun.get(&todo.chunk).is_none_or(|old| *old));
        let messages = stalled.map(|todo| ChunkMessage::new(tenant, &job.id, todo).print());
        let queue = Queue::of_chunks(job.kind, chunks as usize);
        self.queues.send(queue, tenant, &messages.collect::<Vec<_>>()).await
    }
}
