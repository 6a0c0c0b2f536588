//! Apply: the rows of one chunk go into people. Trouble of the store is no row's outcome: the
//! chunk stays as it is and is delivered again.

use std::time::{Duration, Instant};

use people_storage::jobs::{Begun, Counts, Job};
use people_storage::{Result, TenantStore, point};

use crate::input::{self, Input};
use crate::message::ChunkMessage;
use crate::rows::{self, Applied};
use crate::settle::{UPSERTS, given_back, job_of};
use crate::{Jobs, Outcome, objects};

/// Attempts that only look at what earlier ones did, once so many have died that the rows are given
/// up. What kills every worker kills the one that looks too; after that all rows fail unseen.
pub(crate) const LOOKS: u32 = 3;

/// A worker goes on with the next part of a chain while it has at least this long: a part takes a
/// fraction of it unless the store is in trouble.
const TIME_FOR_A_PART: Duration = Duration::from_secs(40);

/// How a message came to the worker.
#[derive(Debug, Clone, Copy)]
pub struct Delivery {
    /// Which delivery of the message this is, from 1.
    pub received: u32,
    /// When the worker has to be done with it.
    pub deadline: Instant,
}

/// The task of a delivery of a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Task {
    Apply,
    Look,
    GiveUp,
}

impl Jobs {
    /// Applies a chunk, and the parts of its chain after it while there is time; of one that is
    /// settled, does what is left to do after it.
    ///
    /// # Errors
    /// When the store, the bucket or a queue fails for the chunk itself: a later part has a message
    /// of its own.
    pub async fn apply(
        &self,
        store: &TenantStore,
        message: &ChunkMessage,
        delivery: Delivery,
    ) -> Result<Outcome> {
        let (outcome, mut next) = self.apply_part(store, message, delivery).await?;
        while let Some(part) = next
            && self.has_time(delivery)
        {
            let again = Delivery { received: 1, ..delivery };
            next = match self.apply_part(store, &part, again).await {
                Ok((_, next)) => next,
                Err(_) => None,
            };
        }
        Ok(outcome)
    }

    pub(crate) fn has_time(&self, delivery: Delivery) -> bool {
        delivery.deadline.saturating_duration_since(Instant::now()) >= TIME_FOR_A_PART
    }

    /// Applies one part; the next one of its chain, once it may go.
    async fn apply_part(
        &self,
        store: &TenantStore,
        message: &ChunkMessage,
        delivery: Delivery,
    ) -> Result<(Outcome, Option<ChunkMessage>)> {
        let job = match job_of(store, message, &UPSERTS).await? {
            Ok(job) => job,
            Err(outcome) => return Ok((outcome, None)),
        };
        let begun = store.begin_chunk(&job, message.chunk, self.config.lease).await?;
        point("apply.begun");
        let done = self.apply_begun(store, &job, message, &begun, delivery).await;
        given_back(store, &job, &begun, done).await
    }

    async fn apply_begun(
        &self,
        store: &TenantStore,
        job: &Job,
        message: &ChunkMessage,
        begun: &Begun,
        delivery: Delivery,
    ) -> Result<(Outcome, Option<ChunkMessage>)> {
        let task = match begun.deaths {
            deaths if deaths < self.config.deaths => Task::Apply,
            deaths if deaths < self.config.deaths + LOOKS => Task::Look,
            _ => Task::GiveUp,
        };
        let (outcome, counts) = match (begun.settled, task) {
            (Some(counts), _) => ("settled before", counts),
            (None, Task::Apply) => {
                let Input { rows, lookups } = input::read(self, job, message).await?;
                let received = delivery.received;
                let applied = rows::apply(store, job, &rows, &lookups, begun, received).await?;
                point("apply.rows");
                let counts = self.put_results(job, message, applied).await?;
                point("apply.result");
                ("applied", counts)
            }
            (None, task) => ("given up", self.give_up(store, job, message, begun, task).await?),
        };
        let goes_on = self.has_time(delivery);
        let next = self.settle(store, job, message, begun, counts, goes_on).await?;
        Ok((outcome, next))
    }

    /// Ends the rows of a chunk that can't be applied: those that earlier attempts wrote end as they
    /// did, the others fail.
    pub(crate) async fn give_up_rows(
        &self,
        store: &TenantStore,
        job: &Job,
        message: &ChunkMessage,
        begun: &Begun,
    ) -> Result<Counts> {
        let looks = begun.deaths < self.config.deaths + LOOKS;
        let task = if looks { Task::Look } else { Task::GiveUp };
        self.give_up(store, job, message, begun, task).await
    }

    async fn give_up(
        &self,
        store: &TenantStore,
        job: &Job,
        message: &ChunkMessage,
        begun: &Begun,
        task: Task,
    ) -> Result<Counts> {
        let applied = match task {
            Task::GiveUp => {
                let rows = store.todo(job, message.chunk).await?.map_or(0, |todo| todo.rows);
                rows::lost(job.kind, &input::numbers(self, job, message, rows).await?)
            }
            Task::Apply | Task::Look => {
                point("dead.look");
                let Input { rows, lookups } = input::read(self, job, message).await?;
                rows::give_up(store, job, &rows, &lookups, begun).await?
            }
        };
        let counts = self.put_results(job, message, applied).await?;
        point("dead.result");
        Ok(counts)
    }

    async fn put_results(
        &self,
        job: &Job,
        message: &ChunkMessage,
        Applied { counts, document }: Applied,
    ) -> Result<Counts> {
        let key = objects::result(&message.tenant, &job.id, message.chunk);
        self.bucket.put(&key, document.to_string().into()).await?;
        Ok(counts)
    }
}
