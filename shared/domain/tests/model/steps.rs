//! The steps of workers. Each is one call of the store, the bucket or a queue, under the condition
//! that the call carries (people-jobs, people-storage).

use crate::model_state::{Chunk, Ended, ModelState, Rows, Step, Work, counts};
use crate::payload::{ALL_CHUNKS, first_chunks, next_chunk, person_of_chunk, rows_of_chunk};
use crate::people::{Person, row_bit};
use crate::rules::Rules;
use crate::run_invariants::{PersonEvent, ReportedOutcome};

impl ModelState {
    /// Executes a step of a worker with this message and returns its next step.
    pub(crate) fn step(&mut self, rules: &Rules, work: Work, dead: bool, step: Step) -> Step {
        match work {
            Work::Split => self.split(rules, dead, step),
            Work::Chunk(chunk) => self.apply(rules, chunk, dead, step),
        }
    }

    fn split(&mut self, rules: &Rules, dead: bool, step: Step) -> Step {
        let unplanned = !self.job.planned && self.job.ended.is_none();
        match step {
            Step::ReadJob if self.job.ended.is_some() => Step::Delete,
            Step::ReadJob if self.job.planned => Step::Send(self.sendable(rules)),
            Step::ReadJob if dead => Step::Refuse,
            Step::ReadJob => Step::PutPlan,
            Step::Refuse if unplanned => {
                (self.job.ended, self.job.refused) = (Some((0, 0)), true);
                self.job.completions += 1;
                Step::Delete
            }
            Step::Refuse => Step::Delete,
            Step::PutPlan => {
                self.plan = true;
                Step::WriteMarkers(0b001)
            }
            Step::WriteMarkers(_) if rules.marker_check && !unplanned => Step::ReadJob,
            Step::WriteMarkers(some) => {
                self.markers |= some;
                match some {
                    0b001 => Step::WriteMarkers(0b110),
                    _ if rules.send_after_plan => Step::Plan,
                    _ => Step::Send(first_chunks(rules)),
                }
            }
            Step::Plan if !unplanned => Step::ReadJob,
            Step::Plan => {
                self.job.planned = true;
                if rules.send_after_plan { Step::Send(first_chunks(rules)) } else { Step::Delete }
            }
            Step::Send(0) if !rules.send_after_plan => Step::Plan,
            Step::Send(0) => Step::Delete,
            Step::Send(left) => {
                self.send(Work::Chunk(left.trailing_zeros() as usize));
                Step::Send(left & (left - 1))
            }
            other => other,
        }
    }

    /// The remaining markers, without one that waits for another.
    fn sendable(&self, rules: &Rules) -> u8 {
        self.markers & if self.markers & 0b001 != 0 { first_chunks(rules) } else { ALL_CHUNKS }
    }

    fn apply(&mut self, rules: &Rules, chunk: usize, dead: bool, step: Step) -> Step {
        match step {
            Step::ReadPlannedJob if self.job.ended.is_some() || !self.job.planned => Step::Delete,
            Step::ReadPlannedJob => Step::Begin,
            Step::Begin => match self.chunks[chunk].settled {
                Some(_) => Step::Next,
                None => Step::ReadPerson,
            },
            Step::ReadPerson => {
                let person = &mut self.people[person_of_chunk(chunk)];
                let skips = rules.skip_unchanged
                    && (rows_of_chunk(chunk).len() == 1 || !rules.skip_only_single);
                let same = rows_of_chunk(chunk).iter().map(|row| row.number);
                let same: Vec<_> =
                    same.filter(|row| skips && person.would_change_nothing(*row)).collect();
                same.iter().for_each(|row| person.find_same(*row));
                Step::Rows(Rows {
                    ended: Vec::new(),
                    same: same.into_iter().fold(0, |bits, row| bits | row_bit(row)),
                    created_by: person.incarnation.and_then(|incarnation| incarnation.created_by),
                    refused: self.chunks[chunk].refused,
                })
            }
            Step::Rows(rows) => self.apply_row(rules, chunk, dead, rows),
            Step::Results(ended) => {
                self.chunks[chunk].results = Some(ended.clone());
                if rules.settle_before_marker { Step::Settle(ended) } else { Step::Next }
            }
            other => self.settle(rules, chunk, other),
        }
    }

    fn apply_row(&mut self, rules: &Rules, chunk: usize, dead: bool, mut at: Rows) -> Step {
        let row = rows_of_chunk(chunk)[at.ended.len()];
        let failed = rows_of_chunk(chunk)
            .iter()
            .zip(&at.ended)
            .filter(|(_, outcome)| **outcome == ReportedOutcome::Failed);
        let refused = failed.fold(0, |bits, (row, _)| bits | row_bit(row.number));
        let recorded = &mut self.chunks[chunk].refused;
        if rules.refusals_are_recorded && !dead && refused & !*recorded != 0 {
            *recorded |= refused;
            return Step::Rows(at);
        }
        let person = &mut self.people[person_of_chunk(chunk)];
        let outcome = if at.refused & row_bit(row.number) != 0 {
            ReportedOutcome::Failed
        } else if at.same & row_bit(row.number) != 0 {
            Person::skip_row(rules, row.number, at.created_by)
        } else if dead {
            person.inspect_row(row.number)
        } else {
            person.write_row(rules, row)
        };
        at.ended.push(outcome);
        if at.ended.len() == rows_of_chunk(chunk).len() {
            Step::Results(at.ended)
        } else {
            Step::Rows(at)
        }
    }

    fn settle(&mut self, rules: &Rules, chunk: usize, step: Step) -> Step {
        match step {
            Step::Settle(ended) => {
                self.settle_chunk(rules, chunk, ended);
                if rules.settle_before_marker { Step::Next } else { Step::Count }
            }
            Step::Next => {
                match next_chunk(chunk)
                    .filter(|next| self.has_marker(chunk) && self.has_marker(*next))
                {
                    Some(next) => Step::SendNext(next),
                    None => Step::DeleteMarker,
                }
            }
            Step::SendNext(next) => {
                self.send(Work::Chunk(next));
                Step::DeleteMarker
            }
            Step::DeleteMarker => {
                self.delete_marker(chunk);
                match self.chunks[chunk].results.clone() {
                    Some(ended) if !rules.settle_before_marker => Step::Settle(ended),
                    _ => Step::Count,
                }
            }
            Step::Count if self.markers != 0 => Step::Delete,
            Step::Count => {
                let settled = self.chunks.iter().filter_map(|chunk| chunk.settled.as_ref());
                let sums = settled.map(counts).fold((0, 0), |sums, counts| {
                    (sums.0 + counts.success, sums.1 + counts.failure)
                });
                Step::Complete(sums.0, sums.1)
            }
            Step::Complete(..) if rules.complete_once && self.job.ended.is_some() => Step::Delete,
            Step::Complete(success, failure) => {
                self.job.ended = Some((success, failure));
                self.job.completions += 1;
                Step::Delete
            }
            other => other,
        }
    }

    fn settle_chunk(&mut self, rules: &Rules, chunk: usize, ended: Ended) {
        let Chunk { settled, .. } = &mut self.chunks[chunk];
        if rules.settle_once && settled.is_some() {
            return;
        }
        *settled = Some(ended);
        let events = rows_of_chunk(chunk).iter().map(|row| PersonEvent::RowReported(row.number));
        self.people[person_of_chunk(chunk)].events.extend(events);
    }

    fn has_marker(&self, chunk: usize) -> bool {
        self.markers & 1 << chunk != 0
    }

    fn delete_marker(&mut self, chunk: usize) {
        self.markers &= !(1 << chunk);
    }
}
