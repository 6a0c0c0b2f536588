//! The transitions of the model: all actions that are possible in a state.

use stateright::{Model, Property};

use crate::model_state::{Message, ModelState, Step, Work, Worker};
use crate::payload::last_row;
use crate::properties::properties;
use crate::rules::Scenario;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Action {
    /// A message is delivered. `duplicate`: it stays queued and is delivered once more.
    Deliver { message: Message, duplicate: bool },
    /// The worker at this index executes its step.
    Work(usize),
    /// The worker at this index crashes, and its message returns to the queue.
    Die(usize),
    /// Another client writes.
    Write,
    /// A delete job erases.
    Erase,
}

impl Model for Scenario {
    type State = ModelState;
    type Action = Action;

    fn init_states(&self) -> Vec<ModelState> {
        vec![ModelState::new(self)]
    }

    fn actions(&self, state: &ModelState, actions: &mut Vec<Action>) {
        let mut waiting = state.waiting.clone();
        waiting.dedup();
        if state.workers.len() < self.workers {
            for message in waiting {
                if state.spent.copies < self.copies {
                    actions.push(Action::Deliver { message: message.clone(), duplicate: true });
                }
                actions.push(Action::Deliver { message, duplicate: false });
            }
        }
        for (at, worker) in state.workers.iter().enumerate() {
            if !self.must_wait(state, at) {
                actions.push(Action::Work(at));
            }
            if state.spent.crashes < self.crashes && may_die(&worker.step) {
                actions.push(Action::Die(at));
            }
        }
        let person = &state.people[self.person];
        // Once the job is done, actions of others have no effect on it.
        if state.spent.writes < self.writes && !state.is_idle() {
            actions.push(Action::Write);
        }
        if state.spent.erasures < self.erasures && !state.is_idle() && person.incarnation.is_some()
        {
            actions.push(Action::Erase);
        }
    }

    fn next_state(&self, last: &ModelState, action: Action) -> Option<ModelState> {
        let mut state = last.clone();
        match action {
            Action::Deliver { message, duplicate } => self.deliver(&mut state, message, duplicate),
            Action::Work(at) => self.advance_worker(&mut state, at),
            Action::Die(at) => self.kill_worker(&mut state, at),
            Action::Write => {
                state.spent.writes += 1;
                state.people[self.person].write_by_client(&self.rules, last_row(self.person));
            }
            Action::Erase => {
                state.spent.erasures += 1;
                state.people[self.person].erase();
            }
        }
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let mut properties = properties();
        properties.retain(|property| self.only.is_empty() || self.only.contains(&property.name));
        properties
    }
}

impl Scenario {
    fn deliver(&self, state: &mut ModelState, message: Message, duplicate: bool) {
        if duplicate {
            state.spent.copies += 1;
        } else if let Some(at) = state.waiting.iter().position(|waiting| *waiting == message) {
            state.waiting.remove(at);
        }
        let step = match message.work {
            Work::Split => Step::ReadJob,
            Work::Chunk(_) => Step::ReadPlannedJob,
        };
        let received = message.received + 1;
        state.workers.push(Worker { message: Message { received, ..message }, step });
        state.workers.sort_unstable();
    }

    fn advance_worker(&self, state: &mut ModelState, at: usize) {
        let Worker { message, step } = state.workers.remove(at);
        if step == Step::Delete {
            return;
        }
        let step = state.step(&self.rules, message.work, message.dead, step);
        state.workers.push(Worker { message, step });
        state.workers.sort_unstable();
    }

    fn kill_worker(&self, state: &mut ModelState, at: usize) {
        let Worker { message, .. } = state.workers.remove(at);
        state.spent.crashes += 1;
        if !self.rules.work_before_delete {
            return;
        }
        let becomes_dead = !message.dead && message.received >= self.receives;
        let received = if becomes_dead { 0 } else { message.received };
        // The number of deliveries of a dead letter has no effect.
        let received = if message.dead { 1 } else { received };
        state.enqueue(Message { received, dead: becomes_dead || message.dead, ..message });
    }

    /// Whether the worker must wait because another one has the lease of its chunk.
    fn must_wait(&self, state: &ModelState, at: usize) -> bool {
        let Worker { message, step } = &state.workers[at];
        let mut others = state.workers.iter().enumerate().filter(|(other, _)| *other != at);
        *step == Step::Begin
            && self.rules.lease
            && others.any(|(_, other)| {
                other.message.work == message.work && has_begun_chunk(&other.step)
            })
    }
}

/// Whether a worker at this step has begun its chunk and not settled it.
pub(crate) fn has_begun_chunk(step: &Step) -> bool {
    matches!(step, Step::ReadPerson | Step::Rows(_) | Step::Results(_) | Step::Settle(_))
}

/// A worker may crash before it did anything, or after a step with an effect: a crash after a step
/// that only read is equal to one before it.
fn may_die(step: &Step) -> bool {
    !matches!(
        step,
        Step::Refuse | Step::PutPlan | Step::Begin | Step::SendNext(_) | Step::Complete(..)
    )
}
