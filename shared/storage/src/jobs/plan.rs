//! Plans jobs: the pending chunk markers are written first, then the job is marked as planned,
//! once. No message is sent before that, so a job is never sent in part.

use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};

use super::item::ObjectVersion;
use super::{Job, JobId, JobKind, JobStatus};
use crate::table::call::ConditionalWrite;
use crate::table::clock::since_epoch;
use crate::table::convert::{TableItem, serialize_item};
use crate::table::expression::Placeholders;
use crate::table::keys::{self, ItemKey};
use crate::table::update::ItemUpdate;
use crate::{Result, StoreError, TenantStore};

/// Pending chunk markers in one transaction, which may have 100 actions: a new job and its line are
/// two, the check of a job that exists is one.
pub const PENDING_CHUNKS_PER_TRANSACTION_MAX: usize = 98;

/// A pending chunk marker: a chunk that is not settled yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingChunk {
    /// Number of the chunk, from 1.
    #[serde(skip)]
    pub chunk: u32,
    /// The chunk's byte range in the plan file: the first byte and the one after the last. `None`
    /// when the chunk is the whole payload.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<(u64, u64)>,
    /// The number of rows: they can be given up one by one even when the payload can't be read.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub rows: u32,
    /// The chunk that has to be settled before this one is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<u32>,
    /// The chunk that is sent after this one is settled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<u32>,
}

/// The result of splitting a job's payload.
#[derive(Debug, Clone)]
pub struct JobPlan {
    /// The number of chunks.
    pub chunks: u32,
    /// The lookups of the whole payload, as JSON.
    pub lookups: Option<String>,
    /// The key of the uncompressed payload in the bucket.
    pub payload: String,
    /// The hash of the plan, which is part of the plan file's key: the plan of another version of
    /// the splitter has another key.
    pub hash: String,
}

/// An upload that may become a job's payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadedObject {
    pub object_version: ObjectVersion,
    /// The upload time by the bucket's clock, in milliseconds since 1970, truncated to a second.
    pub uploaded_at: i64,
}

impl TenantStore {
    /// Pins the first upload that arrives as a job's payload. False for any other upload, and once
    /// the job is completed.
    pub async fn pin_upload(
        &self,
        id: &JobId,
        payload: &str,
        upload: &UploadedObject,
    ) -> Result<bool> {
        let now = u64::try_from(since_epoch().as_millis()).unwrap_or(u64::MAX);
        let UploadedObject { object_version, uploaded_at } = upload;
        let erasures = self.read_erasure_count().await?;
        let update = ItemUpdate::default()
            .set_text("payload", payload)
            .set_serialized("pin", object_version)?
            .set_number("arrived", now)
            .set_number("erasures", erasures)
            .set_number("uploaded", u64::try_from(*uploaded_at).unwrap_or_default())
            .if_text("state", JobStatus::Init.as_str())
            .if_absent("payload");
        match self.store.send_update(&keys::job_key(&self.tenant.id, id.as_str()), update).await? {
            ConditionalWrite::Done(_) => Ok(true),
            _ => {
                let job = self.read_job(id, &[JobKind::Upload]).await?;
                Ok(job.is_some_and(|job| job.payload_version.as_ref() == Some(object_version)))
            }
        }
    }

    /// Writes at most [`PENDING_CHUNKS_PER_TRANSACTION_MAX`] markers of a job that is not planned;
    /// false when it is.
    pub async fn write_pending_chunks(
        &self,
        job: &Job,
        pending_chunks: &[PendingChunk],
    ) -> Result<bool> {
        let mut placeholders = Placeholders::default();
        let condition = format!(
            "attribute_exists({}) AND attribute_not_exists({})",
            placeholders.add_name("kind"),
            placeholders.add_name("chunks")
        );
        let key = keys::job_key(&self.tenant.id, job.id.as_str());
        let mut actions = vec![self.store.build_condition_check(&key, condition, placeholders)?];
        for pending_chunk in pending_chunks {
            let item = self.build_pending_chunk_item(&job.id, job.ttl, pending_chunk)?;
            actions.push(self.store.build_put(item)?);
        }
        self.store.write_all_or_none(actions).await
    }

    /// Marks a job as planned, after all its markers are written; false when it was planned or
    /// completed before.
    pub async fn mark_job_planned(&self, job: &Job, plan: &JobPlan) -> Result<bool> {
        let update = ItemUpdate::default()
            .set_text("state", JobStatus::InProgress.as_str())
            .set_number("chunks", plan.chunks.into())
            .set_text("payload", &plan.payload)
            .set_text("plan", &plan.hash)
            .if_present("kind")
            .if_absent("chunks");
        let update = match &plan.lookups {
            Some(lookups) => update.set_text("lookups", lookups),
            None => update,
        };
        let updated = self
            .store
            .send_update(&keys::job_key(&self.tenant.id, job.id.as_str()), update)
            .await?;
        Ok(updated.is_done())
    }

    /// Lists the pending chunk markers of a job, in order.
    pub async fn list_pending_chunks(&self, job: &Job) -> Result<Vec<PendingChunk>> {
        let items = self.list_job_items(job, keys::PENDING_CHUNK_PREFIX, None).await?;
        items
            .into_iter()
            .map(|item| {
                parse_pending_chunk(item).ok_or_else(|| StoreError::corrupt("pending chunk marker"))
            })
            .collect()
    }

    /// Reads the pending chunk marker of a chunk; `None` when the chunk is settled.
    pub async fn read_pending_chunk(&self, job: &Job, chunk: u32) -> Result<Option<PendingChunk>> {
        let key =
            keys::job_item_key(&self.tenant.id, job.id.as_str(), keys::PENDING_CHUNK_PREFIX, chunk);
        let Some(item) = self.read_item(&key).await? else { return Ok(None) };
        parse_pending_chunk(item)
            .map(Some)
            .ok_or_else(|| StoreError::corrupt("pending chunk marker"))
    }

    pub(super) fn build_pending_chunk_item(
        &self,
        id: &JobId,
        ttl: u64,
        pending_chunk: &PendingChunk,
    ) -> Result<TableItem> {
        let key = keys::job_item_key(
            &self.tenant.id,
            id.as_str(),
            keys::PENDING_CHUNK_PREFIX,
            pending_chunk.chunk,
        );
        let mut item = serialize_item(&key, pending_chunk)?;
        item.insert("ttl".to_owned(), AttributeValue::N(ttl.to_string()));
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
    let pending_chunk: PendingChunk = serde_dynamo::from_item(item).ok()?;
    Some(PendingChunk { chunk, ..pending_chunk })
}
