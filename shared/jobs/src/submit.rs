//! Submit: what is accepted is in the bucket and in the store before the caller is told so.

use bytes::Bytes;
use people_domain::ids::gsid::Gsid;
use people_storage::jobs::{JobId, JobKind, Submission, Todo};
use people_storage::{Result, StoreError, TenantStore, point};
use uuid::Uuid;

use crate::gunzip::is_gzip;
use crate::layout::{Layout, one, ready};
use crate::message::{ChunkMessage, SplitMessage};
use crate::queue::Queue;
use crate::unsubmitted::Unsubmitted;
use crate::upload::now;
use crate::{Jobs, objects};
use people_domain::jobs::{self, Sizes};

/// Bytes of a payload that the submitting call itself looks through: it takes a few milliseconds.
const SMALL: usize = 1024 * 1024;

/// People that one chunk erases.
const ERASED_AT_ONCE: usize = 500;

/// Where a caller may put a payload.
#[derive(Debug, Clone)]
pub struct Offer {
    /// The job that it will be of.
    pub job: JobId,
    /// Where to put it. Who has it may use it.
    pub url: String,
    /// Until when, in milliseconds since 1970.
    pub expires: i64,
}

/// What is accepted, or where it failed.
type Submitted<T> = std::result::Result<T, Unsubmitted>;

/// What a look through a payload tells.
enum Look {
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
    ) -> Submitted<JobId> {
        let rows = u32::try_from(rows).unwrap_or(u32::MAX);
        let submission = self.submission(store, fresh()?, JobKind::Async);
        let submission = self.accept(store, submission, payload).await?;
        self.start(store, &submission, &one(rows), None).await?;
        Ok(submission.id)
    }

    /// Accepts a bulk payload, plain or gzip.
    ///
    /// # Errors
    /// When the store, the bucket or a queue fails.
    pub async fn submit_bulk(&self, store: &TenantStore, payload: Bytes) -> Submitted<JobId> {
        let submission = self.submission(store, fresh()?, JobKind::Bulk);
        match look(&payload, self.config.sizes)? {
            Look::Refused(message) => {
                store.create_completed_job(&submission, Some(&message)).await?;
            }
            Look::Empty => store.create_completed_job(&submission, None).await?,
            Look::OneChunk(rows, plan) => {
                let submission = self.accept(store, submission, payload).await?;
                self.start(store, &submission, &one(rows), Some(&plan)).await?;
                return Ok(submission.id);
            }
            Look::ToSplit => {
                let submission = self.accept(store, submission, payload).await?;
                store.create_job(&submission).await?;
                point("submit.job");
                let message = SplitMessage::print(&store.tenant().id, &submission.id);
                self.send(store, Queue::Split, &[message]).await?;
                return Ok(submission.id);
            }
        }
        Ok(submission.id)
    }

    /// Makes a job whose payload will be uploaded.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn offer_upload(&self, store: &TenantStore) -> Result<Offer> {
        let id = fresh()?;
        let expiry = self.config.upload_expiry;
        let key = objects::upload(&store.tenant().id, &id);
        let url = self.bucket.url_to_put(&key, expiry).await?;
        let expiry = i64::try_from(expiry.as_millis()).unwrap_or(i64::MAX);
        let expires = now().saturating_add(expiry);
        let submission = Submission {
            payload: None,
            expires: Some(expires),
            ..self.submission(store, id, JobKind::Upload)
        };
        store.create_job(&submission).await?;
        Ok(Offer { job: submission.id, url, expires })
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
    ) -> Submitted<()> {
        let submission = self.submission(store, id, JobKind::Delete);
        let gsids: Vec<_> = gsids.iter().map(Gsid::as_str).collect();
        let Layout { document, todos } =
            Layout::of(&gsids.chunks(ERASED_AT_ONCE).collect::<Vec<_>>())?;
        if todos.is_empty() {
            return Ok(store.create_completed_job(&submission, None).await?);
        }
        self.put_payload(&submission, document.into()).await?;
        self.start(store, &submission, &todos, None).await
    }

    fn submission(&self, store: &TenantStore, id: JobId, kind: JobKind) -> Submission {
        let payload = Some(objects::payload(&store.tenant().id, &id));
        Submission { id, kind, payload, expires: None, erasures: None, keep: self.config.keep }
    }

    /// Stores a payload and reads the count of erasures at which it is accepted.
    async fn accept(
        &self,
        store: &TenantStore,
        submission: Submission,
        payload: Bytes,
    ) -> Submitted<Submission> {
        let stored = self.put_payload(&submission, payload);
        let (erasures, stored) = futures::join!(store.erasures(), stored);
        stored?;
        Ok(Submission { erasures: Some(erasures?), ..submission })
    }

    async fn put_payload(&self, submission: &Submission, payload: Bytes) -> Submitted<()> {
        let key = submission.payload.as_deref().unwrap_or_default();
        self.bucket.put(key, payload).await.map_err(Unsubmitted::Bucket)?;
        point("submit.payload");
        Ok(())
    }

    /// Makes a job that needs no splitter, and sends its chunks.
    async fn start(
        &self,
        store: &TenantStore,
        submission: &Submission,
        todos: &[Todo],
        plan: Option<&str>,
    ) -> Submitted<()> {
        store.create_planned_job(submission, todos, plan).await?;
        point("submit.job");
        let (tenant, queue) = (&store.tenant().id, Queue::of_chunks(submission.kind, todos.len()));
        let messages = ready(todos).map(|t| ChunkMessage::new(tenant, &submission.id, t).print());
        self.send(store, queue, &messages.collect::<Vec<_>>()).await
    }

    async fn send(&self, store: &TenantStore, queue: Queue, messages: &[String]) -> Submitted<()> {
        let sent = self.queues.send(queue, &store.tenant().id, messages).await;
        sent.map_err(|error| Unsubmitted::Queue(queue, error))?;
        point("submit.sent");
        Ok(())
    }
}

fn look(payload: &[u8], sizes: Sizes) -> Result<Look> {
    if payload.len() > SMALL || is_gzip(payload) {
        return Ok(Look::ToSplit);
    }
    Ok(match jobs::whole(payload, sizes) {
        Err(malformed) => Look::Refused(malformed.to_string()),
        Ok(plan) => match plan.chunks.len() {
            0 => Look::Empty,
            1 => Look::OneChunk(plan.rows, Layout::of_plan(&plan.chunks)?.hash()),
            _ => Look::ToSplit,
        },
    })
}

fn fresh() -> Result<JobId> {
    JobId::parse(&Uuid::now_v7().to_string())
        .ok_or_else(|| StoreError::Unexpected("an id that is none".to_owned()))
}
