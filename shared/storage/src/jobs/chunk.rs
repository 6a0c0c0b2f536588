//! Chunks: they are leased, settled, and their pending chunk markers are deleted.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use people_domain::ids::stamp::Stamp;
use serde::{Deserialize, Serialize};

use super::lease::Lease;
use super::recorded_outcomes::RecordedOutcomes;
use super::{Job, JobId, JobKind, JobState, JobStatus};
use crate::people::ErasureTarget;
use crate::table::call::ConditionalWrite;
use crate::table::clock::since_epoch;
use crate::table::convert::{TableItem, item_text};
use crate::table::keys;
use crate::table::update::ItemUpdate;
use crate::{Result, StoreError, TenantStore};

/// The row outcomes of a chunk or a job by kind, or the people that it erased.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct JobCounts {
    /// Rows that were written completely.
    pub success: u64,
    /// Rows of which nothing was written.
    pub failure: u64,
    /// Rows of which a part was written.
    pub partial: u64,
    /// People that were erased.
    pub erased: u64,
}

impl JobCounts {
    /// The number of rows.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.success + self.failure + self.partial
    }

    /// The counts as callers get them: the rows of a delete are the people that it erased.
    #[must_use]
    pub fn to_rows(self, kind: JobKind) -> Self {
        match kind {
            JobKind::Delete => Self { success: self.erased, ..Self::default() },
            JobKind::Async | JobKind::Bulk | JobKind::Upload => self,
        }
    }

    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            success: self.success + other.success,
            failure: self.failure + other.failure,
            partial: self.partial + other.partial,
            erased: self.erased + other.erased,
        }
    }
}

/// A worker's lease on a chunk, with the chunk's state.
#[derive(Debug, Clone)]
pub struct ChunkLease {
    pub chunk: u32,
    pub(crate) leased_at: Stamp,
    /// The stamp of the chunk's first attempt. Records with this creation stamp were inserted by
    /// the chunk.
    pub stamp: Stamp,
    /// The counts of a settled chunk.
    pub settled: Option<JobCounts>,
    /// The people that the chunk is to erase, once they are recorded.
    pub erasure_targets: Option<Vec<ErasureTarget>>,
    pub outcomes: Arc<RecordedOutcomes>,
    /// Earlier attempts that ended without a release. A worker that fails releases its lease, and a
    /// failure of the store is no reason to give rows up.
    pub lost_attempts: u32,
}

/// Attribute of the lease's stamp.
pub(super) const LEASED_AT: &str = "held";

/// Attribute that counts the attempts that were started and not released.
const UNRETURNED_ATTEMPTS: &str = "attempts";

/// A chunk's item.
#[derive(Deserialize)]
struct StoredChunk {
    stamp: String,
    /// Set by every worker that acquires the lease.
    held: Option<String>,
    counts: Option<JobCounts>,
    found: Option<Vec<String>>,
    #[serde(default)]
    attempts: u32,
}

/// The leased chunk that rows belong to.
#[derive(Debug, Clone)]
pub struct ChunkContext {
    pub job: JobId,
    pub chunk: u32,
    /// The stamp of the chunk's first attempt. It distinguishes records that the chunk inserts from
    /// those that it finds.
    pub stamp: Stamp,
    pub outcomes: Arc<RecordedOutcomes>,
    leased_at: Stamp,
}

impl ChunkLease {
    #[must_use]
    pub fn chunk_context(&self, job: &JobId) -> ChunkContext {
        let Self { chunk, leased_at, stamp, ref outcomes, .. } = *self;
        let (job, outcomes) = (job.clone(), Arc::clone(outcomes));
        ChunkContext { job, chunk, stamp, outcomes, leased_at }
    }
}

/// Why a worker releases a chunk that it could not settle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReleaseReason {
    /// A failure that may not occur again: the attempt does not count.
    StoreUnavailable,
    /// A failure that another attempt would repeat. It counts like a killed worker: otherwise the
    /// chunk would be attempted for ever.
    AttemptFailed,
}

impl TenantStore {
    /// Leases a chunk for `duration`, and marks its job as in progress. No other worker can lease
    /// the chunk in that time, unless it is settled or released: two workers at one chunk would
    /// report different outcomes of the same rows.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when another worker holds the lease.
    pub async fn acquire_lease(
        &self,
        job: &Job,
        chunk: u32,
        duration: Duration,
    ) -> Result<ChunkLease> {
        let lease = Lease::new(self.store.new_stamp(), duration);
        let acquired = lease.acquired.as_str();
        let update = ItemUpdate::default()
            .set_once("stamp", AttributeValue::S(acquired.to_owned()))
            .set_number("ttl", job.ttl)
            .increment(UNRETURNED_ATTEMPTS)
            .acquire(LEASED_AT, &lease, "done");
        let key = self.chunk_key(job, chunk);
        let (updated, started) =
            futures::join!(self.store.send_update(&key, update), self.start_job(job));
        started?;
        let is_own = |item: &TableItem| item_text(item, LEASED_AT) == Some(acquired);
        let item = match updated? {
            ConditionalWrite::Done(item) => item,
            // The answer to an earlier attempt was lost.
            ConditionalWrite::Missed(Some(item)) if is_own(&item) => item,
            _ => return Err(leased_by_other(chunk)),
        };
        parse_chunk_lease(chunk, item).ok_or_else(|| StoreError::corrupt("chunk"))
    }

