//! Apply: the rows of one chunk go into people. Trouble of the store is no row's outcome: the
//! chunk stays as it is and is delivered again.

use people_storage::{Result, TenantStore};

use crate::message::ChunkMessage;
use crate::point::point;
use crate::settle::{UPSERTS, job_of, settle};
use crate::{Jobs, Outcome, input, objects, rows};

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
        let begun = store.begin_chunk(&job, message.chunk).await?;
        point("apply.begun");
        if let Some(counts) = begun.settled {
            settle(&self.queues, store, &job, message, &begun, counts).await?;
            return Ok("settled before");
        }
        let input = input::read(&self.bucket, &job, message).await?;
        let applied =
            rows::apply(store, &job, &input.rows, &input.lookups, begun.stamp, attempt).await?;
        point("apply.rows");
        let key = objects::result(&message.tenant, &job.id, message.chunk);
        self.bucket.put(&key, applied.document.to_string().into()).await?;
        point("apply.result");
        settle(&self.queues, store, &job, message, &begun, applied.counts).await?;
        Ok("applied")
    }
}
