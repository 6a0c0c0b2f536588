//! All that is stored, sent and under way at a moment.

use people_domain::response::bulk::BulkCounts;

use crate::payload::{ALL_CHUNKS, CHUNKS, first_chunks};
use crate::people::{Incarnation, Mark, Person, Time};
use crate::rules::{Scenario, Start};
use crate::run_invariants::{ChunkState, ReportedOutcome};

/// What the rows of a chunk came to.
pub(crate) type Ended = Vec<ReportedOutcome>;

pub(crate) fn counts(ended: &Ended) -> BulkCounts {
    let failure = ended.iter().filter(|told| **told == ReportedOutcome::Failed).count() as u64;
    BulkCounts { success: ended.len() as u64 - failure, failure, partial: 0 }
}

/// The job's item.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Job {
    /// Its chunks are known.
    pub(crate) planned: bool,
    /// It is completed: successes and failures.
    pub(crate) ended: Option<(u64, u64)>,
    /// It was completed without a plan.
    pub(crate) refused: bool,
    /// How often it was completed.
    pub(crate) completions: u8,
}

/// What a chunk's item says, and its results.
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
    /// How often it was delivered from the queue that it is in.
    pub(crate) received: u8,
    /// It is in the queue of the dead letters.
    pub(crate) dead: bool,
}

/// Who has received a message; it is gone from the queue only when its work is done.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Worker {
    pub(crate) message: Message,
    pub(crate) step: Step,
}

/// What a worker does next. What it has read so far is in the step, and may have changed since.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Step {
    /// Split: the job is read, its payload too.
    ReadJob,
    /// The job of a dead letter ends unplanned.
    Refuse,
    PutPlan,
    /// One transaction of two that write the markers.
    WriteMarkers(u8),
    Plan,
    /// These are left to be sent, a bit each.
    Send(u8),
    /// Apply: the job is read.
    ReadPlannedJob,
    Begin,
    /// The chunk's person is read.
    ReadPerson,
    /// The next row is written.
    Rows(Rows),
    Results(Ended),
    Settle(Ended),
    /// The markers of the chunk and of the one that waits for it are read.
    Next,
    SendNext(usize),
    DeleteMarker,
    /// The markers that are left are read, and the sums if there are none.
    Count,
    Complete(u64, u64),
    /// The message goes.
    Delete,
}

/// Rows under way, and what was read before the first of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Rows {
    pub(crate) ended: Ended,
    /// Those that change nothing, a bit each.
    pub(crate) same: u8,
    /// The row that made the person.
    pub(crate) created_by: Option<u32>,
    /// Rows that an earlier attempt saw refused, a bit each.
    pub(crate) refused: u8,
}

/// What has gone wrong, and what others did.
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
    /// Messages that wait, sorted: queues have no order.
    pub(crate) waiting: Vec<Message>,
    /// Those who work, sorted: it does not matter who is who.
    pub(crate) workers: Vec<Worker>,
    pub(crate) spent: Spent,
    existed: bool,
}

impl ModelState {
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let nobody = |erased| Person { incarnation: None, erased, deeds: Vec::new() };
        let mut world = Self {
            job: Job::default(),
            plan: false,
            markers: 0,
            chunks: Default::default(),
            // The second was erased before the job was accepted, which hinders nothing.
            people: [nobody(None), nobody(Some(Time::Before))],
            waiting: Vec::new(),
            workers: Vec::new(),
            spent: Spent::default(),
            existed: scenario.start == Start::Sent,
        };
        match scenario.start {
            Start::Accepted => world.send(Work::Split),
            Start::Sent => {
                (world.job.planned, world.plan, world.markers) = (true, true, ALL_CHUNKS);
                world.people[0].incarnation = Some(Incarnation::BY_EARLIER_JOB);
                let sent =
                    (0..CHUNKS).filter(|chunk| first_chunks(&scenario.rules) & 1 << chunk != 0);
                sent.for_each(|chunk| world.send(Work::Chunk(chunk)));
            }
        }
        world
    }

    pub(crate) fn send(&mut self, work: Work) {
        self.enqueue(Message { work, received: 0, dead: false });
    }

    pub(crate) fn enqueue(&mut self, message: Message) {
        self.waiting.push(message);
        self.waiting.sort_unstable();
    }

    /// The chunks as whoever tests the machine from outside sees them.
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

    /// Whether a person was there before the job.
    pub(crate) fn existed(&self, person: usize) -> bool {
        self.existed && person == 0
    }

    /// Nothing is left that could change the job.
    pub(crate) fn is_idle(&self) -> bool {
        self.waiting.is_empty() && self.workers.is_empty()
    }
}

impl Incarnation {
    /// Somebody that an earlier job wrote.
    const BY_EARLIER_JOB: Self =
        Self { created_by: None, last_row: None, fence: Some(Mark::Other), erased_before: None };
}
