//! Jobs that stand still are resumed. A status poll resumes a stalled job: a call that died before
//! it sent the job's messages, or a lost message, leaves a job that would stall for ever. A server
//! of one process resumes all jobs at its start, since its queues ended with the last process.

use people_storage::TenantStore;
use people_storage::jobs::{Job, JobState};

use crate::plan_file::sendable_chunks;
use crate::queue::JobQueue;
use crate::{Jobs, Result};

impl Jobs {
    /// Returns the current job for a status poll, and resumes it: a job whose payload was never
    /// uploaded in time is ended, and the messages of one that stalls are sent again.
    pub async fn resume_if_stalled(&self, store: &TenantStore, job: Job) -> Result<Option<Job>> {
        if let JobState::Awaited { expires } = job.state {
            return self.resume_upload_if_stalled(store, job, expires).await;
        }
        if store.claim_resend(&job, self.config.stall_timeout).await? {
            self.resend_messages(store, &job).await?;
        }
        Ok(Some(job))
    }

    /// Resumes a job at the start of the only process that has workers and queues: no worker of
    /// the job is left, and no message.
    pub async fn resume_after_restart(&self, store: &TenantStore, job: &Job) -> Result<()> {
        let tenant = &store.tenant().id;
        match job.state {
            JobState::Completed { .. } => return Ok(()),
            // Its upload may have arrived; otherwise the splitter leaves it as it is.
            JobState::Awaited { .. } | JobState::Init { chunks: None } => {
                return self.queues.send_split_message(tenant, &job.id).await;
            }
            JobState::Init { chunks: Some(_) } | JobState::InProgress { .. } => {}
        }
        store.release_leases(job).await?;
        let pending = store.list_pending_chunks(job).await?;
        if pending.is_empty() {
            // The last worker settled the last chunk and ended before it completed the job.
            store.complete_job(job, store.sum_chunks(job).await?).await?;
            return Ok(());
        }
        let queue = JobQueue::for_chunks(job.kind, job.chunks().unwrap_or_default() as usize);
        self.queues.send_chunks(queue, tenant, &job.id, sendable_chunks(&pending)).await
    }

    /// Sends the chunks that no worker has started, or whose message may be lost. Every step
    /// accepts a message twice.
    async fn resend_messages(&self, store: &TenantStore, job: &Job) -> Result<()> {
        let tenant = &store.tenant().id;
        let Some(chunks) = job.chunks() else {
            return self.queues.send_split_message(tenant, &job.id).await;
        };
        let pending = store.list_pending_chunks(job).await?;
        let started = store.list_started_chunks(job, self.config.stall_timeout).await?;
        let stalled = sendable_chunks(&pending)
            .filter(|chunk| started.get(&chunk.chunk).is_none_or(|is_stalled| *is_stalled));
        let queue = JobQueue::for_chunks(job.kind, chunks as usize);
        self.queues.send_chunks(queue, tenant, &job.id, stalled).await
    }
}
