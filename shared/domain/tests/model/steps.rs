//! What one step of a worker does: each is one call of the store, the bucket or a queue, under
//! the condition that the call carries (people-jobs, people-storage).

use crate::model_state::{Chunk, Ended, ModelState, Rows, Step, Work, counts};
use crate::payload::{ALL_CHUNKS, first_chunks, next_chunk, person_of_chunk, rows_of_chunk};
use crate::people::{Person, row_bit};
use crate::rules::Rules;
use crate::run_invariants::{PersonEvent, ReportedOutcome};

impl ModelState {
    /// Does a step of a worker with this message; then comes the step that is returned.
    pub(crate) fn step(&mut self, code: &Rules, work: Work, dead: bool, step: Step) -> Step {
        match work {
            Work::Split => self.split(code, dead, step),
            Work::Chunk(chunk) => self.apply(code, chunk, dead, step),
        }
    }

    fn split(&mut self, code: &Rules, dead: bool, step: Step) -> Step {
        let unplanned = !self.job.planned && self.job.ended.is_none();
        match step {
            Step::ReadJob if self.job.ended.is_some() => Step::Delete,
            Step::ReadJob if self.job.planned => Step::Send(self.sendable(code)),
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
            Step::WriteMarkers(_) if code.marker_check && !unplanned => Step::ReadJob,
            Step::WriteMarkers(some) => {
                self.markers |= some;
                match some {
                    0b001 => Step::WriteMarkers(0b110),
                    _ if code.send_after_plan => Step::Plan,
                    _ => Step::Send(first_chunks(code)),
                }
            }
            Step::Plan if !unplanned => Step::ReadJob,
            Step::Plan => {
                self.job.planned = true;
                if code.send_after_plan { Step::Send(first_chunks(code)) } else { Step::Delete }
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
    fn sendable(&self, code: &Rules) -> u8 {
        self.markers & if self.markers & 0b001 != 0 { first_chunks(code) } else { ALL_CHUNKS }
    }

    fn apply(&mut self, code: &Rules, chunk: usize, dead: bool, step: Step) -> Step {
        match step {
            Step::ReadPlannedJob if self.job.ended.is_some() || !self.job.planned => Step::Delete,
            Step::ReadPlannedJob => Step::Begin,
            Step::Begin => match self.chunks[chunk].settled {
                Some(_) => Step::Next,
                None => Step::ReadPerson,
            },
            Step::ReadPerson => {
                let person = &mut self.people[person_of_chunk(chunk)];
                let skips = code.skip_unchanged
                    && (rows_of_chunk(chunk).len() == 1 || !code.skip_only_single);
                let same = rows_of_chunk(chunk).iter().map(|row| row.number);
                let same: Vec<_> =
                    same.filter(|row| skips && person.would_change_nothing(*row)).collect();
                same.iter().for_each(|row| person.find_same(*row));
                Step::Rows(Rows {
                    ended: Vec::new(),
                    same: same.into_iter().fold(0, |bits, row| bits | row_bit(row)),
                    created_by: person.incarnation.and_then(|life| life.created_by),
                    refused: self.chunks[chunk].refused,
                })
            }
            Step::Rows(rows) => self.apply_row(code, chunk, dead, rows),
            Step::Results(ended) => {
                self.chunks[chunk].results = Some(ended.clone());
                if code.settle_before_marker { Step::Settle(ended) } else { Step::Next }
            }
            other => self.settle(code, chunk, other),
        }
    }

    fn apply_row(&mut self, code: &Rules, chunk: usize, dead: bool, mut at: Rows) -> Step {
        let row = rows_of_chunk(chunk)[at.ended.len()];
        let failed = rows_of_chunk(chunk)
            .iter()
            .zip(&at.ended)
            .filter(|(_, told)| **told == ReportedOutcome::Failed);
        let refused = failed.fold(0, |bits, (row, _)| bits | row_bit(row.number));
        let recorded = &mut self.chunks[chunk].refused;
        if code.refusals_are_recorded && !dead && refused & !*recorded != 0 {
            *recorded |= refused;
            return Step::Rows(at);
        }
        let person = &mut self.people[person_of_chunk(chunk)];
        at.ended.push(match () {
            () if at.refused & row_bit(row.number) != 0 => ReportedOutcome::Failed,
            () if at.same & row_bit(row.number) != 0 => {
                Person::skip_row(code, row.number, at.created_by)
            }
            () if dead => person.inspect_row(row.number),
            () => person.write_row(code, row),
        });
        match at.ended.len() == rows_of_chunk(chunk).len() {
            true => Step::Results(at.ended),
            false => Step::Rows(at),
        }
    }

    fn settle(&mut self, code: &Rules, chunk: usize, step: Step) -> Step {
        match step {
            Step::Settle(ended) => {
                self.settle_chunk(code, chunk, ended);
                if code.settle_before_marker { Step::Next } else { Step::Count }
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
                    Some(ended) if !code.settle_before_marker => Step::Settle(ended),
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
            Step::Complete(..) if code.complete_once && self.job.ended.is_some() => Step::Delete,
            Step::Complete(success, failure) => {
                self.job.ended = Some((success, failure));
                self.job.completions += 1;
                Step::Delete
            }
            other => other,
        }
    }

    fn settle_chunk(&mut self, code: &Rules, chunk: usize, ended: Ended) {
        let Chunk { settled, .. } = &mut self.chunks[chunk];
        if code.settle_once && settled.is_some() {
            return;
        }
        *settled = Some(ended);
        let deeds = rows_of_chunk(chunk).iter().map(|row| PersonEvent::RowReported(row.number));
        self.people[person_of_chunk(chunk)].deeds.extend(deeds);
    }

    fn has_marker(&self, chunk: usize) -> bool {
        self.markers & 1 << chunk != 0
    }

    fn delete_marker(&mut self, chunk: usize) {
        self.markers &= !(1 << chunk);
    }
}
