//! Submit: what is accepted is in the bucket and in the store before the caller is told so.

use bytes::Bytes;
use people_domain::ids::gsid::Gsid;
use people_storage::jobs::{JobId, JobKind, PendingChunk, Submission};
use people_storage::{Result, StoreError, TenantStore, failpoint};
use uuid::Uuid;

use crate::gunzip::is_gzip;
use crate::message::{ChunkMessage, SplitMessage};
use crate::plan_file::{PlanFile, sendable_chunks, single_chunk};
use crate::queue::JobQueue;
use crate::submit_error::SubmitError;
use crate::upload::now_millis;
use crate::{Jobs, object_keys};
use people_domain::jobs::{self, ChunkSizes};

/// Bytes of a payload that the submitting call itself looks through: it takes a few milliseconds.
const INLINE_SCAN_BYTES_MAX: usize = 1024 * 1024;

/// People that one chunk erases.
const CHUNK_ERASURES_MAX: usize = 500;

/// Where a caller may put a payload.
#[derive(Debug, Clone)]
pub struct UploadTicket {
    /// The job that it will be of.
    pub job: JobId,
    /// Where to put it. Who has it may use it.
    pub url: String,
    /// Until when, in milliseconds since 1970.
    pub expires: i64,
}

/// What is accepted, or where it failed.
type SubmitResult<T> = std::result::Result<T, SubmitError>;

/// What a look through a payload tells.
enum PayloadInspection {
    Refused(String),
    Empty,
    /// One chunk of so many rows, with the hash of its plan.
    OneChunk(u32, String),
    ToSplit,
}

impl Jobs {
    /// Accepts the records of people/async, which are one chunk however large.
    ///
    /// # Errors
    /// When the store, the bucket or a queue fails.
    pub async fn submit_async(
        &self,
        store: &TenantStore,
        payload: Bytes,
        rows: usize,
    ) -> SubmitResult<JobId> {
        let rows = u32::try_from(rows).unwrap_or(u32::MAX);
        let submission = self.new_submission(store, new_job_id()?, JobKind::Async);
        let submission = self.store_submission(store, submission, payload).await?;
        self.start_job(store, &submission, &single_chunk(rows), None).await?;
        Ok(submission.id)
    }

    /// Accepts a bulk payload, plain or gzip.
    ///
    /// # Errors
    /// When the store, the bucket or a queue fails.
    pub async fn submit_bulk(&self, store: &TenantStore, payload: Bytes) -> SubmitResult<JobId> {
        let submission = self.new_submission(store, new_job_id()?, JobKind::Bulk);
        match inspect_payload(&payload, self.config.chunk_sizes)? {
            PayloadInspection::Refused(message) => {
                store.create_completed_job(&submission, Some(&message)).await?;
            }
            PayloadInspection::Empty => store.create_completed_job(&submission, None).await?,
            PayloadInspection::OneChunk(rows, plan) => {
                let submission = self.store_submission(store, submission, payload).await?;
                self.start_job(store, &submission, &single_chunk(rows), Some(&plan)).await?;
                return Ok(submission.id);
            }
            PayloadInspection::ToSplit => {
                let submission = self.store_submission(store, submission, payload).await?;
                store.create_job(&submission).await?;
                failpoint("submit.job");
                let message = SplitMessage::format_json(&store.tenant().id, &submission.id);
                self.send_messages(store, JobQueue::Split, &[message]).await?;
                return Ok(submission.id);
            }
        }
        Ok(submission.id)
    }

