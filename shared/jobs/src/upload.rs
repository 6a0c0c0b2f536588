//! Payloads that are uploaded: the first to arrive is the job's, and one that never does ends it.

use std::time::{SystemTime, UNIX_EPOCH};

use people_storage::job::{Job, JobKind};
use people_storage::{Result, TenantStore, point};

use crate::message::Arrival;
use crate::objects;
use crate::{Jobs, Outcome};

/// How long after the URL's end an upload may still be under way, in milliseconds.
const GRACE: i64 = 5 * 60 * 1_000;

const UNUSED: &str = "Nothing was uploaded before the upload URL expired";

impl Jobs {
    /// An object arrived at a job's place.
    ///
    /// # Errors
    /// When the store, the bucket or a queue fails.
    pub async fn arrived(&self, store: &TenantStore, arrival: &Arrival) -> Result<Outcome> {
        let key = objects::upload(&store.tenant().id, &arrival.job);
        // Events come in any order: the oldest version tells which upload was the first.
        let first = self.bucket.first_version(&key).await?.unwrap_or_else(|| arrival.pin.clone());
        if !store.pin_upload(&arrival.job, &key, &first).await? {
            return Ok("not the first");
        }
        point("upload.pinned");
        self.split(store, &arrival.job).await
    }

    /// The job as it stands, ended if its payload was to be uploaded and never was.
    pub(crate) async fn end_if_unused(
        &self,
        store: &TenantStore,
        job: Job,
        expires: i64,
    ) -> Result<Option<Job>> {
        let key = objects::upload(&store.tenant().id, &job.id);
        if now() <= expires.saturating_add(GRACE) || self.bucket.has(&key).await? {
            return Ok(Some(job));
        }
        store.refuse_unused_job(&job.id, UNUSED).await?;
        store.job(&job.id, &[JobKind::Upload]).await
    }
}

/// Milliseconds since 1970.
pub(crate) fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or(i64::MAX)
}
