//! What one step of a worker does: each is one call of the store, the bucket or a queue, under
//! the condition that the call carries (people-jobs, people-storage).

use people_domain::jobs::run::{Deed, Told};

use crate::code::Code;
use crate::payload::{ALL, first, next, person, rows};
use crate::people::{Person, bit};
use crate::world::{Chunk, Ended, Rows, Step, Work, World, counts};

impl World {
    /// Does a step of a worker with this message; then comes the step that is returned.
    pub(crate) fn step(&mut self, code: &Code, work: Work, dead: bool, step: Step) -> Step {
        match work {
            Work::Split => self.split(code, dead, step),
            Work::Chunk(chunk) => self.apply(code, chunk, dead, step),
        }
    }

    fn split(&mut self, code: &Code, dead: bool, step: Step) -> Step {
        let unplanned = !self.job.planned && self.job.ended.is_none();
        match step {
            Step::Look if self.job.ended.is_some() => Step::Delete,
            Step::Look if self.job.planned => Step::Send(self.ready(code)),
            Step::Look if dead => Step::Refuse,
            Step::Look => Step::PutPlan,
            Step::Refuse if unplanned => {
                (self.job.ended, self.job.refused) = (Some((0, 0)), true);
                self.job.stamped += 1;
                Step::Delete
            }
            Step::Refuse => Step::Delete,
            Step::PutPlan => {
                self.plan = true;
                Step::Todos(0b001)
            }
            Step::Todos(_) if code.todo_check && !unplanned => Step::Look,
            Step::Todos(some) => {
                self.todos |= some;
                match some {
                    0b001 => Step::Todos(0b110),
                    _ if code.send_after_plan => Step::Plan,
                    _ => Step::Send(first(code)),
                }
            }
            Step::Plan if !unplanned => Step::Look,
            Step::Plan => {
                self.job.planned = true;
                if code.send_after_plan { Step::Send(first(code)) } else { Step::Delete }
            }
            Step::Send(0) if !code.send_after_plan => Step::Plan,
            Step::Send(0) => Step::Delete,
            Step::Send(left) => {
                self.send(Work::Chunk(left.trailing_zeros() as usize));
                Step::Send(left & (left - 1))
            }
            other => other,
        }
    }

    /// Markers that are left, but for the one that waits for another.
    fn ready(&self, code: &Code) -> u8 {
        self.todos & if self.todos & 0b001 != 0 { first(code) } else { ALL }
    }

    fn apply(&mut self, code: &Code, chunk: usize, dead: bool, step: Step) -> Step {
        match step {
            Step::Open if self.job.ended.is_some() || !self.job.planned => Step::Delete,
            Step::Open => Step::Begin,
            Step::Begin => match self.chunks[chunk].settled {
                Some(_) => Step::Next,
                None => Step::Before,
            },
            Step::Before => {
                let person = &mut self.people[person(chunk)];
                let skips = code.skip && (rows(chunk).len() == 1 || !code.skip_alone);
                let same = rows(chunk).iter().map(|row| row.number);
                let same: Vec<_> = same.filter(|row| skips && person.is_as(*row)).collect();
                same.iter().for_each(|row| person.find_same(*row));
                Step::Rows(Rows {
                    ended: Vec::new(),
                    same: same.into_iter().fold(0, |bits, row| bits | bit(row)),
                    born: person.life.and_then(|life| life.born),
                    refused: self.chunks[chunk].refused,
                })
            }
            Step::Rows(rows) => self.row(code, chunk, dead, rows),
            Step::Results(ended) => {
                self.chunks[chunk].results = Some(ended.clone());
                if code.settle_before_todo { Step::Settle(ended) } else { Step::Next }
            }
            other => self.settle(code, chunk, other),
        }
    }

    fn row(&mut self, code: &Code, chunk: usize, dead: bool, mut at: Rows) -> Step {
        let row = rows(chunk)[at.ended.len()];
        let failed = rows(chunk).iter().zip(&at.ended).filter(|(_, told)| **told == Told::Failed);
        let refused = failed.fold(0, |bits, (row, _)| bits | bit(row.number));
        let recorded = &mut self.chunks[chunk].refused;
        if code.refusals_are_recorded && !dead && refused & !*recorded != 0 {
            *recorded |= refused;
            return Step::Rows(at);
        }
        let person = &mut self.people[person(chunk)];
        at.ended.push(match () {
            () if at.refused & bit(row.number) != 0 => Told::Failed,
            () if at.same & bit(row.number) != 0 => Person::skip(code, row.number, at.born),
            () if dead => person.look(row.number),
            () => person.write(code, row),
        });
        match at.ended.len() == rows(chunk).len() {
            true => Step::Results(at.ended),
            false => Step::Rows(at),
        }
    }

    fn settle(&mut self, code: &Code, chunk: usize, step: Step) -> Step {
        match step {
            Step::Settle(ended) => {
                self.settle_chunk(code, chunk, ended);
                if code.settle_before_todo { Step::Next } else { Step::Count }
            }
            Step::Next => {
                match next(chunk).filter(|next| self.has_todo(chunk) && self.has_todo(*next)) {
                    Some(next) => Step::SendNext(next),
                    None => Step::Untodo,
                }
            }
            Step::SendNext(next) => {
                self.send(Work::Chunk(next));
                Step::Untodo
            }
            Step::Untodo => {
                self.untodo(chunk);
                match self.chunks[chunk].results.clone() {
                    Some(ended) if !code.settle_before_todo => Step::Settle(ended),
                    _ => Step::Count,
                }
            }
            Step::Count if self.todos != 0 => Step::Delete,
            Step::Count => {
                let settled = self.chunks.iter().filter_map(|chunk| chunk.settled.as_ref());
                let sums = settled.map(counts).fold((0, 0), |sums, counts| {
                    (sums.0 + counts.success, sums.1 + counts.failure)
                });
                Step::Complete(sums.0, sums.1)
            }
            Step::Complete(..) if code.complete_once && self.job.ended.is_some() => Step::Delete,
            Step::Complete(success, failure) => {
                self.job.ended = Some((success, failure));
                self.job.stamped += 1;
                Step::Delete
            }
            other => other,
        }
    }

    fn settle_chunk(&mut self, code: &Code, chunk: usize, ended: Ended) {
        let Chunk { settled, .. } = &mut self.chunks[chunk];
        if code.settle_once && settled.is_some() {
            return;
        }
        *settled = Some(ended);
        let deeds = rows(chunk).iter().map(|row| Deed::Told(row.number));
        self.people[person(chunk)].deeds.extend(deeds);
    }

    fn has_todo(&self, chunk: usize) -> bool {
        self.todos & 1 << chunk != 0
    }

    fn untodo(&mut self, chunk: usize) {
        self.todos &= !(1 << chunk);
    }
}
