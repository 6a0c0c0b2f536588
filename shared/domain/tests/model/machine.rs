//! States and steps. Each step is one effect as the code has it, with its precondition.

use people_domain::person::{ERASED, FENCE, Fence};
use people_domain::record::Attributes;
use people_domain::stamp::Stamp;
use people_domain::value::Value;
use stateright::{Model, Property};

use crate::promises::promises;

/// Chunks of the plan: the first holds row 1, of one person; the others are a chain with rows 2 and 3 of another.
pub(crate) const CHUNKS: usize = 3;

/// Of which person each chunk's row is.
pub(crate) const PERSON: [usize; CHUNKS] = [0, 1, 1];

/// The chunk that waits for each.
const NEXT: [Option<usize>; CHUNKS] = [None, Some(2), None];

/// The job was accepted, and a person erased, at these times.
const ACCEPTED: u128 = 10;
const ERASED_AT: u128 = 20;

/// A mistake that the code could have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bug {
    None,
    /// Rows are written whatever was written before.
    NoFence,
    /// Rows fill tombstones.
    NoTombstone,
    /// Markers are written though the job is planned.
    TodosAfterPlan,
    /// A marker goes before its chunk is settled.
    TodoGoesFirst,
    /// Messages are sent before the job is planned.
    SendsFirst,
    /// All parts of a chain are sent at once.
    ChainAtOnce,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Job {
    Accepted,
    Planned,
    /// With the count of rows that were written.
    Completed(u8),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Person {
    /// Who wrote last: a row, or the PUT.
    pub(crate) written_by: Option<Writer>,
    /// The row whose mark it bears.
    pub(crate) fence: Option<u64>,
    pub(crate) erased: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Writer {
    Row(u64),
    Put,
}

/// What a worker does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Step {
    Look,
    Todos,
    Plan,
    Send,
    Begin(usize),
    Write(usize),
    /// With whether its row was written.
    Settle(usize, bool),
    SendNext(usize),
    RemoveTodo(usize),
    Complete(usize),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct State {
    pub(crate) job: Job,
    pub(crate) todos: [bool; CHUNKS],
    pub(crate) settled: [Option<bool>; CHUNKS],
    /// Messages that wait: the splitter's, then the chunks'.
    pub(crate) messages: [bool; CHUNKS + 1],
    pub(crate) workers: [Option<Step>; 2],
    pub(crate) people: [Person; 2],
    /// What may still go wrong, and what others may still do.
    crashes: u8,
    duplicates: u8,
    put: bool,
    erasure: bool,
    /// Which promises a step has broken.
    pub(crate) undone: bool,
    pub(crate) sent_early: bool,
    pub(crate) out_of_order: bool,
    pub(crate) revived: bool,
    pub(crate) completions: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Action {
    /// A worker takes a message; `again`: which stays, to come twice.
    Take {
        worker: usize,
        message: usize,
        again: bool,
    },
    Step(usize),
    /// A worker dies; its message comes again.
    Crash(usize),
    Put,
    Erase,
}

pub(crate) struct Machine {
    pub(crate) bug: Bug,
}

impl Machine {
    pub(crate) fn sound() -> Self {
        Self { bug: Bug::None }
    }

    pub(crate) fn with(bug: Bug) -> Self {
        Self { bug }
    }

    /// One step of a worker; what it does after it, if anything.
    fn step(&self, state: &mut State, step: Step) -> Option<Step> {
        match step {
            Step::Look => match state.job {
                Job::Completed(_) => None,
                Job::Planned => Some(Step::Send),
                Job::Accepted => {
                    Some(if self.bug == Bug::SendsFirst { Step::Send } else { Step::Todos })
                }
            },
            // One transaction with a check that the job is not planned.
            Step::Todos => {
                if state.job != Job::Accepted && self.bug != Bug::TodosAfterPlan {
                    return Some(Step::Look);
                }
                state.todos = [true; CHUNKS];
                Some(Step::Plan)
            }
            Step::Plan if state.job != Job::Accepted => {
                // With the mistake nobody looks at the plan again.
                if self.bug == Bug::TodosAfterPlan { None } else { Some(Step::Look) }
            }
            Step::Plan => {
                state.job = Job::Planned;
                Some(Step::Send)
            }
            Step::Send => {
                for chunk in 0..CHUNKS {
                    let waits = chunk == 2 && state.todos[1] && self.bug != Bug::ChainAtOnce;
                    if state.todos[chunk] && !waits || self.bug == Bug::SendsFirst {
                        self.send(state, chunk);
                    }
                }
                (self.bug == Bug::SendsFirst && state.job == Job::Accepted).then_some(Step::Todos)
            }
            _ => self.chunk_step(state, step),
        }
    }

    fn chunk_step(&self, state: &mut State, step: Step) -> Option<Step> {
        match step {
            Step::Begin(chunk) => match (state.job, state.settled[chunk]) {
                (Job::Completed(_) | Job::Accepted, _) => None,
                (Job::Planned, Some(_)) => Some(Step::SendNext(chunk)),
                (Job::Planned, None) if self.bug == Bug::TodoGoesFirst => {
                    state.todos[chunk] = false;
                    Some(Step::Write(chunk))
                }
                (Job::Planned, None) => Some(Step::Write(chunk)),
            },
            Step::Write(chunk) => Some(Step::Settle(chunk, self.write(state, chunk))),
            Step::Settle(chunk, written) => {
                // The first to settle decides.
                state.settled[chunk] = state.settled[chunk].or(Some(written));
                Some(Step::SendNext(chunk))
            }
            Step::SendNext(chunk) => {
                if let Some(next) =
                    NEXT[chunk].filter(|next| state.todos[chunk] && state.todos[*next])
                {
                    self.send(state, next);
                }
                Some(Step::RemoveTodo(chunk))
            }
            Step::RemoveTodo(chunk) => {
                state.todos[chunk] = false;
                Some(Step::Complete(chunk))
            }
            Step::Complete(_) => {
                if state.todos == [false; CHUNKS] && state.job == Job::Planned {
                    let written =
                        state.settled.iter().filter(|settled| **settled == Some(true)).count();
                    state.job = Job::Completed(u8::try_from(written).unwrap());
                    state.completions += 1;
                }
                None
            }
            _ => None,
        }
    }

    fn send(&self, state: &mut State, chunk: usize) {
        state.sent_early |= state.job == Job::Accepted;
        state.messages[chunk + 1] = true;
    }

    /// A row's write under its condition; whether the row ends as written.
    fn write(&self, state: &mut State, chunk: usize) -> bool {
        let row = chunk as u64 + 1;
        let person = &mut state.people[PERSON[chunk]];
        let fence = Fence { job: "job".to_owned(), row, accepted: Stamp::new(ACCEPTED) };
        let stored = attributes(person);
        if fence.is_behind(&stored) && self.bug != Bug::NoFence {
            return true;
        }
        if fence.was_erased(&stored) && self.bug != Bug::NoTombstone {
            return false;
        }
        // What stood there was written by this row, a later one, or by a PUT after it.
        state.undone |= person.fence.is_some_and(|fence| fence >= row);
        state.out_of_order |= row == 3 && person.fence != Some(2);
        state.revived |= person.erased;
        *person = Person { written_by: Some(Writer::Row(row)), fence: Some(row), erased: false };
        true
    }
}

/// A person's item as the condition sees it.
fn attributes(person: &Person) -> Attributes {
    let text = |text: String| Some(Value::Text(text));
    let mut attributes = Attributes::new();
    if let Some(row) = person.fence {
        attributes.insert(FENCE.to_owned(), text(format!("job#{row:08}")));
    }
    if person.erased {
        attributes.insert(ERASED.to_owned(), text(Stamp::new(ERASED_AT).as_str().to_owned()));
    }
    attributes
}

impl Model for Machine {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State {
            job: Job::Accepted,
            todos: [false; CHUNKS],
            settled: [None; CHUNKS],
            messages: [true, false, false, false],
            workers: [None; 2],
            people: [Person::default(); 2],
            crashes: 2,
            duplicates: 1,
            put: true,
            erasure: true,
            undone: false,
            sent_early: false,
            out_of_order: false,
            revived: false,
            completions: 0,
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        for (worker, step) in state.workers.iter().enumerate() {
            if step.is_some() {
                actions.push(Action::Step(worker));
                actions.extend((state.crashes > 0).then_some(Action::Crash(worker)));
                continue;
            }
            for message in (0..=CHUNKS).filter(|message| state.messages[*message]) {
                actions.push(Action::Take { worker, message, again: false });
                actions.extend((state.duplicates > 0).then_some(Action::Take {
                    worker,
                    message,
                    again: true,
                }));
            }
        }
        actions.extend((state.put && state.people[1].written_by.is_some()).then_some(Action::Put));
        actions.extend(
            (state.erasure && state.people[0].written_by.is_some()).then_some(Action::Erase),
        );
    }

    fn next_state(&self, before: &State, action: Action) -> Option<State> {
        let mut state = before.clone();
        match action {
            Action::Take { worker, message, again } => {
                state.messages[message] = again;
                state.duplicates -= u8::from(again);
                state.workers[worker] = Some(match message {
                    0 => Step::Look,
                    chunk => Step::Begin(chunk - 1),
                });
            }
            Action::Step(worker) => {
                let step = state.workers[worker]?;
                state.workers[worker] = self.step(&mut state, step);
            }
            Action::Crash(worker) => {
                let message = match state.workers[worker].take()? {
                    Step::Look | Step::Todos | Step::Plan | Step::Send => 0,
                    Step::Begin(chunk)
                    | Step::Write(chunk)
                    | Step::Settle(chunk, _)
                    | Step::SendNext(chunk)
                    | Step::RemoveTodo(chunk)
                    | Step::Complete(chunk) => chunk + 1,
                };
                state.messages[message] = true;
                state.crashes -= 1;
            }
            Action::Put => {
                state.put = false;
                state.people[1].written_by = Some(Writer::Put);
            }
            Action::Erase => {
                state.erasure = false;
                state.people[0] = Person { erased: true, ..Person::default() };
            }
        }
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        promises()
    }
}
