//! A chunk begins, is settled, and its marker goes.

use std::time::Duration;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use people_domain::stamp::Stamp;
use serde::{Deserialize, Serialize};

use super::item::StoredState;
use super::update::{Update, Updated};
use super::{Job, JobId, JobState};
use crate::clock::since_epoch;
use crate::convert::Item;
use crate::person::{Found, Refusal};
use crate::{Result, StoreError, TenantStore, keys};

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

/// A row that the store refused, before a later row of the same person was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedRow {
    /// Its place in the payload, from 1.
    pub row: u64,
    /// Why.
    pub refusal: Refusal,
    /// Whether the person was there.
    pub exists: bool,
}

/// A chunk that has begun, now or before.
#[derive(Debug, Clone, PartialEq)]
pub struct Begun {
    /// Its number.
    pub chunk: u32,
    /// Since when this worker has it.
    held: Stamp,
    /// The first attempt's: what was born with it was inserted by this chunk.
    pub stamp: Stamp,
    /// How it ended, if it is settled.
    pub settled: Option<Counts>,
    /// The people it is to erase, once they are recorded.
    pub found: Option<Vec<Found>>,
    /// Rows that earlier attempts saw refused, as far as it was recorded.
    pub refused: Vec<RefusedRow>,
    /// How often it was looked at since it was given up, this time included. The queue can't tell:
    /// it counts on what it counted before the message was a dead letter.
    pub looks: u32,
}

/// Since when a worker has a chunk.
const HELD: &str = "held";

/// How often a chunk was looked at since it was given up.
const LOOKS: &str = "looks";

/// A chunk's item.
#[derive(Deserialize)]
struct StoredChunk {
    stamp: String,
    /// Every worker that begins sets it; a chunk settled before there were leases lacks it.
    held: Option<String>,
    counts: Option<Counts>,
    found: Option<Vec<String>>,
    #[serde(default)]
    refused: Vec<RefusedRow>,
    #[serde(default)]
    looks: u32,
}

impl TenantStore {
    /// Begins a chunk, or goes on with it, and says so in a job that has not begun. For as long as
    /// `lease` no other worker gets it, unless it is settled or given back: two at one chunk would
    /// tell of the same rows what each saw of them.
    ///
    /// # Errors
    /// When another worker has it, and when the store fails.
    pub async fn begin_chunk(&self, job: &Job, chunk: u32, lease: Duration) -> Result<Begun> {
        self.take_chunk(job, chunk, lease, Update::default()).await
    }

    /// The same for a look at what became of a chunk that is given up; each one is counted.
    ///
    /// # Errors
    /// When another worker has it, and when the store fails.
    pub async fn begin_look(&self, job: &Job, chunk: u32, lease: Duration) -> Result<Begun> {
        self.take_chunk(job, chunk, lease, Update::default().count(LOOKS)).await
    }

    async fn take_chunk(
        &self,
        job: &Job,
        chunk: u32,
        lease: Duration,
        update: Update,
    ) -> Result<Begun> {
        let now = self.store.stamp();
        let stamp = AttributeValue::S(now.as_str().to_owned());
        let update = update.once("stamp", stamp).number("ttl", job.ttl);
        let update = update.take(HELD, now.as_str(), now.before(lease).as_str(), "done");
        let key = self.chunk_key(job, chunk);
        let (updated, started) = futures::join!(self.update(&key, update), self.start_job(job));
        started?;
        match updated? {
            Updated::Done(item) => begun(chunk, item).ok_or_else(|| StoreError::corrupt("chunk")),
            Updated::Missed => Err(StoreError::Unavailable("a chunk that another has".to_owned())),
        }
    }

    /// Gives a chunk back that this worker could not end, so that the next one need not wait.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn give_back_chunk(&self, job: &Job, begun: &Begun) -> Result<()> {
        let update = Update::default().text(HELD, Stamp::new(0).as_str());
        let update = update.when(HELD, begun.held.as_str());
        self.update(&self.chunk_key(job, begun.chunk), update).await.map(|_| ())
    }

    async fn start_job(&self, job: &Job) -> Result<()> {
        if !matches!(job.state, JobState::Init { .. }) {
            return Ok(());
        }
        let update = Update::default().text("state", StoredState::InProgress.as_str());
        // Another chunk may have begun, or even been the last.
        let update = update.when("state", StoredState::Init.as_str()).when_present("chunks");
        self.update(&keys::job(&self.tenant.id, job.id.as_str()), update).await.map(|_| ())
    }

    /// Records whom a chunk is to erase; what the first attempt recorded stands.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn record_found(&self, job: &Job, chunk: u32, found: &[Found]) -> Result<Vec<Found>> {
        let list = found.iter().map(|found| AttributeValue::S(found.to_text())).collect();
        let update = Update::default().once("found", AttributeValue::L(list)).when_present("stamp");
        let Updated::Done(item) = self.update(&self.chunk_key(job, chunk), update).await? else {
            return Err(StoreError::corrupt("chunk"));
        };
        begun(chunk, item).and_then(|begun| begun.found).ok_or_else(|| StoreError::corrupt("chunk"))
    }

    /// Records rows that were refused: another attempt at the chunk refuses them without a look.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn record_refused(
        &self,
        job: &JobId,
        chunk: u32,
        rows: &[RefusedRow],
    ) -> Result<()> {
        let update = Update::default().append("refused", rows)?.when_present("stamp");
        let key = keys::job_item(&self.tenant.id, job.as_str(), keys::CHUNK, chunk);
        self.update(&key, update).await.map(|_| ())
    }

    /// Records how a chunk ended; the first to do so decides.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn settle_chunk(&self, job: &Job, chunk: u32, counts: Counts) -> Result<()> {
        let now = u64::try_from(since_epoch().as_millis()).unwrap_or(u64::MAX);
        let update = Update::default().number("done", now).value("counts", &counts)?;
        let update = update.when_present("stamp").when_absent("done");
        self.update(&self.chunk_key(job, chunk), update).await.map(|_| ())
    }

    /// Removes a chunk's marker, if it is there.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn remove_todo(&self, job: &Job, chunk: u32) -> Result<()> {
        let key = keys::job_item(&self.tenant.id, job.id.as_str(), keys::TODO, chunk);
        let call = self.store.db.delete_item().table_name(&*self.store.table);
        let call = call.set_key(Some(key.attributes()));
        let call = call.return_consumed_capacity(ReturnConsumedCapacity::Total);
        let answer = self.store.meter.time(call.send()).await?;
        self.store.meter.consumed(answer.consumed_capacity());
        Ok(())
    }

    fn chunk_key(&self, job: &Job, chunk: u32) -> keys::Key {
        keys::job_item(&self.tenant.id, job.id.as_str(), keys::CHUNK, chunk)
    }
}

fn begun(chunk: u32, item: Item) -> Option<Begun> {
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
        refused: stored.refused,
        looks: stored.looks,
    })
}

/// How a chunk ended; none when it is not settled.
pub(super) fn counts(item: Item) -> Result<Counts> {
    let stored: StoredChunk =
        serde_dynamo::from_item(item).map_err(|_| StoreError::corrupt("chunk"))?;
    Ok(stored.counts.unwrap_or_default())
}
