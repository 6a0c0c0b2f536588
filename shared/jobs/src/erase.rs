//! Erase: the people of one chunk go. Who is there is recorded first, so that the count is right
//! however often the chunk runs.

use people_domain::gsid::Gsid;
use people_storage::job::{Begun, Counts, Job, JobKind};
use people_storage::{Result, StoreError, TenantStore, point};

use crate::bucket::Bucket;
use crate::message::ChunkMessage;
use crate::settle::{given_back, job_of, settle};
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
        if let Some(counts) = begun.settled {
            settle(&self.queues, store, job, message, begun, counts).await?;
            return Ok("settled before");
        }
        let found = match &begun.found {
            Some(found) => found.clone(),
            None => {
                let found = store.find_people(&gsids(&self.bucket, job, message).await?).await?;
                store.record_found(job, message.chunk, &found).await?
            }
        };
        point("erase.found");
        let erased = store.erase_people(&found, &job.id).await?;
        point("erase.erased");
        let counts = Counts { erased, ..Counts::default() };
        settle(&self.queues, store, job, message, begun, counts).await?;
        Ok("erased")
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
