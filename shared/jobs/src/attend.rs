//! Whoever asks after a job helps it on. A call that dies before it sent the messages of its job, or
//! sent a part of them, leaves a job that would stand still for good.

use people_storage::job::{Job, JobKind, JobState};
use people_storage::{Result, TenantStore};

use crate::Jobs;
use crate::layout::ready;
use crate::message::{ChunkMessage, SplitMessage};
use crate::queue::Queue;

impl Jobs {
    /// The job as it stands, for somebody who asks after it; ended if its payload was to be uploaded
    /// and never was, sent again if it was not begun for long.
    ///
    /// # Errors
    /// When the store, the bucket or a queue fails.
    pub async fn attended(&self, store: &TenantStore, job: Job) -> Result<Option<Job>> {
        if let JobState::Awaited { expires } = job.state {
            return self.end_if_unused(store, job, expires).await;
        }
        if store.take_stalled(&job, self.config.stall).await? {
            self.send_again(store, &job).await?;
        }
        Ok(Some(job))
    }

    /// Sends what nobody has begun. Every step takes a message twice.
    async fn send_again(&self, store: &TenantStore, job: &Job) -> Result<()> {
        let tenant = &store.tenant().id;
        if job.chunks().is_none() {
            let message = SplitMessage::print(tenant, &job.id);
            return self.queues.send(Queue::Split, tenant, &[message]).await;
        }
        let (todos, begun) = (store.todos(job).await?, store.begun_chunks(job).await?);
        let unbegun = ready(&todos).filter(|todo| !begun.contains(&todo.chunk));
        let messages = unbegun.map(|todo| ChunkMessage::new(tenant, &job.id, todo).print());
        let queue = if job.kind == JobKind::Delete { Queue::Delete } else { Queue::Chunk };
        self.queues.send(queue, tenant, &messages.collect::<Vec<_>>()).await
    }
}
