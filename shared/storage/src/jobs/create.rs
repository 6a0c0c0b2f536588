//! Creates jobs: to be split later, planned at once, or completed at once. One transaction writes a
//! job with its line in the list of jobs and its pending chunk markers.

use std::time::Duration;

use people_domain::ids::stamp::Stamp;

use super::item::StoredJob;
use super::plan::PendingChunk;
use super::{JobCounts, JobId, JobKind, JobStatus};
use crate::table::clock::since_epoch;
use crate::table::convert::serialize_item;
use crate::table::keys;
use crate::{Result, StoreError, TenantStore};

/// A job that is accepted.
#[derive(Debug, Clone)]
pub struct Submission {
    /// A new id.
    pub id: JobId,
    pub kind: JobKind,
    /// The payload's key in the bucket.
    pub payload: Option<String>,
    /// The end of the time in which the payload may be uploaded, in milliseconds since 1970.
    pub expires: Option<i64>,
    /// The tenant's count of erasures, read before the payload counts as accepted; `None` when the
    /// payload is accepted later, or when erasures do not matter.
    pub erasures: Option<u64>,
    /// How long the job is kept.
    pub retention: Duration,
}

impl Submission {
    fn to_stored_job(&self, state: JobStatus, accepted: Stamp) -> StoredJob {
        StoredJob {
            kind: self.kind,
            state,
            accepted: accepted.as_str().to_owned(),
            ttl: since_epoch().saturating_add(self.retention).as_secs(),
            expires: self.expires,
            payload: self.payload.clone(),
            pin: None,
            arrived: None,
            erasures: self.erasures,
            uploaded: None,
            plan: None,
            again: None,
            chunks: None,
            lookups: None,
            completed: None,
            counts: None,
            message: None,
        }
    }
}

impl TenantStore {
    /// Creates a job whose chunks are not known yet.
    pub async fn create_job(&self, submission: &Submission) -> Result<()> {
        let stored = submission.to_stored_job(JobStatus::Init, self.store.new_stamp());
        self.write_job(&submission.id, &stored, &[]).await
    }

    /// Creates a job with its pending chunk markers, all or nothing: at most
    /// [`PENDING_CHUNKS_PER_TRANSACTION_MAX`](super::PENDING_CHUNKS_PER_TRANSACTION_MAX). `plan` is
    /// the hash of its plan, if its payload was split by rules that may change.
    pub async fn create_planned_job(
        &self,
        submission: &Submission,
        pending_chunks: &[PendingChunk],
        plan: Option<&str>,
    ) -> Result<()> {
        let mut stored = submission.to_stored_job(JobStatus::Init, self.store.new_stamp());
        stored.plan = plan.map(str::to_owned);
        stored.chunks = u32::try_from(pending_chunks.len()).ok();
        self.write_job(&submission.id, &stored, pending_chunks).await
    }

    /// Creates a job that has nothing to do. `message` is the reason, if its payload was refused.
    pub async fn create_completed_job(
        &self,
        submission: &Submission,
        message: Option<&str>,
    ) -> Result<()> {
        let accepted = self.store.new_stamp();
        let mut stored = submission.to_stored_job(JobStatus::Completed, accepted);
        stored.chunks = Some(0);
        stored.completed = Some(accepted.millis());
        stored.counts = Some(JobCounts::default());
        stored.message = message.map(str::to_owned);
        self.write_job(&submission.id, &stored, &[]).await
    }

    /// Writes a job with its line and its markers, all or nothing. The SDK sends an attempt whose
    /// answer was lost again under the same request token, and DynamoDB answers it as done.
    async fn write_job(
        &self,
        id: &JobId,
        stored: &StoredJob,
        pending_chunks: &[PendingChunk],
    ) -> Result<()> {
        let job = serialize_item(&keys::job_key(&self.tenant.id, id.as_str()), stored)?;
        let line = self.build_job_line(id, stored.ttl);
        let mut actions = vec![self.store.build_insert(job)?, self.store.build_put(line)?];
        for pending_chunk in pending_chunks {
            let item = self.build_pending_chunk_item(id, stored.ttl, pending_chunk)?;
            actions.push(self.store.build_put(item)?);
        }
        if self.store.write_all_or_none(actions).await? {
            Ok(())
        } else {
            Err(StoreError::Unexpected(format!("job {id} exists already")))
        }
    }
}
