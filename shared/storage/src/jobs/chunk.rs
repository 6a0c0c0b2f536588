//! A chunk begins, is settled, and its marker goes.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use people_domain::ids::stamp::Stamp;
use serde::{Deserialize, Serialize};

use super::item::StoredJobState;
use super::lease::Lease;
use super::recorded_outcomes::{self, OutcomesSnapshot, RecordedOutcomes};
use super::{Job, JobId, JobState};
use crate::people::ErasureTarget;
use crate::table::call::ConditionalWrite;
use crate::table::clock::since_epoch;
use crate::table::convert::TableItem;
use crate::table::keys;
use crate::table::update::ItemUpdate;
use crate::{Result, StoreError, TenantStore};

/// How the rows of a chunk or a job ended, or how many people it erased.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct JobCounts {
    /// Rows written whole.
    pub success: u64,
    /// Rows of which nothing was written.
    pub failure: u64,
    /// Rows of which a part was.
    pub partial: u64,
    /// People erased.
    pub erased: u64,
}

impl JobCounts {
    /// All rows.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.success + self.failure + self.partial
    }

    /// These and others.
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

/// A chunk that a worker has.
#[derive(Debug, Clone)]
pub struct ChunkLease {
    /// Its number.
    pub chunk: u32,
    /// Since when this worker has it.
    pub(crate) leased_at: Stamp,
    /// The first attempt's: what was born with it was inserted by this chunk.
    pub stamp: Stamp,
    /// How it ended, if it is settled.
    pub settled: Option<JobCounts>,
    /// The people it is to erase, once they are recorded.
    pub erasure_targets: Option<Vec<ErasureTarget>>,
    /// How its rows ended so far.
    pub outcomes: Arc<RecordedOutcomes>,
    /// Attempts before this one that did not come back: a worker that fails alive gives the chunk
    /// back, and trouble of the store is no reason to give rows up.
    pub lost_attempts: u32,
}

/// Since when a worker has a chunk.
pub(super) const LEASED_AT: &str = "held";

/// Attempts that were begun and not given back.
const UNRETURNED_ATTEMPTS: &str = "attempts";

/// A chunk's item.
#[derive(Deserialize)]
struct StoredChunk {
    stamp: String,
    /// Every worker that begins sets it.
    held: Option<String>,
    counts: Option<JobCounts>,
    found: Option<Vec<String>>,
    #[serde(default)]
    attempts: u32,
}

/// The chunk that rows belong to, while a worker has it.
#[derive(Debug, Clone)]
pub struct ChunkContext {
    /// The job.
    pub job: JobId,
    /// The chunk's number.
    pub chunk: u32,
    /// When it was first attempted: what it inserts is told from what it finds.
    pub stamp: Stamp,
    /// How its rows ended so far.
    pub outcomes: Arc<RecordedOutcomes>,
    leased_at: Stamp,
}

impl ChunkLease {
    /// The chunk, as its rows know it.
    #[must_use]
    pub fn chunk_context(&self, job: &JobId) -> ChunkContext {
        let Self { chunk, leased_at: held, stamp, outcomes: ref ended, .. } = *self;
        ChunkContext {
            job: job.clone(),
            chunk,
            stamp,
            outcomes: Arc::clone(ended),
            leased_at: held,
        }
    }
}

/// How a worker ends that could not settle its chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReleaseReason {
    /// By trouble that may pass: the attempt does not count.
    StoreUnavailable,
    /// By what another attempt meets again: it counts like a death, or the chunk would never end.
    AttemptFailed,
}

impl TenantStore {
    /// Begins a chunk, or goes on with it, and says so in a job that has not begun. For as long as
    /// `lease` no other worker gets it, unless it is settled or given back: two at one chunk would
    /// tell of the same rows what each saw of them.
    ///
    /// # Errors
    /// When another worker has it, and when the store fails.
    pub async fn acquire_lease(
        &self,
        job: &Job,
        chunk: u32,
        lease: Duration,
    ) -> Result<ChunkLease> {
        let lease = Lease::new(self.store.new_stamp(), lease);
        let mine = lease.acquired.as_str();
        let update = ItemUpdate::default()
            .set_once("stamp", AttributeValue::S(mine.to_owned()))
            .set_number("ttl", job.ttl)
            .increment(UNRETURNED_ATTEMPTS)
            .acquire(LEASED_AT, &lease, "done");
        let key = self.chunk_key(job, chunk);
        let (updated, started) =
            futures::join!(self.store.send_update(&key, update), self.start_job(job));
        started?;
        let is_own = |item: &TableItem| {
            item.get(LEASED_AT).and_then(|held| held.as_s().ok()) == Some(&mine.to_owned())
        };
        match updated? {
            ConditionalWrite::Done(item) => {
                parse_chunk_lease(chunk, item).ok_or_else(|| StoreError::corrupt("chunk"))
            }
            // The answer to an earlier try was lost.
            ConditionalWrite::Missed(Some(item)) if is_own(&item) => {
                parse_chunk_lease(chunk, item).ok_or_else(|| StoreError::corrupt("chunk"))
            }
            _ => Err(StoreError::Unavailable(format!("chunk {chunk} is leased by another worker"))),
        }
    }

