//! Jobs: one item for the job, one per chunk, and a marker for each chunk that is still to be
//! settled. Every transition is one conditional write, so that a step may run twice.

mod chunk;
mod complete;
mod create;
mod item;
mod lease;
mod plan;
mod progress;
mod recorded_outcomes;
mod stall;

pub use chunk::{ChunkContext, ChunkLease, JobCounts, ReleaseReason};
pub use create::Submission;
pub use item::ObjectVersion;
pub use plan::{JobPlan, PENDING_CHUNKS_PER_TRANSACTION_MAX, PendingChunk, UploadedObject};
pub use progress::JobProgress;
pub use recorded_outcomes::RecordedOutcomes;
pub(crate) use recorded_outcomes::{RecordedOutcome, StoredRefusal};

use people_domain::ids::stamp::Stamp;
use people_domain::people::JobAcceptance;
use serde::{Deserialize, Serialize};

use crate::table::keys;
use crate::{Result, TenantStore};

/// The id of a job, which callers know as statusId, jobId or deleteRequestId: a UUID's text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct JobId(String);

/// What a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JobKind {
    /// Upserts of people/async: each record whole or not at all.
    Async,
    /// Upserts of bulk async, the payload in the request.
    Bulk,
    /// The same, the payload uploaded later.
    Upload,
    /// Erases people.
    Delete,
}

/// How far a job is, with what is known only then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobState {
    /// Its payload may be uploaded until `expires` (milliseconds since 1970) and is not there yet.
    Awaited {
        /// When the upload's URL ends.
        expires: i64,
    },
    /// Nothing of it has begun. `chunks`: their number, for a job that was planned as it was made.
    Init {
        /// Chunks, if planned.
        chunks: Option<u32>,
    },
    /// It is planned, and chunks are being applied.
    InProgress {
        /// Their number.
        chunks: u32,
    },
    /// All chunks are settled, or there was nothing to do.
    Completed {
        /// Chunks; none when the payload was refused.
        chunks: u32,
        /// The sums of all chunks.
        counts: JobCounts,
        /// Why the payload was refused, if it was.
        message: Option<String>,
        /// To completion from acceptance, of an upload from its arrival, in milliseconds.
        took_ms: u64,
    },
}

/// A job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// What it does.
    pub kind: JobKind,
    /// When it was made.
    pub accepted: Stamp,
    /// When its payload was accepted, as erasures see it: people erased since then are not filled
    /// again by it.
    pub acceptance: JobAcceptance,
    /// How far it is.
    pub state: JobState,
    /// Where its payload is, as a key in the bucket.
    pub payload: Option<String>,
    /// Which of the uploads to its place is the payload: the first.
    pub payload_version: Option<ObjectVersion>,
    /// The lookups of the whole payload, as JSON.
    pub lookups: Option<String>,
    /// The hash of the plan that its chunks are parts of; none of a job whose payload is not cut.
    pub plan: Option<String>,
    /// When its messages were last sent again, because it stood still.
    resent_at: Option<Stamp>,
    /// When it and all that belongs to it is forgotten, in seconds since 1970.
    ttl: u64,
}

impl JobId {
    /// A text of an id's form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_lower = !text.bytes().any(|byte| byte.is_ascii_uppercase());
        let is_uuid = text.contains('-') && people_domain::ids::gsid::Gsid::parse(text).is_some();
        (is_lower && is_uuid).then(|| Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for JobId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl JobState {
    /// The word that callers are told.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Awaited { .. } | Self::Init { .. } => "INIT",
            Self::InProgress { .. } => "INPROGRESS",
            Self::Completed { .. } => "COMPLETED",
        }
    }
}

impl Job {
    /// The number of its chunks, once planned.
    #[must_use]
    pub fn chunks(&self) -> Option<u32> {
        match self.state {
            JobState::Awaited { .. } => None,
            JobState::Init { chunks } => chunks,
            JobState::InProgress { chunks } | JobState::Completed { chunks, .. } => Some(chunks),
        }
    }
}

impl TenantStore {
    /// A job of one of these kinds, strongly consistent. None for another kind, for one that is
    /// forgotten, and for another tenant's.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn read_job(&self, id: &JobId, kinds: &[JobKind]) -> Result<Option<Job>> {
        let key = keys::job_key(&self.tenant.id, id.as_str());
        let Some(item) = self.read_item(&key).await? else { return Ok(None) };
        let job = item::parse_job(id, item)?;
        Ok(job.filter(|job| kinds.contains(&job.kind)))
    }
}
