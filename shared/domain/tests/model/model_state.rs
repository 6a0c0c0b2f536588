//! The state of the model: everything that is stored, queued and in progress.

use people_domain::response::bulk::BulkCounts;

use crate::payload::{ALL_CHUNKS, CHUNKS, first_chunks};
use crate::people::{Incarnation, Mark, Person, Time};
use crate::rules::{Scenario, Start};
use crate::run_invariants::{ChunkState, ReportedOutcome};

/// The outcomes of a chunk's rows.
pub(crate) type Ended = Vec<ReportedOutcome>;

pub(crate) fn counts(ended: &Ended) -> BulkCounts {
    let failure =
        ended.iter().filter(|outcome| **outcome == ReportedOutcome::Failed).count() as u64;
    BulkCounts { success: ended.len() as u64 - failure, failure, partial: 0 }
}

/// The job's item.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Job {
    /// Its chunks are planned.
    pub(crate) planned: bool,
    /// Successes and failures of a completed job.
    pub(crate) ended: Option<(u64, u64)>,
    /// It was completed without a plan.
    pub(crate) refused: bool,
    /// The number of times it was completed.
    pub(crate) completions: u8,
}

/// The item of a chunk, and its results.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Chunk {
    pub(crate) settled: Option<Ended>,
    pub(crate) results: Option<Ended>,
    /// Rows that are recorded as refused, a bit each.
    pub(crate) refused: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Work {
    Split,
    Chunk(usize),
}

/// A message in a queue.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Message {
    pub(crate) work: Work,
    /// Deliveries from its current queue.
    pub(crate) received: u8,
    /// Whether it is in the dead-letter queue.
    pub(crate) dead: bool,
}

/// A worker with a received message, which leaves the queue only when its work is done.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Worker {
    pub(crate) message: Message,
    pub(crate) step: Step,
}

/// The next step of a worker. A step holds what the worker has read, which may have changed since.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Step {
    /// Split: reads the job and its payload.
    ReadJob,
    /// Completes the job of a dead letter without a plan.
    Refuse,
    PutPlan,
    /// Writes the pending chunk markers in one of two transactions.
    WriteMarkers(u8),
    Plan,
    /// Sends the messages of these chunks, a bit each.
    Send(u8),
    /// Apply: reads the job.
    ReadPlannedJob,
    Begin,
    /// Reads the chunk's person.
    ReadPerson,
    /// Writes the next row.
    Rows(Rows),
    Results(Ended),
    Settle(Ended),
    /// Reads the markers of the chunk and of the one that waits for it.
    Next,
    SendNext(usize),
    DeleteMarker,
    /// Reads the remaining markers, and the sums if there are none.
    Count,
    Complete(u64, u64),
    /// Deletes the message.
    Delete,
}

/// The rows of a chunk in progress, and what was read before the first of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Rows {
    pub(crate) ended: Ended,
    /// Rows that change nothing, a bit each.
    pub(crate) same: u8,
    /// The row that created the person.
    pub(crate) created_by: Option<u32>,
    /// Rows that were refused in an earlier attempt, a bit each.
    pub(crate) refused: u8,
}

/// The faults and the actions of others so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Spent {
    pub(crate) crashes: u8,
    pub(crate) copies: u8,
    pub(crate) writes: u8,
    pub(crate) erasures: u8,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct ModelState {
    pub(crate) job: Job,
    pub(crate) plan: bool,
    pub(crate) markers: u8,
    pub(crate) chunks: [Chunk; CHUNKS],
    pub(crate) people: [Person; 2],
    /// Queued messages, sorted, because queues have no order.
    pub(crate) waiting: Vec<Message>,
    /// Workers, sorted, because they are interchangeable.
    pub(crate) workers: Vec<Worker>,
    pub(crate) spent: Spent,
    existed: bool,
}

impl ModelState {
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let nobody = |erased| Person { incarnation: None, erased, events: Vec::new() };
        let mut state = Self {
            job: Job::default(),
            plan: false,
            markers: 0,
            chunks: Default::default(),
            // The second person was erased before the job was accepted, which does not refuse its
            // rows.
            people: [nobody(None), nobody(Some(Time::Before))],
            waiting: Vec::new(),
            workers: Vec::new(),
            spent: Spent::default(),
            existed: scenario.start == Start::Sent,
        };
        match scenario.start {
            Start::Accepted => state.send(Work::Split),
            Start::Sent => {
                (state.job.planned, state.plan, state.markers) = (true, true, ALL_CHUNKS);
                state.people[0].incarnation = Some(Incarnation::BY_EARLIER_JOB);
                let sent =
                    (0..CHUNKS).filter(|chunk| first_chunks(&scenario.rules) & 1 << chunk != 0);
                sent.for_each(|chunk| state.send(Work::Chunk(chunk)));
            }
        }
        state
    }

    pub(crate) fn send(&mut self, work: Work) {
        self.enqueue(Message { work, received: 0, dead: false });
    }

    pub(crate) fn enqueue(&mut self, message: Message) {
        self.waiting.push(message);
        self.waiting.sort_unstable();
    }

    /// The chunks as a test of the real implementation sees them.
    pub(crate) fn chunk_states(&self) -> [ChunkState; CHUNKS] {
        std::array::from_fn(|at| {
            let Chunk { settled, results, .. } = &self.chunks[at];
            ChunkState {
                settled: settled.as_ref().map(counts),
                results: results.as_ref().map(counts),
                is_pending: self.markers & 1 << at != 0,
            }
        })
    }

    /// Whether a person existed before the job.
    pub(crate) fn existed(&self, person: usize) -> bool {
        self.existed && person == 0
    }

    /// Whether nothing is left that could change the job.
    pub(crate) fn is_idle(&self) -> bool {
        self.waiting.is_empty() && self.workers.is_empty()
    }
}

impl Incarnation {
    /// A person that an earlier job wrote.
    const BY_EARLIER_JOB: Self =
        Self { created_by: None, last_row: None, fence: Some(Mark::Other), erased_before: None };
}
