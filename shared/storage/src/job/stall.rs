//! A job that stands still though no worker died at it: one of its messages was never sent.

use std::collections::HashSet;
use std::time::Duration;

use super::update::{Update, Updated};
use super::{Job, JobState};
use crate::keys::{self, Key};
use crate::{Result, TenantStore};

/// When somebody last sent a job's messages again.
const SENT_AGAIN: &str = "again";

impl TenantStore {
    /// Whether the caller is to send a job's messages again: nobody did for so long, and the job is
    /// not completed. Of several who ask at the same time one is told so.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn take_stalled(&self, job: &Job, stall: Duration) -> Result<bool> {
        let now = self.store.stamp();
        let free = now.before(stall);
        let is_due = job.again.unwrap_or(job.accepted) < free;
        if !is_due || matches!(job.state, JobState::Completed { .. }) {
            return Ok(false);
        }
        let update = Update::default().take(SENT_AGAIN, now.as_str(), free.as_str(), "completed");
        let key = keys::job(&self.tenant.id, job.id.as_str());
        let updated = self.update(&key, update.when_present("kind")).await?;
        Ok(matches!(updated, Updated::Done(_)))
    }

    /// The numbers of a job's chunks that a worker has begun: their messages arrived, and stay
    /// until they are done.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn begun_chunks(&self, job: &Job) -> Result<HashSet<u32>> {
        let items = self.job_items(job, keys::CHUNK, None).await?;
        let number = |item| Key::of(&item)?.sk.strip_prefix(keys::CHUNK)?.parse().ok();
        Ok(items.into_iter().filter_map(number).collect())
    }
}
