//! A model of the engine that writes people by the ids of all systems: every order in which the
//! reads and writes of concurrent calls reach the table, with answers that get lost, callers that
//! give up and try again, and packets that arrive late. Plans and preconditions are those of the
//! production code.

mod calls;
mod engine;
mod history;
mod io;
mod mutants;
mod people;
mod properties;
mod reads;
mod removals;
mod rules;
mod runs;
mod scripts;
mod table;
mod table_invariants;

use calls::Progress;
use history::{CallState, History};
use io::{Answer, Packet, Request};
use rules::{ALL_RULES, Rules};
use scripts::Script;
use stateright::{Model, Property};
use table::Table;

/// Stamps after which callers are said to try for ever.
const STAMPS_MAX: u128 = 80;

#[derive(Debug, Clone, Copy)]
struct Scenario {
    rules: Rules,
    script: Script,
    /// Packets that are lost, delayed or delivered twice.
    faults: u8,
    /// The property to check; all if there is none.
    only: Option<&'static str>,
}

/// An attempt at a call.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Attempt {
    progress: Progress,
    /// The answers since the attempt began.
    log: Vec<Answer>,
    request: Request,
    /// Whether the store applied the request, and the answer got lost.
    applied: Option<Answer>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct EngineState {
    table: Table,
    clock: u128,
    /// The next call of each caller, and its attempt if it has begun.
    callers: Vec<(usize, Option<Attempt>)>,
    /// Packets that nobody waits for, each with the number of its call, in no order.
    late: Vec<(usize, Packet)>,
    faults: u8,
    history: History,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Action {
    Begin(usize),
    /// The request of a caller reaches the store, and is answered.
    Answer(usize),
    /// So does a packet; a copy of it is still on its way.
    AnswerCopied(usize),
    /// A packet reaches the store, and its answer is lost: the client sends it again.
    LoseAnswer(usize),
    /// A caller gives up while its packet is on its way, and begins its call anew.
    GiveUp(usize),
    /// A packet that nobody waits for reaches the store.
    DeliverLate(usize),
}

impl Model for Scenario {
    type State = EngineState;
    type Action = Action;

    fn init_states(&self) -> Vec<EngineState> {
        vec![self.begin()]
    }

    fn actions(&self, state: &EngineState, actions: &mut Vec<Action>) {
        let may_fail = state.faults < self.faults;
        for (caller, (at, attempt)) in state.callers.iter().enumerate() {
            match attempt {
                None if *at < self.script.callers[caller].len() => {
                    actions.push(Action::Begin(caller));
                }
                None => {}
                Some(attempt) => {
                    actions.push(Action::Answer(caller));
                    if may_fail && matches!(attempt.request, Request::Write(_)) {
                        let faults = [Action::AnswerCopied, Action::LoseAnswer, Action::GiveUp];
                        actions.extend(faults.map(|fault| fault(caller)));
                    }
                }
            }
        }
        actions.extend((0..state.late.len()).map(Action::DeliverLate));
    }

    fn next_state(&self, last: &EngineState, action: Action) -> Option<EngineState> {
        let mut state = last.clone();
        match action {
            Action::Begin(caller) => {
                state.history.begin(self.number(caller, state.callers[caller].0));
                self.proceed(&mut state, caller, None);
            }
            Action::DeliverLate(at) => {
                let (number, packet) = state.late.remove(at);
                _ = self.apply(&mut state, number, &packet);
            }
            Action::Answer(caller)
            | Action::AnswerCopied(caller)
            | Action::LoseAnswer(caller)
            | Action::GiveUp(caller) => {
                let (at, attempt) = &mut state.callers[caller];
                let (number, mut attempt) = (self.number(caller, *at), attempt.take()?);
                if !matches!(action, Action::Answer(_)) {
                    state.faults += 1;
                }
                if let (Action::AnswerCopied(_) | Action::GiveUp(_), Request::Write(packet)) =
                    (action, &attempt.request)
                {
                    state.late.push((number, packet.clone()));
                }
                if let Action::GiveUp(_) = action {
                    self.proceed(&mut state, caller, None);
                    return Some(state);
                }
                let answer = self.answer(&mut state, number, &attempt);
                if let Action::LoseAnswer(_) = action {
                    let is_applied = matches!(answer, Answer::Committed(_));
                    attempt.applied = is_applied.then_some(answer);
                    state.callers[caller].1 = Some(attempt);
                } else {
                    attempt.log.push(answer);
                    self.proceed(&mut state, caller, Some(attempt));
                }
            }
        }
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let all = properties::properties().into_iter();
        all.filter(|property| self.only.is_none_or(|only| only == property.name)).collect()
    }
}

impl EngineState {
    fn is_quiet(&self) -> bool {
        self.history.calls.iter().all(|call| matches!(call, CallState::Ended { .. }))
    }
}
