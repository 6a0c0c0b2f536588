//! A chunk begins, is settled, and its marker goes.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use people_domain::ids::stamp::Stamp;
use serde::{Deserialize, Serialize};

use super::ended::{self, RowsEnded, Snapshot};
use super::item::StoredState;
use super::lease::Lease;
use super::{Job, JobId, JobState};
use crate::people::Found;
use crate::table::call::ConditionalWrite;
use crate::table::clock::since_epoch;
use crate::table::convert::Item;
use crate::table::keys;
use crate::table::update::Update;
use crate::{Result, StoreError, TenantStore};

/// How the rows of a chunk or a job ended, or how many people it erased.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    /// Rows written whole.
    pub success: u64,
    /// Rows of which nothing was written.
    pub failure: u64,
    /// Rows of which a part was.
    pub partial: u64,
    /// People erased.
    pub erased: u64,
}

impl Counts {
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
pub struct Begun {
    /// Its number.
    pub chunk: u32,
    /// Since when this worker has it.
    pub(crate) held: Stamp,
    /// The first attempt's: what was born with it was inserted by this chunk.
    pub stamp: Stamp,
    /// How it ended, if it is settled.
    pub settled: Option<Counts>,
    /// The people it is to erase, once they are recorded.
    pub found: Option<Vec<Found>>,
    /// How its rows ended so far.
    pub ended: Arc<RowsEnded>,
    /// Attempts before this one that did not come back: a worker that fails alive gives the chunk
    /// back, and trouble of the store is no reason to give rows up.
    pub deaths: u32,
}

/// Since when a worker has a chunk.
pub(super) const HELD: &str = "held";

/// Attempts that were begun and not given back.
const ATTEMPTS: &str = "attempts";

/// A chunk's item.
#[derive(Deserialize)]
struct StoredChunk {
    stamp: String,
    /// Every worker that begins sets it.
    held: Option<String>,
    counts: Option<Counts>,
    found: Option<Vec<String>>,
    #[serde(default)]
    attempts: u32,
}

/// The chunk that rows belong to, while a worker has it.
#[derive(Debug, Clone)]
pub struct ChunkRun {
    /// The job.
    pub job: JobId,
    /// The chunk's number.
    pub chunk: u32,
    /// When it was first attempted: what it inserts is told from what it finds.
    pub stamp: Stamp,
    /// How its rows ended so far.
    pub ended: Arc<RowsEnded>,
    held: Stamp,
}

impl Begun {
    /// The chunk, as its rows know it.
    #[must_use]
    pub fn run_of(&self, job: &JobId) -> ChunkRun {
        let Self { chunk, held, stamp, ref ended, .. } = *self;
        ChunkRun { job: job.clone(), chunk, stamp, ended: Arc::clone(ended), held }
    }
}

/// How a worker ends that could not settle its chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Return {
    /// By trouble that may pass: the attempt does not count.
    Trouble,
    /// By what another attempt meets again: it counts like a death, or the chunk would never end.
    Failure,
}

impl TenantStore {
    /// Begins a chunk, or goes on with it, and says so in a job that has not begun. For as long as
    /// `lease` no other worker gets it, unless it is settled or given back: two at one chunk would
    /// tell of the same rows what each saw of them.
    ///
    /// # Errors
    /// When another worker has it, and when the store fails.
    pub async fn begin_chunk(&self, job: &Job, chunk: u32, lease: Duration) -> Result<Begun> {
        let lease = Lease::new(self.store.stamp(), lease);
        let mine = lease.acquired.as_str();
        let update = Update::default()
            .set_once("stamp", AttributeValue::S(mine.to_owned()))
            .set_number("ttl", job.ttl)
            .increment(ATTEMPTS)
            .acquire(HELD, &lease, "done");
        let key = self.chunk_key(job, chunk);
        let (updated, started) =
            futures::join!(self.store.send_update(&key, update), self.start_job(job));
        started?;
        let is_own = |item: &Item| {
            item.get(HELD).and_then(|held| held.as_s().ok()) == Some(&mine.to_owned())
        };
        match updated? {
            ConditionalWrite::Done(item) => {
                begun(chunk, item).ok_or_else(|| StoreError::corrupt("chunk"))
            }
            // The answer to an earlier try was lost.
            ConditionalWrite::Missed(Some(item)) if is_own(&item) => {
                begun(chunk, item).ok_or_else(|| StoreError::corrupt("chunk"))
            }
            _ => Err(StoreError::Unavailable(format!("chunk {chunk} is leased by another worker"))),
        }
    }

