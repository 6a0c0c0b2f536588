//! A job is made: to be split, planned at once, or complete at once.

use std::time::Duration;

use people_domain::ids::stamp::Stamp;

use super::item::{StoredJob, StoredState};
use super::plan::Todo;
use super::{Counts, JobId, JobKind};
use crate::table::call::ConditionalWrite;
use crate::table::clock::since_epoch;
use crate::table::convert::Item;
use crate::table::expression::Placeholders;
use crate::table::keys;
use crate::table::transact::Transacted;
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
    pub keep: Duration,
}

impl Submission {
    fn stored(&self, state: StoredState, accepted: Stamp) -> StoredJob {
        StoredJob {
            kind: self.kind,
            state,
            accepted: accepted.as_str().to_owned(),
            ttl: since_epoch().saturating_add(self.keep).as_secs(),
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
        let stored = submission.stored(StoredState::Init, self.store.stamp());
        self.put_job(&submission.id, &stored).await
    }

    /// Makes a job with its markers, all or nothing: at most [`super::TODOS_AT_ONCE`]. `plan`: the
    /// hash of its plan, where its payload was cut by rules that may change.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn create_planned_job(
        &self,
        submission: &Submission,
        todos: &[Todo],
        plan: Option<&str>,
    ) -> Result<()> {
        let mut stored = submission.stored(StoredState::Init, self.store.stamp());
        stored.plan = plan.map(str::to_owned);
        stored.chunks = u32::try_from(todos.len()).ok();
        let mut actions = vec![self.store.new_item(self.job_item(&submission.id, &stored)?)?];
        for todo in todos {
            actions.push(self.store.any_item(self.todo_item(
                &submission.id,
                stored.ttl,
                todo,
            )?)?);
        }
        match self.store.transact(actions).await? {
            Transacted::Done => Ok(()),
            Transacted::Missed(_) => Err(StoreError::Unexpected("a job that exists".to_owned())),
            Transacted::Conflict => Err(StoreError::Unavailable("conflict".to_owned())),
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
        let accepted = self.store.stamp();
        let mut stored = submission.stored(StoredState::Completed, accepted);
        stored.chunks = Some(0);
        stored.completed = Some(accepted.millis());
        stored.counts = Some(Counts::default());
        stored.message = message.map(str::to_owned);
        self.put_job(&submission.id, &stored).await
    }

    async fn put_job(&self, id: &JobId, stored: &StoredJob) -> Result<()> {
        let mut place = Placeholders::default();
        // A try whose answer was lost may have made it already.
        let accepted = place.name("accepted");
        let condition = format!(
            "attribute_not_exists({accepted}) OR {accepted} = {}",
            place.text(&stored.accepted)
        );
        match self.store.put_item_if(self.job_item(id, stored)?, condition, place).await? {
            ConditionalWrite::Done(_) => Ok(()),
            ConditionalWrite::Missed(_) => {
                Err(StoreError::Unexpected("ConditionalCheckFailedException".to_owned()))
            }
            conflict => conflict.reject_conflict().map(|_| ()),
        }
    }

    fn job_item(&self, id: &JobId, stored: &StoredJob) -> Result<Item> {
        let mut item: Item =
            serde_dynamo::to_item(stored).map_err(|_| StoreError::corrupt("job"))?;
        item.extend(keys::job(&self.tenant.id, id.as_str()).attributes());
        Ok(item)
    }
}
