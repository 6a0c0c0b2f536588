//! The machine as a model: whatever can happen next, in every order.

use stateright::{Model, Property};

use crate::code::Scenario;
use crate::payload::last_row;
use crate::properties::properties;
use crate::world::{Message, Step, Work, Worker, World};

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
    type State = World;
    type Action = Action;

    fn init_states(&self) -> Vec<World> {
        vec![World::new(self)]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Action>) {
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
            if !self.waits(world, at) {
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
        if world.spent.erasures < self.erasures && !world.is_idle() && person.life.is_some() {
            actions.push(Action::Erase);
        }
    }

    fn next_state(&self, last: &World, action: Action) -> Option<World> {
        let mut world = last.clone();
        match action {
            Action::Deliver { message, again } => self.deliver(&mut world, message, again),
            Action::Work(at) => self.work(&mut world, at),
            Action::Die(at) => self.die(&mut world, at),
            Action::Write => {
                world.spent.writes += 1;
                world.people[self.person].client(&self.code, last_row(self.person));
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
    fn deliver(&self, world: &mut World, message: Message, again: bool) {
        match again {
            true => world.spent.copies += 1,
            false => {
                let at = world.waiting.iter().position(|waiting| *waiting == message);
                at.map(|at| world.waiting.remove(at));
            }
        }
        let step = match message.work {
            Work::Split => Step::Look,
            Work::Chunk(_) => Step::Open,
        };
        let received = message.received + 1;
        world.workers.push(Worker { message: Message { received, ..message }, step });
        world.workers.sort_unstable();
    }

    fn work(&self, world: &mut World, at: usize) {
        let Worker { message, step } = world.workers.remove(at);
        if step == Step::Delete {
            return;
        }
        let step = world.step(&self.code, message.work, message.dead, step);
        world.workers.push(Worker { message, step });
        world.workers.sort_unstable();
    }

    fn die(&self, world: &mut World, at: usize) {
        let Worker { message, .. } = world.workers.remove(at);
        world.spent.crashes += 1;
        if !self.code.work_before_delete {
            return;
        }
        let dies = !message.dead && message.received >= self.receives;
        let received = if dies { 0 } else { message.received };
        // Nothing depends on how often a dead letter is delivered.
        let received = if message.dead { 1 } else { received };
        world.wait(Message { received, dead: dies || message.dead, ..message });
    }

    /// Whether the worker has to wait until nobody else has its chunk.
    fn waits(&self, world: &World, at: usize) -> bool {
        let Worker { message, step } = &world.workers[at];
        let mut others = world.workers.iter().enumerate().filter(|(other, _)| *other != at);
        *step == Step::Begin
            && self.code.lease
            && others.any(|(_, other)| other.message.work == message.work && holds(&other.step))
    }
}

/// Whether a worker at this step has begun its chunk and not settled it.
pub(crate) fn holds(step: &Step) -> bool {
    matches!(step, Step::Before | Step::Rows(_) | Step::Results(_) | Step::Settle(_))
}

/// A worker dies before it did anything, or after something that it did: to die after it has only
/// read is the same as to die before.
fn may_die(step: &Step) -> bool {
    !matches!(
        step,
        Step::Refuse | Step::PutPlan | Step::Begin | Step::SendNext(_) | Step::Complete(..)
    )
}
