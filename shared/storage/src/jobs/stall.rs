//! Stalled jobs: a message was never sent, or was lost.

use std::collections::HashMap;
use std::time::Duration;

use people_domain::ids::stamp::Stamp;

use super::lease::Lease;
use super::{Job, JobState};
use crate::table::convert::item_text;
use crate::table::keys::{self, ItemKey};
use crate::table::update::ItemUpdate;
use crate::{Result, TenantStore};

/// Attribute of the time at which a job's messages were last sent again.
const RESENT_AT: &str = "again";

impl Job {
    /// How long a job waits until its messages are sent again: `stall` at first, and then twice as
    /// long each time, so that polls do not make a long queue longer.
    fn resend_delay(&self, stall: Duration) -> Duration {
        let waited = self.resent_at.map_or(0, |again| again.millis() - self.accepted.millis());
        stall.max(Duration::from_millis(u64::try_from(waited).unwrap_or_default()))
    }
}

impl TenantStore {
    /// Claims the resending of a stalled job's messages. True when the job is not completed and its
    /// messages were not sent for long; for one of several concurrent callers only.
    pub async fn claim_resend(&self, job: &Job, stall: Duration) -> Result<bool> {
        let lease = Lease::new(self.store.new_stamp(), job.resend_delay(stall));
        let is_due = job.resent_at.unwrap_or(job.accepted) < lease.expired_before;
        if !is_due || matches!(job.state, JobState::Completed { .. }) {
            return Ok(false);
        }
        let update = ItemUpdate::default().acquire(RESENT_AT, &lease, "completed");
        let key = keys::job_key(&self.tenant.id, job.id.as_str());
        let updated = self.store.send_update(&key, update.if_present("kind")).await?;
        Ok(updated.is_done())
    }

    /// Releases the leases of all chunks of a job: for the start of the only process that has
    /// workers, since those that held the leases ended with the last one. The attempts count as
    /// those of killed workers.
    pub async fn release_leases(&self, job: &Job) -> Result<()> {
        for item in self.list_job_items(job, keys::CHUNK_PREFIX, None).await? {
            let (Some(key), Some(held)) =
                (ItemKey::from_item(&item), item_text(&item, super::chunk::LEASED_AT))
            else {
                continue;
            };
            let update = ItemUpdate::default()
                .set_text(super::chunk::LEASED_AT, Stamp::new(0).as_str())
                .if_text(super::chunk::LEASED_AT, held)
                .if_absent("done");
            self.store.send_update(&key, update).await?;
        }
        Ok(())
    }

    /// Lists the chunks of a job that a worker has started, each with whether its message may be
    /// lost: no worker has leased the chunk within `stall`, and the queue hides no message for so
    /// long.
    pub async fn list_started_chunks(
        &self,
        job: &Job,
        stall: Duration,
    ) -> Result<HashMap<u32, bool>> {
        let old = self.store.new_stamp().earlier_by(stall);
        let items = self.list_job_items(job, keys::CHUNK_PREFIX, None).await?;
        let started = items.into_iter().filter_map(|item| {
            let chunk =
                ItemKey::from_item(&item)?.sk.strip_prefix(keys::CHUNK_PREFIX)?.parse().ok()?;
            let stamp = |name| item_text(&item, name).and_then(Stamp::parse);
            // A released chunk has only the stamp of its first attempt.
            let last = stamp(super::chunk::LEASED_AT).max(stamp("stamp"))?;
            Some((chunk, last < old))
        });
        Ok(started.collect())
    }
}
