//! The parameters of the model: the rules of the code, which mutants remove one by one, and the
//! faults of a run.

/// The rules on which the correctness of jobs depends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    /// A row is written only where the job's stored fence token is lower.
    pub(crate) fence: bool,
    /// A row is not written over an erasure that came after its job's acceptance.
    pub(crate) tombstone: bool,
    /// Markers are written only while the job is not planned.
    pub(crate) marker_check: bool,
    /// Chunks are sent once the job is planned, not before.
    pub(crate) send_after_plan: bool,
    /// A part of a chain is sent once the one before it is settled, not with it.
    pub(crate) chain: bool,
    /// A marker is deleted once its chunk is settled, not before.
    pub(crate) settle_before_marker: bool,
    /// The first to settle a chunk decides.
    pub(crate) settle_once: bool,
    /// The first to complete a job decides.
    pub(crate) complete_once: bool,
    /// A message is deleted once its work is done, not before.
    pub(crate) work_before_delete: bool,
    /// Rows that change nothing are not written, and so leave no fence.
    pub(crate) skip_unchanged: bool,
    /// They are written if another row of their person is.
    pub(crate) skip_only_single: bool,
    /// Such a row is reported as inserted if it created its person.
    pub(crate) skip_knows_creation: bool,
    /// A new incarnation keeps the time at which the one before was erased.
    pub(crate) incarnation_knows_erasure: bool,
    /// A row that was refused is recorded before a later one of its person is written.
    pub(crate) refusals_are_recorded: bool,
    /// A chunk is leased to one worker at a time: a second one waits until it is done or certainly
    /// dead.
    pub(crate) lease: bool,
}

/// The rules as implemented: all invariants hold.
pub(crate) const ALL_RULES: Rules = Rules {
    fence: true,
    tombstone: true,
    marker_check: true,
    send_after_plan: true,
    chain: true,
    settle_before_marker: true,
    settle_once: true,
    complete_once: true,
    work_before_delete: true,
    skip_unchanged: true,
    skip_only_single: true,
    skip_knows_creation: true,
    incarnation_knows_erasure: true,
    refusals_are_recorded: true,
    lease: true,
};

/// The initial state of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// The job is accepted and the splitter's message sent.
    Accepted,
    /// The job is planned and its chunks are sent.
    Sent,
}

/// The limits of a run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scenario {
    pub(crate) rules: Rules,
    pub(crate) start: Start,
    /// Concurrent workers.
    pub(crate) workers: usize,
    /// Crashes of workers.
    pub(crate) crashes: u8,
    /// Messages that are delivered although another worker has them, or has completed them.
    pub(crate) copies: u8,
    /// Deliveries after which a message is a dead letter.
    pub(crate) receives: u8,
    /// Writes by another client.
    pub(crate) writes: u8,
    /// Erasures by a delete job.
    pub(crate) erasures: u8,
    /// The person that is written and erased.
    pub(crate) person: usize,
    /// Names of the properties to check; empty for all.
    pub(crate) only: &'static [&'static str],
}

/// A run without faults.
pub(crate) const NO_FAULTS: Scenario = Scenario {
    rules: ALL_RULES,
    start: Start::Sent,
    workers: 2,
    crashes: 0,
    copies: 0,
    receives: 2,
    writes: 0,
    erasures: 0,
    person: 0,
    only: &[],
};
