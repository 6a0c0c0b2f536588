//! The machine as a model: whatever can happen next, in every order.

use stateright::{Model, Property};

use crate::model_state::{Message, ModelState, Step, Work, Worker};
use crate::payload::last_row;
use crate::properties::properties;
use crate::rules::Scenario;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Action {
    /// A message is delivered; `again`: it stays, to be delivered once more.
    Deliver { message: Message, again: bool },
    /// The worker at this place goes on.
    Work(usize),
    /// The worker at this place dies: its message comes back.
    Die(usize),
    /// Another client writes.
    Write,
    /// A job for deletion erases.
    Erase,
}

impl Model for Scenario {
    type State = ModelState;
    type Action = Action;

    fn init_states(&self) -> Vec<ModelState> {
        vec![ModelState::new(self)]
    }

    fn actions(&self, world: &ModelState, actions: &mut Vec<Action>) {
        let mut waiting = world.waiting.clone();
        waiting.dedup();
        if world.workers.len() < self.workers {
            for message in waiting {
                if world.spent.copies < self.copies {
                    actions.push(Action::Deliver { message: message.clone(), again: true });
                }
                actions.push(Action::Deliver { message, again: false });
            }
        }
        for (at, worker) in world.workers.iter().enumerate() {
            if !self.must_wait(world, at) {
                actions.push(Action::Work(at));
            }
            if world.spent.crashes < self.crashes && may_die(&worker.step) {
                actions.push(Action::Die(at));
            }
        }
        let person = &world.people[self.person];
        // When the machine is done, it does not matter what others do.
        if world.spent.writes < self.writes && !world.is_idle() {
            actions.push(Action::Write);
        }
        if world.spent.erasures < self.erasures && !world.is_idle() && person.incarnation.is_some()
        {
            actions.push(Action::Erase);
        }
    }

    fn next_state(&self, last: &ModelState, action: Action) -> Option<ModelState> {
        let mut world = last.clone();
        match action {
            Action::Deliver { message, again } => self.deliver(&mut world, message, again),
            Action::Work(at) => self.advance_worker(&mut world, at),
            Action::Die(at) => self.kill_worker(&mut world, at),
            Action::Write => {
                world.spent.writes += 1;
                world.people[self.person].write_by_client(&self.rules, last_row(self.person));
            }
            Action::Erase => {
                world.spent.erasures += 1;
                world.people[self.person].erase();
            }
        }
        Some(world)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let mut properties = properties();
        properties.retain(|property| self.only.is_empty() || self.only.contains(&property.name));
        properties
    }
}

impl Scenario {
    fn deliver(&self, world: &mut ModelState, message: Message, again: bool) {
        match again {
            true => world.spent.copies += 1,
            false => {
                let at = world.waiting.iter().position(|waiting| *waiting == message);
                at.map(|at| world.waiting.remove(at));
            }
        }
        let step = match message.work {
            Work::Split => Step::ReadJob,
            Work::Chunk(_) => Step::ReadPlannedJob,
        };
        let received = message.received + 1;
        world.workers.push(Worker { message: Message { received, ..message }, step });
        world.workers.sort_unstable();
    }

    fn advance_worker(&self, world: &mut ModelState, at: usize) {
        let Worker { message, step } = world.workers.remove(at);
        if step == Step::Delete {
            return;
        }
        let step = world.step(&self.rules, message.work, message.dead, step);
        world.workers.push(Worker { message, step });
        world.workers.sort_unstable();
    }

    fn kill_worker(&self, world: &mut ModelState, at: usize) {
        let Worker { message, .. } = world.workers.remove(at);
        world.spent.crashes += 1;
        if !self.rules.work_before_delete {
            return;
        }
        let dies = !message.dead && message.received >= self.receives;
        let received = if dies { 0 } else { message.received };
        // Nothing depends on how often a dead letter is delivered.
        let received = if message.dead { 1 } else { received };
        world.enqueue(Message { received, dead: dies || message.dead, ..message });
    }

    /// Whether the worker has to wait until nobody else has its chunk.
    fn must_wait(&self, world: &ModelState, at: usize) -> bool {
        let Worker { message, step } = &world.workers[at];
        let mut others = world.workers.iter().enumerate().filter(|(other, _)| *other != at);
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

/// A worker dies before it did anything, or after something that it did: to die after it has only
/// read is the same as to die before.
fn may_die(step: &Step) -> bool {
    !matches!(
        step,
        Step::Refuse | Step::PutPlan | Step::Begin | Step::SendNext(_) | Step::Complete(..)
    )
}
