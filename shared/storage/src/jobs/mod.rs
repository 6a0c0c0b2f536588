//! Jobs: one item for the job, one per chunk, a pending chunk marker for each chunk that is not
//! settled yet, and a line in the tenant's list of jobs. Every transition is one conditional write,
//! so each step may run twice.

mod chunk;
mod complete;
mod create;
mod item;
mod lease;
mod list;
mod plan;
mod progress;
mod recorded_outcomes;
mod stall;
mod status;

pub use chunk::{ChunkContext, ChunkLease, JobCounts, ReleaseReason};
pub use create::Submission;
pub use item::ObjectVersion;
pub use list::{JobListQuery, JobPage};
pub use plan::{JobPlan, PENDING_CHUNKS_PER_TRANSACTION_MAX, PendingChunk, UploadedObject};
pub use progress::JobProgress;
pub use recorded_outcomes::RecordedOutcomes;
pub(crate) use recorded_outcomes::{RecordedOutcome, StoredRefusal};
pub use status::JobStatus;

use people_domain::ids::stamp::Stamp;
use people_domain::people::JobAcceptance;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::table::keys;
use crate::{Result, TenantStore};

/// The id of a job, which callers know as statusId, jobId or deleteRequestId: a UUID in lower case
/// with hyphens.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct JobId(String);

/// The work of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JobKind {
    /// Upserts of people/async: each record all or nothing.
    Async,
    /// Upserts of bulk async whose payload is in the request.
    Bulk,
    /// Upserts of bulk async whose payload is uploaded later.
    Upload,
    /// Erasures of people.
    Delete,
}

/// The state of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobState {
    /// The payload is not uploaded yet; its URL expires at `expires` (milliseconds since 1970).
    Awaited { expires: i64 },
    /// No work has started. `chunks` is known for a job that was planned when it was created.
    Init { chunks: Option<u32> },
    /// The job is planned, and chunks are being applied.
    InProgress { chunks: u32 },
    /// All chunks are settled, or there was nothing to do.
    Completed {
        /// 0 when the payload was refused.
        chunks: u32,
        /// The sums of all chunks.
        counts: JobCounts,
        /// The reason for which the payload was refused, if it was.
        message: Option<String>,
        /// When the job was completed, in milliseconds since 1970.
        completed: i64,
        /// Milliseconds from acceptance, or from the arrival of an upload, to completion.
        took_ms: u64,
    },
}

/// A job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    pub id: JobId,
    pub kind: JobKind,
    /// The creation of the job.
    pub accepted: Stamp,
    /// The acceptance of the payload in the order of erasures: the job does not create people again
    /// that were erased since.
    pub acceptance: JobAcceptance,
    pub state: JobState,
    /// The payload's key in the bucket.
    pub payload: Option<String>,
    /// The upload that is the payload: the first that was put under its key.
    pub payload_version: Option<ObjectVersion>,
    /// The lookups of the whole payload, as JSON.
    pub lookups: Option<String>,
    /// The hash of the plan that the chunks are parts of; `None` when the payload is not split.
    pub plan: Option<String>,
    /// The last time at which the job had stalled and its messages were sent again.
    resent_at: Option<Stamp>,
    /// The expiry of the job's items, in seconds since 1970.
    ttl: u64,
}

impl JobId {
    /// A new id, which begins with the time.
    #[must_use]
    pub fn generate() -> Self {
        Self(Uuid::now_v7().to_string())
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let uuid = Uuid::try_parse(text).ok()?;
        // Other spellings of a UUID would name other items.
        (uuid.to_string() == text).then(|| Self(text.to_owned()))
    }

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

impl JobKind {
    /// The kind's name in items, answers and messages.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Async => "async",
            Self::Bulk => "bulk",
            Self::Upload => "upload",
            Self::Delete => "delete",
        }
    }
}

impl JobState {
    /// The state without its data. A job whose payload is awaited is INIT.
    #[must_use]
    pub fn status(&self) -> JobStatus {
        match self {
            Self::Awaited { .. } | Self::Init { .. } => JobStatus::Init,
            Self::InProgress { .. } => JobStatus::InProgress,
            Self::Completed { .. } => JobStatus::Completed,
        }
    }

    /// The state's name in answers.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        self.status().as_str()
    }
}

impl Job {
    /// The number of chunks, once the job is planned.
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
    /// Reads a job, strongly consistent. `None` when it is of another kind, has expired, or belongs
    /// to another tenant.
    pub async fn read_job(&self, id: &JobId, kinds: &[JobKind]) -> Result<Option<Job>> {
        let key = keys::job_key(&self.tenant.id, id.as_str());
        let Some(item) = self.read_item(&key).await? else { return Ok(None) };
        let job = item::parse_job(id, item)?;
        Ok(job.filter(|job| kinds.contains(&job.kind)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_one_spelling() {
        for (text, valid) in [
            ("7581e498-c37e-4057-8fc9-c8d4d543de1a", true),
            ("00000000-0000-0000-0000-000000000000", true),
            ("7581E498-c37e-4057-8fc9-c8d4d543de1a", false),
            ("7581e498c37e40578fc9c8d4d543de1a", false),
            ("{7581e498-c37e-4057-8fc9-c8d4d543de1a}", false),
            ("urn:uuid:7581e498-c37e-4057-8fc9-c8d4d543de1a", false),
            ("7581e498-c37e-4057-8fc9-c8d4d543de1", false),
            ("1p04qnk6encurxxdzwkncugvyyce5mhtre7d", false),
            ("", false),
        ] {
            assert_eq!(JobId::parse(text).is_some(), valid, "{text}");
        }
    }
}
