//! A job that stands still: a message of it was never sent, or is gone.

use std::collections::HashMap;
use std::time::Duration;

use people_domain::ids::stamp::Stamp;

use super::lease::Lease;
use super::{Job, JobState};
use crate::table::call::ConditionalWrite;
use crate::table::keys::{self, ItemKey};
use crate::table::update::ItemUpdate;
use crate::{Result, TenantStore};

/// When a job's messages were last sent again.
const RESENT_AT: &str = "again";

impl Job {
    /// How long a job waits until its messages are sent again: `stall` at first, and then twice as
    /// long each time, so that a long queue is not made longer by those who ask.
    fn resend_delay(&self, stall: Duration) -> Duration {
        let waited = self.resent_at.map_or(0, |again| again.millis() - self.accepted.millis());
        stall.max(Duration::from_millis(u64::try_from(waited).unwrap_or_default()))
    }
}

impl TenantStore {
    /// Whether the caller is to send a job's messages again: nobody did for long, and the job is not
    /// completed. Of several who ask at the same time one is told so.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn claim_resend(&self, job: &Job, stall: Duration) -> Result<bool> {
        let lease = Lease::new(self.store.new_stamp(), job.resend_delay(stall));
        let is_due = job.resent_at.unwrap_or(job.accepted) < lease.expired_before;
        if !is_due || matches!(job.state, JobState::Completed { .. }) {
            return Ok(false);
        }
        let update = ItemUpdate::default().acquire(RESENT_AT, &lease, "completed");
        let key = keys::job_key(&self.tenant.id, job.id.as_str());
        let updated = self.store.send_update(&key, update.if_present("kind")).await?;
        Ok(matches!(updated, ConditionalWrite::Done(_)))
    }

    /// The chunks of a job that a worker has begun, each with whether its message may be gone: nobody
    /// has the chunk, or whoever had it is over its `lease`, and the queue hides no message as long
    /// as `stall`.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list_started_chunks(
        &self,
        job: &Job,
        stall: Duration,
    ) -> Result<HashMap<u32, bool>> {
        let old = self.store.new_stamp().earlier_by(stall);
        let items = self.list_job_items(job, keys::CHUNK_PREFIX, None).await?;
        let begun = items.into_iter().filter_map(|item| {
            let chunk =
                ItemKey::from_item(&item)?.sk.strip_prefix(keys::CHUNK_PREFIX)?.parse().ok()?;
            let text = |name: &str| item.get(name)?.as_s().ok().and_then(|s| Stamp::parse(s));
            // A chunk that was given back tells when it was first begun only.
            let last = text(super::chunk::LEASED_AT).max(text("stamp"))?;
            Some((chunk, last < old))
        });
        Ok(begun.collect())
    }
}
