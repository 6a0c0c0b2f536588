//! Apply: the rows of one chunk go into people. Trouble of the store is no row's outcome: the
//! chunk stays as it is and is delivered again.

use people_storage::job::{Begun, Job};
use people_storage::{Result, TenantStore, point};

use crate::input::{self, Input};
use crate::message::ChunkMessage;
use crate::settle::{UPSERTS, given_back, job_of, settle};
use crate::{Jobs, Outcome, objects, rows};

impl Jobs {
    /// Applies a chunk; of one that is settled, does what is left to do after it. `attempt`:
    /// which delivery this is, from 1.
    ///
    /// # Errors
    /// When the store, the bucket or a queue fails.
    pub async fn apply(
        &self,
        store: &TenantStore,
        message: &ChunkMessage,
        attempt: u32,
    ) -> Result<Outcome> {
        let job = match job_of(store, message, &UPSERTS).await? {
            Ok(job) => job,
            Err(outcome) => return Ok(outcome),
        };
        let begun = store.begin_chunk(&job, message.chunk, self.config.lease).await?;
        point("apply.begun");
        let done = self.apply_begun(store, &job, message, &begun, attempt).await;
        given_back(store, &job, &begun, done).await
    }

    async fn apply_begun(
        &self,
        store: &TenantStore,
        job: &Job,
        message: &ChunkMessage,
        begun: &Begun,
        attempt: u32,
    ) -> Result<Outcome> {
        if let Some(counts) = begun.settled {
            settle(&self.queues, store, job, message, begun, counts).await?;
            return Ok("settled before");
        }
        let Input { rows, lookups } = input::read(&self.bucket, job, message).await?;
        let applied = rows::apply(store, job, &rows, &lookups, begun, attempt).await?;
        point("apply.rows");
        let key = objects::result(&message.tenant, &job.id, message.chunk);
        self.bucket.put(&key, applied.document.to_string().into()).await?;
        point("apply.result");
        settle(&self.queues, store, job, message, begun, applied.counts).await?;
        Ok("applied")
    }
}
