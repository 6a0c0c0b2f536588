//! A job is made: to be split, planned at once, or complete at once.

use std::time::Duration;

use people_domain::ids::stamp::Stamp;

use super::item::{StoredJob, StoredJobState};
use super::plan::PendingChunk;
use super::{JobCounts, JobId, JobKind};
use crate::table::call::ConditionalWrite;
use crate::table::clock::since_epoch;
use crate::table::convert::TableItem;
use crate::table::expression::Placeholders;
use crate::table::keys;
use crate::table::transaction::TransactionOutcome;
use crate::{Result, StoreError, TenantStore};

/// What is accepted.
#[derive(Debug, Clone)]
pub struct Submission {
    /// Its id, new.
    pub id: JobId,
    /// What is to be done.
    pub kind: JobKind,
    /// Where its payload is, as a key in the bucket.
    pub payload: Option<String>,
    /// Until when its payload may be uploaded, in milliseconds since 1970.
    pub expires: Option<i64>,
    /// The tenant's count of erasures, read before the payload counts as accepted; none where that is
    /// yet to come, or does not matter.
    pub erasures: Option<u64>,
    /// How long it is kept.
    pub retention: Duration,
}

impl Submission {
    fn to_stored_job(&self, state: StoredJobState, accepted: Stamp) -> StoredJob {
        StoredJob {
            kind: self.kind,
            state,
            accepted: accepted.as_str().to_owned(),
            ttl: since_epoch().saturating_add(self.retention).as_secs(),
            expires: self.expires,
            payload: self.payload.clone(),
            pin: None,
            arrived: None,
            erasures: self.erasures,
            uploaded: None,
            plan: None,
            again: None,
            chunks: None,
            lookups: None,
            completed: None,
            counts: None,
            message: None,
        }
    }
}

impl TenantStore {
    /// Makes a job whose chunks are not known yet.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn create_job(&self, submission: &Submission) -> Result<()> {
        let stored = submission.to_stored_job(StoredJobState::Init, self.store.new_stamp());
        self.write_job(&submission.id, &stored).await
    }

    /// Makes a job with its markers, all or nothing: at most [`super::TODOS_AT_ONCE`]. `plan`: the
    /// hash of its plan, where its payload was cut by rules that may change.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn create_planned_job(
        &self,
        submission: &Submission,
        todos: &[PendingChunk],
        plan: Option<&str>,
    ) -> Result<()> {
        let mut stored = submission.to_stored_job(StoredJobState::Init, self.store.new_stamp());
        stored.plan = plan.map(str::to_owned);
        stored.chunks = u32::try_from(todos.len()).ok();
        let mut actions =
            vec![self.store.build_insert(self.build_job_item(&submission.id, &stored)?)?];
        for todo in todos {
            actions.push(self.store.build_put(self.build_pending_chunk_item(
                &submission.id,
                stored.ttl,
                todo,
            )?)?);
        }
        match self.store.run_transaction(actions).await? {
            TransactionOutcome::Committed => Ok(()),
            TransactionOutcome::ConditionFailed(_) => {
                Err(StoreError::Unexpected("a job that exists".to_owned()))
            }
            TransactionOutcome::Conflict => Err(StoreError::Unavailable("conflict".to_owned())),
        }
    }

    /// Makes a job that has nothing to do; `message`: why its payload was refused, if it was.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn create_completed_job(
        &self,
        submission: &Submission,
        message: Option<&str>,
    ) -> Result<()> {
        let accepted = self.store.new_stamp();
        let mut stored = submission.to_stored_job(StoredJobState::Completed, accepted);
        stored.chunks = Some(0);
        stored.completed = Some(accepted.millis());
        stored.counts = Some(JobCounts::default());
        stored.message = message.map(str::to_owned);
        self.write_job(&submission.id, &stored).await
    }

    async fn write_job(&self, id: &JobId, stored: &StoredJob) -> Result<()> {
        let mut place = Placeholders::default();
        // A try whose answer was lost may have made it already.
        let accepted = place.add_name("accepted");
        let condition = format!(
            "attribute_not_exists({accepted}) OR {accepted} = {}",
            place.add_text(&stored.accepted)
        );
        match self.store.put_item_if(self.build_job_item(id, stored)?, condition, place).await? {
            ConditionalWrite::Done(_) => Ok(()),
            ConditionalWrite::Missed(_) => {
                Err(StoreError::Unexpected("ConditionalCheckFailedException".to_owned()))
            }
            conflict => conflict.reject_conflict().map(|_| ()),
        }
    }

    fn build_job_item(&self, id: &JobId, stored: &StoredJob) -> Result<TableItem> {
        let mut item: TableItem =
            serde_dynamo::to_item(stored).map_err(|_| StoreError::corrupt("job"))?;
        item.extend(keys::job_key(&self.tenant.id, id.as_str()).to_attributes());
        Ok(item)
    }
}
