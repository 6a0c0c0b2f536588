//! The items of a job as stored.

use people_domain::ids::stamp::Stamp;
use people_domain::people::JobAcceptance;
use serde::{Deserialize, Serialize};

use super::{Job, JobCounts, JobId, JobKind, JobState, JobStatus};
use crate::table::clock::since_epoch;
use crate::table::convert::TableItem;
use crate::{Result, StoreError};

/// The version of an uploaded object, among all that may have been put under its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectVersion {
    /// The ETag, without quotes.
    pub etag: String,
    /// `None` when the bucket keeps no versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// The job's item. Absent fields are left out, because a condition does not treat NULL as absent.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct StoredJob {
    pub(super) kind: JobKind,
    pub(super) state: JobStatus,
    pub(super) accepted: String,
    pub(super) ttl: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) expires: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) payload: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) pin: Option<ObjectVersion>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) arrived: Option<i64>,
    /// The tenant's count of erasures when the payload was accepted; for an upload, when it was
    /// pinned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) erasures: Option<u64>,
    /// When an upload was put, by the bucket's clock, in milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) uploaded: Option<i64>,
    /// The hash of the plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) plan: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) again: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) chunks: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) lookups: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) completed: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) counts: Option<JobCounts>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) message: Option<String>,
}

/// Parses a job; `None` when it has expired, though the store has not removed it yet.
pub(super) fn parse_job(id: &JobId, item: TableItem) -> Result<Option<Job>> {
    let corrupt = || StoreError::corrupt("job");
    let stored: StoredJob = serde_dynamo::from_item(item).map_err(|_| corrupt())?;
    if stored.ttl <= since_epoch().as_secs() {
        return Ok(None);
    }
    let accepted = Stamp::parse(&stored.accepted).ok_or_else(corrupt)?;
    let state = parse_state(&stored, accepted).ok_or_else(corrupt)?;
    let again = stored.again.as_deref().and_then(Stamp::parse);
    let acceptance = JobAcceptance {
        erasures: stored.erasures.unwrap_or_default(),
        uploaded: stored.uploaded.map(Stamp::from_millis),
    };
    let StoredJob { kind, payload, pin, lookups, plan, ttl, .. } = stored;
    let id = id.clone();
    let job = Job {
        id,
        kind,
        accepted,
        acceptance,
        state,
        payload,
        payload_version: pin,
        lookups,
        plan,
        resent_at: again,
        ttl,
    };
    Ok(Some(job))
}

fn parse_state(stored: &StoredJob, accepted: Stamp) -> Option<JobState> {
    let began = stored.arrived.unwrap_or_else(|| accepted.millis());
    Some(match (stored.state, stored.expires) {
        (JobStatus::Init, Some(expires)) if stored.payload.is_none() => {
            JobState::Awaited { expires }
        }
        (JobStatus::Init, _) => JobState::Init { chunks: stored.chunks },
        (JobStatus::InProgress, _) => JobState::InProgress { chunks: stored.chunks? },
        (JobStatus::Completed, _) => JobState::Completed {
            chunks: stored.chunks?,
            counts: stored.counts?,
            message: stored.message.clone(),
            completed: stored.completed?,
            took_ms: u64::try_from(stored.completed? - began).unwrap_or_default(),
        },
    })
}
