//! A job gets its plan: markers first, then, once, the word that it is planned. Nothing is sent
//! before, so that a job is never sent in part.

use serde::{Deserialize, Serialize};

use super::item::{ObjectVersion, StoredJobState};

use super::{Job, JobId, JobKind};
use crate::table::call::ConditionalWrite;
use crate::table::clock::since_epoch;
use crate::table::convert::TableItem;
use crate::table::expression::Placeholders;
use crate::table::keys::{self, ItemKey};
use crate::table::transaction::TransactionOutcome;
use crate::table::update::ItemUpdate;
use crate::{Result, StoreError, TenantStore};

/// Markers in one transaction, which takes 100 actions: the check of the job is one.
pub const PENDING_CHUNKS_PER_TRANSACTION_MAX: usize = 99;

/// A chunk that is to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingChunk {
    /// Its number, from 1.
    #[serde(skip)]
    pub chunk: u32,
    /// Where in the plan its part is, as the first byte and the one after the last; none when
    /// the chunk is the whole payload.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<(u64, u64)>,
    /// Its rows, so that they can be given up one by one though nothing tells of them any more.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub rows: u32,
    /// The chunk that has to be settled before this one is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<u32>,
    /// The chunk that waits for this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<u32>,
}

/// What a job knows once it is planned.
#[derive(Debug, Clone)]
pub struct JobPlan {
    /// The number of its chunks.
    pub chunks: u32,
    /// The lookups of the whole payload, as JSON.
    pub lookups: Option<String>,
    /// Where the plain payload is, as a key in the bucket.
    pub payload: String,
    /// The hash of the plan, which names its object: one that another version of the splitter makes
    /// has another name.
    pub hash: String,
}

/// An upload that is to be a job's payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadedObject {
    /// Which of the objects that were put there.
    pub object_version: ObjectVersion,
    /// When it was put, by the bucket's clock, in milliseconds since 1970; cut to the second.
    pub uploaded_at: i64,
}

impl TenantStore {
    /// Fixes which upload is a job's payload: the first that arrives. False for any other, and
    /// once the job is completed.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn pin_upload(
        &self,
        id: &JobId,
        payload: &str,
        upload: &UploadedObject,
    ) -> Result<bool> {
        let now = u64::try_from(since_epoch().as_millis()).unwrap_or(u64::MAX);
        let UploadedObject { object_version: pin, uploaded_at: put } = upload;
        let erasures = self.read_erasure_count().await?;
        let update =
            ItemUpdate::default().set_text("payload", payload).set_serialized("pin", pin)?;
        let update = update
            .set_number("arrived", now)
            .set_number("erasures", erasures)
            .set_number("uploaded", u64::try_from(*put).unwrap_or_default());
        let update = update.if_text("state", StoredJobState::Init.as_str()).if_absent("payload");
        match self.store.send_update(&keys::job_key(&self.tenant.id, id.as_str()), update).await? {
            ConditionalWrite::Done(_) => Ok(true),
            _ => {
                let job = self.read_job(id, &[JobKind::Upload]).await?;
                Ok(job.is_some_and(|job| job.payload_version.as_ref() == Some(pin)))
            }
        }
    }

    /// Writes at most [`TODOS_AT_ONCE`] markers of a job that is not planned; false when it is.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn write_pending_chunks(&self, job: &Job, todos: &[PendingChunk]) -> Result<bool> {
        let mut place = Placeholders::default();
        let condition = format!(
            "attribute_exists({}) AND attribute_not_exists({})",
            place.add_name("kind"),
            place.add_name("chunks")
        );
        let key = keys::job_key(&self.tenant.id, job.id.as_str());
        let mut actions = vec![self.store.build_condition_check(&key, condition, place)?];
        for todo in todos {
            actions.push(
                self.store.build_put(self.build_pending_chunk_item(&job.id, job.ttl, todo)?)?,
            );
        }
        match self.store.run_transaction(actions).await? {
            TransactionOutcome::Committed => Ok(true),
            TransactionOutcome::ConditionFailed(_) => Ok(false),
            TransactionOutcome::Conflict => Err(StoreError::Unavailable("conflict".to_owned())),
        }
    }

    /// Says that a job's markers are all there; false when it was planned or completed before.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn mark_job_planned(&self, job: &Job, plan: &JobPlan) -> Result<bool> {
        let update = ItemUpdate::default()
            .set_text("state", StoredJobState::InProgress.as_str())
            .set_number("chunks", plan.chunks.into())
            .set_text("payload", &plan.payload)
            .set_text("plan", &plan.hash);
        let update = match &plan.lookups {
            Some(lookups) => update.set_text("lookups", lookups),
            None => update,
        };
        let update = update.if_present("kind").if_absent("chunks");
        let updated = self
            .store
            .send_update(&keys::job_key(&self.tenant.id, job.id.as_str()), update)
            .await?;
        Ok(matches!(updated, ConditionalWrite::Done(_)))
    }

    /// The markers of a job that are left, in order.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list_pending_chunks(&self, job: &Job) -> Result<Vec<PendingChunk>> {
        let items = self.list_job_items(job, keys::PENDING_CHUNK_PREFIX, None).await?;
        items
            .into_iter()
            .map(|item| parse_pending_chunk(item).ok_or_else(|| StoreError::corrupt("todo")))
            .collect()
    }

    /// The marker of a chunk, if it is left.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn read_pending_chunk(&self, job: &Job, chunk: u32) -> Result<Option<PendingChunk>> {
        let key =
            keys::job_item_key(&self.tenant.id, job.id.as_str(), keys::PENDING_CHUNK_PREFIX, chunk);
        let Some(item) = self.read_item(&key).await? else { return Ok(None) };
        parse_pending_chunk(item).map(Some).ok_or_else(|| StoreError::corrupt("todo"))
    }

    pub(super) fn build_pending_chunk_item(
        &self,
        id: &JobId,
        ttl: u64,
        todo: &PendingChunk,
    ) -> Result<TableItem> {
        let mut item: TableItem =
            serde_dynamo::to_item(todo).map_err(|_| StoreError::corrupt("todo"))?;
        let key = keys::job_item_key(
            &self.tenant.id,
            id.as_str(),
            keys::PENDING_CHUNK_PREFIX,
            todo.chunk,
        );
        item.extend(key.to_attributes());
        item.insert("ttl".to_owned(), aws_sdk_dynamodb::types::AttributeValue::N(ttl.to_string()));
        Ok(item)
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_zero(rows: &u32) -> bool {
    *rows == 0
}

fn parse_pending_chunk(item: TableItem) -> Option<PendingChunk> {
    let chunk =
        ItemKey::from_item(&item)?.sk.strip_prefix(keys::PENDING_CHUNK_PREFIX)?.parse().ok()?;
    let todo: PendingChunk = serde_dynamo::from_item(item).ok()?;
    Some(PendingChunk { chunk, ..todo })
}