    /// Makes a job whose payload will be uploaded.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn create_upload(&self, store: &TenantStore) -> Result<UploadTicket> {
        let id = new_job_id()?;
        let expiry = self.config.upload_expiry;
        let key = object_keys::upload_key(&store.tenant().id, &id);
        let url = self.bucket.presign_put(&key, expiry).await?;
        let expiry = i64::try_from(expiry.as_millis()).unwrap_or(i64::MAX);
        let expires = now_millis().saturating_add(expiry);
        let submission = Submission {
            payload: None,
            expires: Some(expires),
            ..self.new_submission(store, id, JobKind::Upload)
        };
        store.create_job(&submission).await?;
        Ok(UploadTicket { job: submission.id, url, expires })
    }

    /// Accepts people to erase; of none there is a job too, with nothing to do. `id`: the
    /// request's, as callers are promised.
    ///
    /// # Errors
    /// When the store, the bucket or a queue fails.
    pub async fn submit_delete(
        &self,
        store: &TenantStore,
        id: JobId,
        gsids: &[Gsid],
    ) -> SubmitResult<()> {
        let submission = self.new_submission(store, id, JobKind::Delete);
        let gsids: Vec<_> = gsids.iter().map(Gsid::as_str).collect();
        let PlanFile { document, pending_chunks: todos } =
            PlanFile::from_parts(&gsids.chunks(CHUNK_ERASURES_MAX).collect::<Vec<_>>())?;
        if todos.is_empty() {
            return Ok(store.create_completed_job(&submission, None).await?);
        }
        self.put_payload(&submission, document.into()).await?;
        self.start_job(store, &submission, &todos, None).await
    }

    fn new_submission(&self, store: &TenantStore, id: JobId, kind: JobKind) -> Submission {
        let payload = Some(object_keys::payload_key(&store.tenant().id, &id));
        Submission {
            id,
            kind,
            payload,
            expires: None,
            erasures: None,
            retention: self.config.retention,
        }
    }

    /// Stores a payload and reads the count of erasures at which it is accepted.
    async fn store_submission(
        &self,
        store: &TenantStore,
        submission: Submission,
        payload: Bytes,
    ) -> SubmitResult<Submission> {
        let stored = self.put_payload(&submission, payload);
        let (erasures, stored) = futures::join!(store.read_erasure_count(), stored);
        stored?;
        Ok(Submission { erasures: Some(erasures?), ..submission })
    }

    async fn put_payload(&self, submission: &Submission, payload: Bytes) -> SubmitResult<()> {
        let key = submission.payload.as_deref().unwrap_or_default();
        self.bucket.put_object(key, payload).await.map_err(SubmitError::Bucket)?;
        failpoint("submit.payload");
        Ok(())
    }

    /// Makes a job that needs no splitter, and sends its chunks.
    async fn start_job(
        &self,
        store: &TenantStore,
        submission: &Submission,
        todos: &[PendingChunk],
        plan: Option<&str>,
    ) -> SubmitResult<()> {
        store.create_planned_job(submission, todos, plan).await?;
        failpoint("submit.job");
        let (tenant, queue) =
            (&store.tenant().id, JobQueue::for_chunks(submission.kind, todos.len()));
        let messages =
            sendable_chunks(todos).map(|t| ChunkMessage::new(tenant, &submission.id, t).to_json());
        self.send_messages(store, queue, &messages.collect::<Vec<_>>()).await
    }

    async fn send_messages(
        &self,
        store: &TenantStore,
        queue: JobQueue,
        messages: &[String],
    ) -> SubmitResult<()> {
        let sent = self.queues.send_messages(queue, &store.tenant().id, messages).await;
        sent.map_err(|error| SubmitError::Queue(queue, error))?;
        failpoint("submit.sent");
        Ok(())
    }
}

fn inspect_payload(payload: &[u8], sizes: ChunkSizes) -> Result<PayloadInspection> {
    if payload.len() > INLINE_SCAN_BYTES_MAX || is_gzip(payload) {
        return Ok(PayloadInspection::ToSplit);
    }
    Ok(match jobs::plan_payload(payload, sizes) {
        Err(malformed) => PayloadInspection::Refused(malformed.to_string()),
        Ok(plan) => match plan.chunks.len() {
            0 => PayloadInspection::Empty,
            1 => PayloadInspection::OneChunk(
                plan.rows,
                PlanFile::from_chunk_plans(&plan.chunks)?.hash(),
            ),
            _ => PayloadInspection::ToSplit,
        },
    })
}

fn new_job_id() -> Result<JobId> {
    JobId::parse(&Uuid::now_v7().to_string())
        .ok_or_else(|| StoreError::Unexpected("an id that is none".to_owned()))
}
