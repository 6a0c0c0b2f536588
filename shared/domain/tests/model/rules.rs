//! What the model is of: the code, with the rules that can be taken out of it one by one, and how
//! much can go wrong in a run.

/// The rules that the machine rests on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    /// A row is written only where its job's fence is behind it.
    pub(crate) fence: bool,
    /// A row is not written over an erasure that came after its job.
    pub(crate) tombstone: bool,
    /// Markers are written only while the job is not planned.
    pub(crate) marker_check: bool,
    /// A job is sent when it is planned, not before.
    pub(crate) send_after_plan: bool,
    /// A part of a chain is sent when the one before it is settled, not with it.
    pub(crate) chain: bool,
    /// A marker goes when its chunk is settled, not before.
    pub(crate) settle_before_marker: bool,
    /// The first to settle a chunk decides.
    pub(crate) settle_once: bool,
    /// The first to complete a job decides.
    pub(crate) complete_once: bool,
    /// A message goes when its work is done, not before.
    pub(crate) work_before_delete: bool,
    /// Rows that change nothing are not written, and so leave no fence.
    pub(crate) skip_unchanged: bool,
    /// They are written all the same beside another write of their person.
    pub(crate) skip_only_single: bool,
    /// Such a row is told as the one that made its person, if it did.
    pub(crate) skip_knows_creation: bool,
    /// A person that is made again still tells when the one before was erased.
    pub(crate) incarnation_knows_erasure: bool,
    /// A row that was refused is recorded before a later one of its person is written.
    pub(crate) refusals_are_recorded: bool,
    /// One worker at a time has a chunk: a second one waits until it is done or surely dead.
    pub(crate) lease: bool,
}

/// The machine as it is built: all that must hold does.
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

/// Where a run begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// Accepted; the splitter has a message.
    Accepted,
    /// Planned and sent.
    Sent,
}

/// How much happens in a run, at most.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scenario {
    pub(crate) rules: Rules,
    pub(crate) start: Start,
    /// Workers at the same time.
    pub(crate) workers: usize,
    /// Workers that die.
    pub(crate) crashes: u8,
    /// Messages that are delivered though another worker has them, or has done them.
    pub(crate) copies: u8,
    /// Deliveries after which a message is a dead letter.
    pub(crate) receives: u8,
    /// Writes by another client.
    pub(crate) writes: u8,
    /// Erasures by a job for deletion.
    pub(crate) erasures: u8,
    /// To whom the last two happen.
    pub(crate) person: usize,
    /// Names of the properties that are looked at; all, when there are none.
    pub(crate) only: &'static [&'static str],
}

/// Nothing goes wrong yet.
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
