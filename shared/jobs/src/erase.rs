//! Erase: the people of one chunk are erased. The first attempt records which of them exist, so
//! that the count is right however often the chunk runs (ADR 21).

use people_domain::ids::gsid::Gsid;
use people_storage::jobs::{JobCounts, JobKind};
use people_storage::{ErasureContext, TenantStore, failpoint};

use crate::chunk_run::{ChunkRun, ChunkStep};
use crate::error::ServiceError;
use crate::message::ChunkMessage;
use crate::{Jobs, Result, StepOutcome, object_keys};

impl Jobs {
    /// Erases the people of a chunk. Of a chunk that is settled it does the work that is left after
    /// that.
    pub async fn erase_chunk(
        &self,
        store: &TenantStore,
        message: &ChunkMessage,
    ) -> Result<StepOutcome> {
        let step = self.run_chunk(store, message, &[JobKind::Delete], ChunkRun::erase).await?;
        Ok(step.outcome)
    }
}

impl ChunkRun<'_> {
    pub(crate) async fn erase(&self) -> Result<ChunkStep> {
        failpoint("erase.begun");
        let (outcome, erased) = match self.lease.settled {
            Some(counts) => ("settled before", counts.erased),
            None => match self.erase_people().await {
                Ok(erased) => ("erased", erased),
                // The list of people is lost: what earlier attempts erased is all there is to
                // count.
                Err(error) if !error.is_retryable() && self.has_exhausted_attempts() => {
                    let targets = self.lease.erasure_targets.as_deref().unwrap_or_default();
                    ("given up", self.store.count_erased(targets, &self.job.id).await?)
                }
                Err(error) => return Err(error),
            },
        };
        let counts = JobCounts { erased, ..JobCounts::default() };
        let next = self.settle(counts, false).await?;
        Ok(ChunkStep { outcome, next })
    }

    /// Erases the people whom the first attempt recorded, and returns how many the job erased.
    async fn erase_people(&self) -> Result<u64> {
        let Self { store, job, message, lease, .. } = self;
        let targets = match &lease.erasure_targets {
            Some(targets) => targets.clone(),
            None => {
                let targets = store.find_erasure_targets(&self.read_gsids().await?).await?;
                store.record_erasure_targets(job, message.chunk, &targets).await?
            }
        };
        failpoint("erase.found");
        let number = store.increment_erasure_count().await?;
        let context = ErasureContext { job: job.id.clone(), number };
        let erased = store.erase_people(&targets, &context).await?;
        failpoint("erase.erased");
        Ok(erased)
    }

    /// The people to erase: the chunk's part of the payload.
    async fn read_gsids(&self) -> Result<Vec<Gsid>> {
        let unreadable = || ServiceError::refused("the list of ids to erase can't be read");
        let (key, version) = object_keys::locate_payload(&self.job).ok_or_else(unreadable)?;
        let range = self.message.plan.map(|(start, end)| start..end);
        let bytes = self.jobs.bucket.read_object(key, version, range).await?;
        let texts: Vec<String> = serde_json::from_slice(&bytes).map_err(|_| unreadable())?;
        Ok(texts.iter().filter_map(|text| Gsid::parse(text)).collect())
    }
}
