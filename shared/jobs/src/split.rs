//! Split: a payload becomes chunks. Nothing is sent before all of it is found sound, its plan is
//! written and every chunk has its marker.

use people_storage::jobs::{
    Job, JobId, JobKind, JobPlan, JobState, PENDING_CHUNKS_PER_TRANSACTION_MAX, PendingChunk,
};
use people_storage::{Result, StoreError, TenantStore, failpoint};

use crate::message::ChunkMessage;
use crate::object_keys;
use crate::plan_file::{PlanFile, sendable_chunks};
use crate::queue::{JobQueue, JobQueues};
use crate::scan::{ScannedPayload, scan_payload};
use crate::{Jobs, StepOutcome};

/// Jobs that have a payload to split.
pub(crate) const SPLIT_JOB_KINDS: [JobKind; 2] = [JobKind::Bulk, JobKind::Upload];

/// How often a job is looked at: it changes once at most while it is split.
const SPLIT_ATTEMPTS_MAX: usize = 3;

impl Jobs {
    /// Splits a job's payload; of one that is split already, sends what is left.
    ///
    /// # Errors
    /// When the store, the bucket or a queue fails.
    pub async fn split_payload(&self, store: &TenantStore, id: &JobId) -> Result<StepOutcome> {
        for _ in 0..SPLIT_ATTEMPTS_MAX {
            let Some(job) = store.read_job(id, &SPLIT_JOB_KINDS).await? else { return Ok("gone") };
            let done = match job.state {
                JobState::Completed { .. } => Some("completed before"),
                // The event of an upload may be lost: then a status poll asks for the payload.
                JobState::Awaited { .. } => self.pin_payload(store, &job.id).await?.err(),
                JobState::Init { chunks: Some(_) } | JobState::InProgress { .. } => {
                    let chunks = job.chunks().unwrap_or_default() as usize;
                    send_chunks(
                        &self.queues,
                        store,
                        &job,
                        chunks,
                        &store.list_pending_chunks(&job).await?,
                    )
                    .await?;
                    Some("sent again")
                }
                JobState::Init { chunks: None } => self.split_new_job(store, &job).await?,
            };
            if let Some(outcome) = done {
                return Ok(outcome);
            }
        }
        Err(StoreError::Unavailable("a job that others keep changing".to_owned()))
    }

    /// None when another delivery planned the job meanwhile, or it was given up.
    async fn split_new_job(&self, store: &TenantStore, job: &Job) -> Result<Option<StepOutcome>> {
        let (limit, sizes) = (self.config.payload_bytes_max, self.config.chunk_sizes);
        let sound = match scan_payload(&self.bucket, &store.tenant().id, job, limit, sizes).await? {
            Ok(sound) if sound.plan.chunks.is_empty() => {
                store.refuse_job(&job.id, None).await?;
                return Ok(Some("empty"));
            }
            Ok(sound) => sound,
            Err(message) => {
                store.refuse_job(&job.id, Some(&message)).await?;
                failpoint("split.refused");
                return Ok(Some("refused"));
            }
        };
        let Some(todos) = self.write_plan(store, job, sound).await? else { return Ok(None) };
        failpoint("split.planned");
        send_chunks(&self.queues, store, job, todos.len(), &todos).await?;
        failpoint("split.sent");
        Ok(Some("split"))
    }

    /// Writes the plan; none when the job is planned or completed by now.
    async fn write_plan(
        &self,
        store: &TenantStore,
        job: &Job,
        sound: ScannedPayload,
    ) -> Result<Option<Vec<PendingChunk>>> {
        let layout = PlanFile::from_chunk_plans(&sound.plan.chunks)?;
        let hash = layout.hash();
        let PlanFile { document, pending_chunks: todos } = layout;
        let key = object_keys::plan_key(&store.tenant().id, &job.id, &hash);
        self.bucket.put_object(&key, document.into()).await?;
        failpoint("split.plan");
        for some in todos.chunks(PENDING_CHUNKS_PER_TRANSACTION_MAX) {
            if !store.write_pending_chunks(job, some).await? {
                return Ok(None);
            }
            failpoint("split.todos");
        }
        let chunks = u32::try_from(todos.len()).unwrap_or(u32::MAX);
        let plan = JobPlan { chunks, lookups: sound.plan.lookups, payload: sound.key, hash };
        Ok(store.mark_job_planned(job, &plan).await?.then_some(todos))
    }
}

/// Sends those of a job's chunks that may be done now.
async fn send_chunks(
    queues: &JobQueues,
    store: &TenantStore,
    job: &Job,
    chunks: usize,
    todos: &[PendingChunk],
) -> Result<()> {
    let (tenant, queue) = (&store.tenant().id, JobQueue::for_chunks(job.kind, chunks));
    let messages =
        sendable_chunks(todos).map(|todo| ChunkMessage::new(tenant, &job.id, todo).to_json());
    queues.send_messages(queue, tenant, &messages.collect::<Vec<_>>()).await
}
