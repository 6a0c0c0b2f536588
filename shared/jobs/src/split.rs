//! Split: a payload is planned as chunks. Nothing is sent before all of it is scanned, its plan
//! file is written and every chunk has its pending chunk marker (ADR 15, ADR 19).

use people_storage::jobs::{
    Job, JobId, JobKind, JobPlan, JobState, PENDING_CHUNKS_PER_TRANSACTION_MAX, PendingChunk,
};
use people_storage::{StoreError, TenantStore, failpoint};

use crate::object_keys;
use crate::plan_file::{PlanFile, sendable_chunks};
use crate::queue::JobQueue;
use crate::scan::{ScannedPayload, scan_payload};
use crate::{Jobs, Result, StepOutcome};

/// Jobs that have a payload to split.
pub(crate) const SPLIT_JOB_KINDS: [JobKind; 2] = [JobKind::Bulk, JobKind::Upload];

/// How often a job is read: it changes once at most while it is split.
const SPLIT_ATTEMPTS_MAX: usize = 3;

impl Jobs {
    /// Splits a job's payload. If it is split already, the chunks that are still pending are sent.
    pub async fn split_payload(&self, store: &TenantStore, id: &JobId) -> Result<StepOutcome> {
        for _ in 0..SPLIT_ATTEMPTS_MAX {
            let Some(job) = store.read_job(id, &SPLIT_JOB_KINDS).await? else { return Ok("gone") };
            let outcome = match job.state {
                JobState::Completed { .. } => Some("completed before"),
                // The event of an upload may be lost: then a status poll sends the job here.
                JobState::Awaited { .. } => self.pin_payload(store, &job.id).await?,
                JobState::Init { chunks: Some(_) } | JobState::InProgress { .. } => {
                    let chunks = job.chunks().unwrap_or_default() as usize;
                    let pending = store.list_pending_chunks(&job).await?;
                    self.send_sendable_chunks(store, &job, chunks, &pending).await?;
                    Some("sent again")
                }
                JobState::Init { chunks: None } => self.split_new_job(store, &job).await?,
            };
            if let Some(outcome) = outcome {
                return Ok(outcome);
            }
        }
        let conflict = format!("job {id} changed at each of {SPLIT_ATTEMPTS_MAX} reads");
        Err(StoreError::Unavailable(conflict).into())
    }

    /// Returns `None` when another delivery planned the job meanwhile, or it was given up.
    async fn split_new_job(&self, store: &TenantStore, job: &Job) -> Result<Option<StepOutcome>> {
        let (limit, sizes) = (self.config.payload_bytes_max, self.config.chunk_sizes);
        let tenant = &store.tenant().id;
        let scanned = match scan_payload(&self.bucket, tenant, job, limit, sizes).await? {
            Ok(scanned) if scanned.plan.chunks.is_empty() => {
                store.refuse_job(&job.id, None).await?;
                return Ok(Some("empty"));
            }
            Ok(scanned) => scanned,
            Err(message) => {
                store.refuse_job(&job.id, Some(&message)).await?;
                failpoint("split.refused");
                return Ok(Some("refused"));
            }
        };
        let Some(pending) = self.write_plan(store, job, scanned).await? else { return Ok(None) };
        failpoint("split.planned");
        self.send_sendable_chunks(store, job, pending.len(), &pending).await?;
        failpoint("split.sent");
        Ok(Some("split"))
    }

    /// Writes the plan. Returns `None` when the job is planned or completed by now.
    async fn write_plan(
        &self,
        store: &TenantStore,
        job: &Job,
        scanned: ScannedPayload,
    ) -> Result<Option<Vec<PendingChunk>>> {
        let file = PlanFile::from_chunk_plans(&scanned.plan.chunks)?;
        let hash = file.hash();
        let PlanFile { document, pending_chunks } = file;
        let key = object_keys::plan_key(&store.tenant().id, &job.id, &hash);
        self.bucket.put_object(&key, document.into()).await?;
        failpoint("split.plan");
        for group in pending_chunks.chunks(PENDING_CHUNKS_PER_TRANSACTION_MAX) {
            if !store.write_pending_chunks(job, group).await? {
                return Ok(None);
            }
            failpoint("split.todos");
        }
        let chunks = u32::try_from(pending_chunks.len()).unwrap_or(u32::MAX);
        let plan = JobPlan { chunks, lookups: scanned.plan.lookups, payload: scanned.key, hash };
        Ok(store.mark_job_planned(job, &plan).await?.then_some(pending_chunks))
    }

    /// Sends those chunks of a job of this many chunks that wait for no other.
    async fn send_sendable_chunks(
        &self,
        store: &TenantStore,
        job: &Job,
        chunks: usize,
        pending: &[PendingChunk],
    ) -> Result<()> {
        let queue = JobQueue::for_chunks(job.kind, chunks);
        let sendable = sendable_chunks(pending);
        self.queues.send_chunks(queue, &store.tenant().id, &job.id, sendable).await
    }
}