    /// Releases a chunk that this worker could not settle, and records the outcomes of its rows so
    /// far: the next worker need not wait for the lease to expire, and writes none of them again.
    pub async fn release_lease(
        &self,
        job: &Job,
        lease: &ChunkLease,
        reason: ReleaseReason,
    ) -> Result<()> {
        let _recording = lease.outcomes.recorded.lock().await;
        let update = ItemUpdate::default()
            .set_text(LEASED_AT, Stamp::new(0).as_str())
            .set_outcomes(lease.outcomes.snapshot())
            .if_text(LEASED_AT, lease.leased_at.as_str());
        let update = match reason {
            ReleaseReason::StoreUnavailable => update.decrement(UNRETURNED_ATTEMPTS),
            ReleaseReason::AttemptFailed => update,
        };
        self.store.send_update(&self.chunk_key(job, lease.chunk), update).await.map(|_| ())
    }

    /// Records the row outcomes that are not recorded yet.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when another worker holds the lease by now.
    pub(crate) async fn record_outcomes(&self, context: &ChunkContext) -> Result<()> {
        let ChunkContext { job, chunk, outcomes, leased_at, .. } = context;
        let wanted = outcomes.version();
        let mut recorded = outcomes.recorded.lock().await;
        if *recorded >= wanted {
            return Ok(());
        }
        let snapshot = outcomes.snapshot();
        let version = snapshot.version;
        let update =
            ItemUpdate::default().set_outcomes(snapshot).if_text(LEASED_AT, leased_at.as_str());
        let key = keys::job_item_key(&self.tenant.id, job.as_str(), keys::CHUNK_PREFIX, *chunk);
        match self.store.send_update(&key, update).await? {
            ConditionalWrite::Done(_) => {
                *recorded = version;
                Ok(())
            }
            _ => Err(leased_by_other(*chunk)),
        }
    }

    async fn start_job(&self, job: &Job) -> Result<()> {
        if !matches!(job.state, JobState::Init { .. }) {
            return Ok(());
        }
        // The condition fails when another chunk has started the job, or even was its last.
        let update = ItemUpdate::default()
            .set_text("state", JobStatus::InProgress.as_str())
            .if_text("state", JobStatus::Init.as_str())
            .if_present("chunks");
        let key = keys::job_key(&self.tenant.id, job.id.as_str());
        self.store.send_update(&key, update).await.map(|_| ())
    }

    /// Records the people that a chunk is to erase, and returns those of the first attempt, which
    /// are never replaced.
    pub async fn record_erasure_targets(
        &self,
        job: &Job,
        chunk: u32,
        targets: &[ErasureTarget],
    ) -> Result<Vec<ErasureTarget>> {
        let list =
            targets.iter().map(|target| AttributeValue::S(target.as_str().to_owned())).collect();
        let update =
            ItemUpdate::default().set_once("found", AttributeValue::L(list)).if_present("stamp");
        let ConditionalWrite::Done(item) =
            self.store.send_update(&self.chunk_key(job, chunk), update).await?
        else {
            return Err(StoreError::corrupt("chunk"));
        };
        parse_chunk_lease(chunk, item)
            .and_then(|lease| lease.erasure_targets)
            .ok_or_else(|| StoreError::corrupt("chunk"))
    }

    /// Settles a chunk with its counts; false when it was settled before, because the first counts
    /// are final.
    pub async fn settle_chunk(&self, job: &Job, chunk: u32, counts: JobCounts) -> Result<bool> {
        let now = u64::try_from(since_epoch().as_millis()).unwrap_or(u64::MAX);
        let update = ItemUpdate::default()
            .set_number("done", now)
            .set_serialized("counts", &counts)?
            .if_present("stamp")
            .if_absent("done");
        let updated = self.store.send_update(&self.chunk_key(job, chunk), update).await?;
        Ok(updated.is_done())
    }

    /// Deletes a chunk's pending chunk marker, if it exists.
    pub async fn delete_pending_chunk(&self, job: &Job, chunk: u32) -> Result<()> {
        let key =
            keys::job_item_key(&self.tenant.id, job.id.as_str(), keys::PENDING_CHUNK_PREFIX, chunk);
        self.store.delete_item(&key).await
    }

    fn chunk_key(&self, job: &Job, chunk: u32) -> keys::ItemKey {
        keys::job_item_key(&self.tenant.id, job.id.as_str(), keys::CHUNK_PREFIX, chunk)
    }
}

fn leased_by_other(chunk: u32) -> StoreError {
    StoreError::Unavailable(format!("chunk {chunk} is leased by another worker"))
}

fn parse_chunk_lease(chunk: u32, item: TableItem) -> Option<ChunkLease> {
    let outcomes = Arc::new(RecordedOutcomes::from_item(&item)?);
    let stored: StoredChunk = serde_dynamo::from_item(item).ok()?;
    let parse_targets = |list: Vec<String>| {
        list.iter().map(|text| ErasureTarget::parse(text)).collect::<Option<Vec<_>>>()
    };
    Some(ChunkLease {
        chunk,
        leased_at: Stamp::parse(stored.held.as_deref()?)?,
        stamp: Stamp::parse(&stored.stamp)?,
        settled: stored.counts,
        erasure_targets: match stored.found {
            None => None,
            Some(list) => Some(parse_targets(list)?),
        },
        outcomes,
        lost_attempts: stored.attempts.saturating_sub(1),
    })
}

/// The counts of a chunk; all zero until it is settled.
pub(super) fn parse_chunk_counts(item: TableItem) -> Result<JobCounts> {
    let stored: StoredChunk =
        serde_dynamo::from_item(item).map_err(|_| StoreError::corrupt("chunk"))?;
    Ok(stored.counts.unwrap_or_default())
}
