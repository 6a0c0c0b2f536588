//! Split: a payload becomes chunks. Nothing is sent before all of it is found sound, its plan is
//! written and every chunk has its marker.

use people_storage::jobs::{Job, JobId, JobKind, JobPlan, JobState, TODOS_AT_ONCE, Todo};
use people_storage::{Result, StoreError, TenantStore, point};

use crate::layout::{Layout, ready};
use crate::message::ChunkMessage;
use crate::objects;
use crate::queue::{Queue, Queues};
use crate::scan::{Sound, scan};
use crate::{Jobs, Outcome};

/// Jobs that have a payload to split.
pub(crate) const SPLIT: [JobKind; 2] = [JobKind::Bulk, JobKind::Upload];

/// How often a job is looked at: it changes once at most while it is split.
const LOOKS: usize = 3;

impl Jobs {
    /// Splits a job's payload; of one that is split already, sends what is left.
    ///
    /// # Errors
    /// When the store, the bucket or a queue fails.
    pub async fn split(&self, store: &TenantStore, id: &JobId) -> Result<Outcome> {
        for _ in 0..LOOKS {
            let Some(job) = store.job(id, &SPLIT).await? else { return Ok("gone") };
            let done = match job.state {
                JobState::Completed { .. } => Some("completed before"),
                // The event of an upload may be lost: then a status poll asks for the payload.
                JobState::Awaited { .. } => self.pin_payload(store, &job.id).await?.err(),
                JobState::Init { chunks: Some(_) } | JobState::InProgress { .. } => {
                    let chunks = job.chunks().unwrap_or_default() as usize;
                    send(&self.queues, store, &job, chunks, &store.todos(&job).await?).await?;
                    Some("sent again")
                }
                JobState::Init { chunks: None } => self.split_new(store, &job).await?,
            };
            if let Some(outcome) = done {
                return Ok(outcome);
            }
        }
        Err(StoreError::Unavailable("a job that others keep changing".to_owned()))
    }

    /// None when another delivery planned the job meanwhile, or it was given up.
    async fn split_new(&self, store: &TenantStore, job: &Job) -> Result<Option<Outcome>> {
        let (limit, sizes) = (self.config.payload_limit, self.config.sizes);
        let sound = match scan(&self.bucket, &store.tenant().id, job, limit, sizes).await? {
            Ok(sound) if sound.plan.chunks.is_empty() => {
                store.refuse_job(&job.id, None).await?;
                return Ok(Some("empty"));
            }
            Ok(sound) => sound,
            Err(message) => {
                store.refuse_job(&job.id, Some(&message)).await?;
                point("split.refused");
                return Ok(Some("refused"));
            }
        };
        let Some(todos) = self.plan(store, job, sound).await? else { return Ok(None) };
        point("split.planned");
        send(&self.queues, store, job, todos.len(), &todos).await?;
        point("split.sent");
        Ok(Some("split"))
    }

    /// Writes the plan; none when the job is planned or completed by now.
    async fn plan(
        &self,
        store: &TenantStore,
        job: &Job,
        sound: Sound,
    ) -> Result<Option<Vec<Todo>>> {
        let layout = Layout::of_plan(&sound.plan.chunks)?;
        let hash = layout.hash();
        let Layout { document, todos } = layout;
        let key = objects::plan(&store.tenant().id, &job.id, &hash);
        self.bucket.put(&key, document.into()).await?;
        point("split.plan");
        for some in todos.chunks(TODOS_AT_ONCE) {
            if !store.write_todos(job, some).await? {
                return Ok(None);
            }
            point("split.todos");
        }
        let chunks = u32::try_from(todos.len()).unwrap_or(u32::MAX);
        let plan = JobPlan { chunks, lookups: sound.plan.lookups, payload: sound.key, hash };
        Ok(store.plan_job(job, &plan).await?.then_some(todos))
    }
}

/// Sends those of a job's chunks that may be done now.
async fn send(
    queues: &Queues,
    store: &TenantStore,
    job: &Job,
    chunks: usize,
    todos: &[Todo],
) -> Result<()> {
    let (tenant, queue) = (&store.tenant().id, Queue::of_chunks(job.kind, chunks));
    let messages = ready(todos).map(|todo| ChunkMessage::new(tenant, &job.id, todo).print());
    queues.send(queue, tenant, &messages.collect::<Vec<_>>()).await
}
