//! Erase: the people of one chunk go. Who is there is recorded first, so that the count is right
//! however often the chunk runs.

use people_domain::ids::gsid::Gsid;
use people_storage::jobs::{Begun, Counts, Job, JobKind};
use people_storage::{ErasedBy, Result, StoreError, TenantStore, point};

use crate::apply::LOOKS;
use crate::bucket::Bucket;
use crate::message::ChunkMessage;
use crate::settle::{given_back, job_of};
use crate::{Jobs, Outcome, objects};

impl Jobs {
    /// Erases the people of a chunk; of one that is settled, does what is left to do after it.
    ///
    /// # Errors
    /// When the store, the bucket or a queue fails.
    pub async fn erase(&self, store: &TenantStore, message: &ChunkMessage) -> Result<Outcome> {
        let job = match job_of(store, message, &[JobKind::Delete]).await? {
            Ok(job) => job,
            Err(outcome) => return Ok(outcome),
        };
        let begun = store.begin_chunk(&job, message.chunk, self.config.lease).await?;
        point("erase.begun");
        let done = self.erase_begun(store, &job, message, &begun).await;
        given_back(store, &job, &begun, done).await
    }

    async fn erase_begun(
        &self,
        store: &TenantStore,
        job: &Job,
        message: &ChunkMessage,
        begun: &Begun,
    ) -> Result<Outcome> {
        let (outcome, erased) = match begun.settled {
            Some(counts) => ("settled before", counts.erased),
            None => match self.erase_all(store, job, message, begun).await {
                Ok(erased) => ("erased", erased),
                // Nothing tells any more who was to be erased.
                Err(error) if !error.retryable() && self.is_given_up(begun) => {
                    let found = begun.found.as_deref().unwrap_or_default();
                    ("given up", store.count_erased(found, &job.id).await?)
                }
                Err(error) => return Err(error),
            },
        };
        let counts = Counts { erased, ..Counts::default() };
        self.settle(store, job, message, begun, counts, false).await?;
        Ok(outcome)
    }

    /// Whether a chunk has failed so often that what can't be done is left.
    fn is_given_up(&self, begun: &Begun) -> bool {
        begun.deaths >= self.config.deaths + LOOKS
    }

    /// Erases who is there, by the list that the first attempt recorded; how many the job erased.
    async fn erase_all(
        &self,
        store: &TenantStore,
        job: &Job,
        message: &ChunkMessage,
        begun: &Begun,
    ) -> Result<u64> {
        let found = match &begun.found {
            Some(found) => found.clone(),
            None => {
                let found = store.find_people(&gsids(&self.bucket, job, message).await?).await?;
                store.record_found(job, message.chunk, &found).await?
            }
        };
        point("erase.found");
        let number = store.begin_erasure().await?;
        let by = ErasedBy { job: job.id.clone(), number };
        let erased = store.erase_people(&found, &by).await?;
        point("erase.erased");
        Ok(erased)
    }
}

/// Whom a chunk is to erase: its part of the payload.
async fn gsids(bucket: &Bucket, job: &Job, message: &ChunkMessage) -> Result<Vec<Gsid>> {
    let unreadable = || StoreError::Unexpected("a list of ids that can't be read".to_owned());
    let (key, pin) = objects::source(job).ok_or_else(unreadable)?;
    let range = message.plan.map(|(start, end)| start..end);
    let bytes = bucket.read(key, pin, range).await?;
    let texts: Vec<String> = serde_json::from_slice(&bytes).map_err(|_| unreadable())?;
    Ok(texts.iter().filter_map(|text| Gsid::parse(text)).collect())
}