    /// Gives a chunk back that this worker could not end, with how its rows ended so far, so that the
    /// next one need not wait and writes none of them again.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn give_back_chunk(&self, job: &Job, begun: &Begun, why: Return) -> Result<()> {
        let _recording = begun.ended.recorded.lock().await;
        let Snapshot { version, rows } = begun.ended.snapshot();
        let update = Update::default().set_text(HELD, Stamp::new(0).as_str());
        let update = match why {
            Return::Trouble => update.decrement(ATTEMPTS),
            Return::Failure => update,
        };
        let update = update.set_attribute(ended::ROWS, rows).set_version(ended::VERSION, version);
        let update = update.if_text(HELD, begun.held.as_str());
        self.store.send_update(&self.chunk_key(job, begun.chunk), update).await.map(|_| ())
    }

    /// Records how rows ended so far; does nothing when all that was noted is recorded.
    ///
    /// # Errors
    /// When another worker has the chunk by now, and when the store fails.
    pub(crate) async fn record_ended(&self, of: &ChunkRun) -> Result<()> {
        let wanted = of.ended.version();
        let mut recorded = of.ended.recorded.lock().await;
        if *recorded >= wanted {
            return Ok(());
        }
        let Snapshot { version, rows } = of.ended.snapshot();
        let update =
            Update::default().set_attribute(ended::ROWS, rows).set_version(ended::VERSION, version);
        let update = update.if_text(HELD, of.held.as_str());
        let key = keys::job_item(&self.tenant.id, of.job.as_str(), keys::CHUNK, of.chunk);
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
        let update = Update::default().set_text("state", StoredState::InProgress.as_str());
        // Another chunk may have begun, or even been the last.
        let update = update.if_text("state", StoredState::Init.as_str()).if_present("chunks");
        self.store
            .send_update(&keys::job(&self.tenant.id, job.id.as_str()), update)
            .await
            .map(|_| ())
    }

    /// Records whom a chunk is to erase; what the first attempt recorded stands.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn record_found(&self, job: &Job, chunk: u32, found: &[Found]) -> Result<Vec<Found>> {
        let list = found.iter().map(|found| AttributeValue::S(found.as_str().to_owned())).collect();
        let update =
            Update::default().set_once("found", AttributeValue::L(list)).if_present("stamp");
        let ConditionalWrite::Done(item) =
            self.store.send_update(&self.chunk_key(job, chunk), update).await?
        else {
            return Err(StoreError::corrupt("chunk"));
        };
        begun(chunk, item).and_then(|begun| begun.found).ok_or_else(|| StoreError::corrupt("chunk"))
    }

    /// Records how a chunk ended; false when it had ended before, for the first to do so decides.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn settle_chunk(&self, job: &Job, chunk: u32, counts: Counts) -> Result<bool> {
        let now = u64::try_from(since_epoch().as_millis()).unwrap_or(u64::MAX);
        let update = Update::default().set_number("done", now).set_serialized("counts", &counts)?;
        let update = update.if_present("stamp").if_absent("done");
        let updated = self.store.send_update(&self.chunk_key(job, chunk), update).await?;
        Ok(matches!(updated, ConditionalWrite::Done(_)))
    }

    /// Removes a chunk's marker, if it is there.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn remove_todo(&self, job: &Job, chunk: u32) -> Result<()> {
        let key = keys::job_item(&self.tenant.id, job.id.as_str(), keys::TODO, chunk);
        self.store.delete_item(&key).await
    }

    fn chunk_key(&self, job: &Job, chunk: u32) -> keys::Key {
        keys::job_item(&self.tenant.id, job.id.as_str(), keys::CHUNK, chunk)
    }
}

fn begun(chunk: u32, item: Item) -> Option<Begun> {
    let ended = Arc::new(RowsEnded::read(&item)?);
    let stored: StoredChunk = serde_dynamo::from_item(item).ok()?;
    let found = stored.found.map(|list| list.iter().map(|text| Found::parse(text)).collect());
    let found: Option<Option<Vec<_>>> = found;
    Some(Begun {
        chunk,
        held: Stamp::parse(stored.held.as_deref()?)?,
        stamp: Stamp::parse(&stored.stamp)?,
        settled: stored.counts,
        found: match found {
            None => None,
            Some(list) => Some(list?),
        },
        ended,
        deaths: stored.attempts.saturating_sub(1),
    })
}

/// How a chunk ended; none when it is not settled.
pub(super) fn counts(item: Item) -> Result<Counts> {
    let stored: StoredChunk =
        serde_dynamo::from_item(item).map_err(|_| StoreError::corrupt("chunk"))?;
    Ok(stored.counts.unwrap_or_default())
}
