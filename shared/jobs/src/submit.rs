//! Submit: a job's payload is in the bucket and its item in the table before the caller gets its
//! id.

use bytes::Bytes;
use people_domain::ids::gsid::Gsid;
use people_domain::jobs::{self, ChunkSizes};
use people_storage::jobs::{JobId, JobKind, PendingChunk, Submission};
use people_storage::{TenantStore, failpoint};

use crate::error::{Result, SubmitError};
use crate::gunzip::is_gzip;
use crate::plan_file::{PlanFile, sendable_chunks, single_chunk};
use crate::queue::JobQueue;
use crate::upload::now_millis;
use crate::{Jobs, object_keys};

/// The largest payload that the submitting call itself scans, in bytes: it takes a few
/// milliseconds.
const INLINE_SCAN_BYTES_MAX: usize = 1024 * 1024;

/// The most people that one chunk erases.
const CHUNK_ERASURES_MAX: usize = 500;

/// A job whose payload is still to be uploaded.
#[derive(Debug, Clone)]
pub struct UploadTicket {
    pub job: JobId,
    /// Where to put the payload. Anyone who has the URL may use it.
    pub url: String,
    /// When the URL expires, in milliseconds since 1970.
    pub expires: i64,
}

type SubmitResult<T> = std::result::Result<T, SubmitError>;

/// How a payload is processed.
enum PayloadInspection {
    /// It is not; the text is the job's message.
    Refused(String),
    Empty,
    /// As one chunk of this many rows, with the hash of its plan.
    OneChunk(u32, String),
    /// By the splitter: it is large, compressed, or has several chunks.
    ToSplit,
}

impl Jobs {
    /// Accepts the records of people/async, which are always one chunk.
    pub async fn submit_async(
        &self,
        store: &TenantStore,
        payload: Bytes,
        rows: usize,
    ) -> SubmitResult<JobId> {
        let rows = u32::try_from(rows).unwrap_or(u32::MAX);
        let submission = self.new_submission(store, JobId::generate(), JobKind::Async);
        let submission = self.store_submission(store, submission, payload).await?;
        self.start_job(store, &submission, &single_chunk(rows), None).await?;
        Ok(submission.id)
    }

    /// Accepts a bulk payload, plain or gzip.
    pub async fn submit_bulk(&self, store: &TenantStore, payload: Bytes) -> SubmitResult<JobId> {
        let submission = self.new_submission(store, JobId::generate(), JobKind::Bulk);
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
                self.queues.send_split_message(&store.tenant().id, &submission.id).await?;
                failpoint("submit.sent");
                return Ok(submission.id);
            }
        }
        Ok(submission.id)
    }

    /// Creates a job whose payload will be uploaded.
    pub async fn create_upload(&self, store: &TenantStore) -> Result<UploadTicket> {
        let id = JobId::generate();
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

    /// Accepts people to erase. An empty list makes a completed job. The job's id is that of the
    /// request (contract: delete#delete-answer).
    pub async fn submit_delete(
        &self,
        store: &TenantStore,
        id: JobId,
        gsids: &[Gsid],
    ) -> SubmitResult<()> {
        let submission = self.new_submission(store, id, JobKind::Delete);
        let gsids: Vec<_> = gsids.iter().map(Gsid::as_str).collect();
        let PlanFile { document, pending_chunks } =
            PlanFile::from_parts(&gsids.chunks(CHUNK_ERASURES_MAX).collect::<Vec<_>>())?;
        if pending_chunks.is_empty() {
            return Ok(store.create_completed_job(&submission, None).await?);
        }
        self.put_payload(&submission, document.into()).await?;
        self.start_job(store, &submission, &pending_chunks, None).await
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
        self.bucket.put_object(key, payload).await?;
        failpoint("submit.payload");
        Ok(())
    }

    /// Creates a job that needs no splitter, and sends its chunks.
    async fn start_job(
        &self,
        store: &TenantStore,
        submission: &Submission,
        pending: &[PendingChunk],
        plan: Option<&str>,
    ) -> SubmitResult<()> {
        store.create_planned_job(submission, pending, plan).await?;
        failpoint("submit.job");
        let (tenant, id) = (&store.tenant().id, &submission.id);
        let queue = JobQueue::for_chunks(submission.kind, pending.len());
        self.queues.send_chunks(queue, tenant, id, sendable_chunks(pending)).await?;
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