    /// Gives a chunk back that this worker could not end, with how its rows ended so far, so that the
    /// next one need not wait and writes none of them again.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn release_lease(
        &self,
        job: &Job,
        begun: &ChunkLease,
        why: ReleaseReason,
    ) -> Result<()> {
        let _recording = begun.outcomes.recorded.lock().await;
        let OutcomesSnapshot { version, rows } = begun.outcomes.snapshot();
        let update = ItemUpdate::default().set_text(LEASED_AT, Stamp::new(0).as_str());
        let update = match why {
            ReleaseReason::StoreUnavailable => update.decrement(UNRETURNED_ATTEMPTS),
            ReleaseReason::AttemptFailed => update,
        };
        let update = update
            .set_attribute(recorded_outcomes::OUTCOMES, rows)
            .set_version(recorded_outcomes::OUTCOMES_VERSION, version);
        let update = update.if_text(LEASED_AT, begun.leased_at.as_str());
        self.store.send_update(&self.chunk_key(job, begun.chunk), update).await.map(|_| ())
    }

    /// Records how rows ended so far; does nothing when all that was noted is recorded.
    ///
    /// # Errors
    /// When another worker has the chunk by now, and when the store fails.
    pub(crate) async fn record_outcomes(&self, of: &ChunkContext) -> Result<()> {
        let wanted = of.outcomes.version();
        let mut recorded = of.outcomes.recorded.lock().await;
        if *recorded >= wanted {
            return Ok(());
        }
        let OutcomesSnapshot { version, rows } = of.outcomes.snapshot();
        let update = ItemUpdate::default()
            .set_attribute(recorded_outcomes::OUTCOMES, rows)
            .set_version(recorded_outcomes::OUTCOMES_VERSION, version);
        let update = update.if_text(LEASED_AT, of.leased_at.as_str());
        let key =
            keys::job_item_key(&self.tenant.id, of.job.as_str(), keys::CHUNK_PREFIX, of.chunk);
        match self.store.send_update(&key, update).await? {
            ConditionalWrite::Done(_) => {
                *recorded = version;
                Ok(())
            }
            _ => Err(StoreError::Unavailable(format!(
                "chunk {} is leased by another worker",
                of.chunk
            ))),
        }
    }

    async fn start_job(&self, job: &Job) -> Result<()> {
        if !matches!(job.state, JobState::Init { .. }) {
            return Ok(());
        }
        let update = ItemUpdate::default().set_text("state", StoredJobState::InProgress.as_str());
        // Another chunk may have begun, or even been the last.
        let update = update.if_text("state", StoredJobState::Init.as_str()).if_present("chunks");
        self.store
            .send_update(&keys::job_key(&self.tenant.id, job.id.as_str()), update)
            .await
            .map(|_| ())
    }

    /// Records whom a chunk is to erase; what the first attempt recorded stands.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn record_erasure_targets(
        &self,
        job: &Job,
        chunk: u32,
        found: &[ErasureTarget],
    ) -> Result<Vec<ErasureTarget>> {
        let list = found.iter().map(|found| AttributeValue::S(found.as_str().to_owned())).collect();
        let update =
            ItemUpdate::default().set_once("found", AttributeValue::L(list)).if_present("stamp");
        let ConditionalWrite::Done(item) =
            self.store.send_update(&self.chunk_key(job, chunk), update).await?
        else {
            return Err(StoreError::corrupt("chunk"));
        };
        parse_chunk_lease(chunk, item)
            .and_then(|begun| begun.erasure_targets)
            .ok_or_else(|| StoreError::corrupt("chunk"))
    }

    /// Records how a chunk ended; false when it had ended before, for the first to do so decides.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn settle_chunk(&self, job: &Job, chunk: u32, counts: JobCounts) -> Result<bool> {
        let now = u64::try_from(since_epoch().as_millis()).unwrap_or(u64::MAX);
        let update =
            ItemUpdate::default().set_number("done", now).set_serialized("counts", &counts)?;
        let update = update.if_present("stamp").if_absent("done");
        let updated = self.store.send_update(&self.chunk_key(job, chunk), update).await?;
        Ok(matches!(updated, ConditionalWrite::Done(_)))
    }

    /// Removes a chunk's marker, if it is there.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn delete_pending_chunk(&self, job: &Job, chunk: u32) -> Result<()> {
        let key =
            keys::job_item_key(&self.tenant.id, job.id.as_str(), keys::PENDING_CHUNK_PREFIX, chunk);
        self.store.delete_item(&key).await
    }

    fn chunk_key(&self, job: &Job, chunk: u32) -> keys::ItemKey {
        keys::job_item_key(&self.tenant.id, job.id.as_str(), keys::CHUNK_PREFIX, chunk)
    }
}

fn parse_chunk_lease(chunk: u32, item: TableItem) -> Option<ChunkLease> {
    let ended = Arc::new(RecordedOutcomes::from_item(&item)?);
    let stored: StoredChunk = serde_dynamo::from_item(item).ok()?;
    let found =
        stored.found.map(|list| list.iter().map(|text| ErasureTarget::parse(text)).collect());
    let found: Option<Option<Vec<_>>> = found;
    Some(ChunkLease {
        chunk,
        leased_at: Stamp::parse(stored.held.as_deref()?)?,
        stamp: Stamp::parse(&stored.stamp)?,
        settled: stored.counts,
        erasure_targets: match found {
            None => None,
            Some(list) => Some(list?),
        },
        outcomes: ended,
        lost_attempts: stored.attempts.saturating_sub(1),
    })
}

/// How a chunk ended; none when it is not settled.
pub(super) fn parse_chunk_counts(item: TableItem) -> Result<JobCounts> {
    let stored: StoredChunk =
        serde_dynamo::from_item(item).map_err(|_| StoreError::corrupt("chunk"))?;
    Ok(stored.counts.unwrap_or_default())
}
