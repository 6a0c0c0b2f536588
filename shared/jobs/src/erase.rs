//! Erase: the people of one chunk go. Who is there is recorded first, so that the count is right
//! however often the chunk runs.

use people_domain::ids::gsid::Gsid;
use people_storage::jobs::{ChunkLease, Job, JobCounts, JobKind};
use people_storage::{ErasureContext, Result, StoreError, TenantStore, failpoint};

use crate::apply::INSPECTIONS_MAX;
use crate::bucket::Bucket;
use crate::message::ChunkMessage;
use crate::settle::{read_open_job, release_on_error};
use crate::{Jobs, StepOutcome, object_keys};

impl Jobs {
    /// Erases the people of a chunk; of one that is settled, does what is left to do after it.
    ///
    /// # Errors
    /// When the store, the bucket or a queue fails.
    pub async fn erase_chunk(
        &self,
        store: &TenantStore,
        message: &ChunkMessage,
    ) -> Result<StepOutcome> {
        let job = match read_open_job(store, message, &[JobKind::Delete]).await? {
            Ok(job) => job,
            Err(outcome) => return Ok(outcome),
        };
        let begun = store.acquire_lease(&job, message.chunk, self.config.lease).await?;
        failpoint("erase.begun");
        let done = self.erase_leased_chunk(store, &job, message, &begun).await;
        release_on_error(store, &job, &begun, done).await
    }

    async fn erase_leased_chunk(
        &self,
        store: &TenantStore,
        job: &Job,
        message: &ChunkMessage,
        begun: &ChunkLease,
    ) -> Result<StepOutcome> {
        let (outcome, erased) = match begun.settled {
            Some(counts) => ("settled before", counts.erased),
            None => match self.erase_chunk_people(store, job, message, begun).await {
                Ok(erased) => ("erased", erased),
                // Nothing tells any more who was to be erased.
                Err(error) if !error.is_retryable() && self.has_exhausted_attempts(begun) => {
                    let found = begun.erasure_targets.as_deref().unwrap_or_default();
                    ("given up", store.count_erased(found, &job.id).await?)
                }
                Err(error) => return Err(error),
            },
        };
        let counts = JobCounts { erased, ..JobCounts::default() };
        self.settle_chunk(store, job, message, begun, counts, false).await?;
        Ok(outcome)
    }

    /// Whether a chunk has failed so often that what can't be done is left.
    fn has_exhausted_attempts(&self, begun: &ChunkLease) -> bool {
        begun.lost_attempts >= self.config.deaths_max + INSPECTIONS_MAX
    }

    /// Erases who is there, by the list that the first attempt recorded; how many the job erased.
    async fn erase_chunk_people(
        &self,
        store: &TenantStore,
        job: &Job,
        message: &ChunkMessage,
        begun: &ChunkLease,
    ) -> Result<u64> {
        let found = match &begun.erasure_targets {
            Some(found) => found.clone(),
            None => {
                let found = store
                    .find_erasure_targets(&read_gsids(&self.bucket, job, message).await?)
                    .await?;
                store.record_erasure_targets(job, message.chunk, &found).await?
            }
        };
        failpoint("erase.found");
        let number = store.increment_erasure_count().await?;
        let by = ErasureContext { job: job.id.clone(), number };
        let erased = store.erase_people(&found, &by).await?;
        failpoint("erase.erased");
        Ok(erased)
    }
}

/// Whom a chunk is to erase: its part of the payload.
async fn read_gsids(bucket: &Bucket, job: &Job, message: &ChunkMessage) -> Result<Vec<Gsid>> {
    let unreadable = || StoreError::Unexpected("a list of ids that can't be read".to_owned());
    let (key, pin) = object_keys::locate_payload(job).ok_or_else(unreadable)?;
    let range = message.plan.map(|(start, end)| start..end);
    let bytes = bucket.read_object(key, pin, range).await?;
    let texts: Vec<String> = serde_json::from_slice(&bytes).map_err(|_| unreadable())?;
    Ok(texts.iter().filter_map(|text| Gsid::parse(text)).collect())
}
