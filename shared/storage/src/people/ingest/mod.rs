//! Records on their way into the store: parsed, what they need resolved at once, planned, written
//! (ADR 9). One row or five hundred; atomic or partial is a policy.

mod apply;
mod explain;
mod group;
mod order;
mod pace;
mod unchanged;
mod write;

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use people_domain::fault::Fault;
use people_domain::limit;
use people_domain::lookup::Lookups;
use people_domain::people::need::{Known, Needs};
use people_domain::people::plan::{self, Plan};
use people_domain::people::row::{self, Row};
use people_domain::people::{Acceptance, Person};
use people_domain::response::bulk::{Done, Outcome, RowAnswer, Seen};
use people_domain::schema::metadata::{Metadata, object};
use serde_json::Value as Json;

use crate::jobs::ChunkRun;
use crate::objects::batches::check_reading;
use crate::table::budget::Budget;
use crate::table::point::point;
use crate::{Result, TenantStore, Upserted};

/// A record as it came in.
#[derive(Debug, Clone, Copy)]
pub struct Incoming<'j> {
    /// Its place in the payload, from 1.
    pub number: u64,
    /// The record; none for one that is too large to be looked at.
    pub raw: Option<&'j Json>,
}

impl<'j> From<(u64, &'j Json)> for Incoming<'j> {
    fn from((number, raw): (u64, &'j Json)) -> Self {
        Self { number, raw: Some(raw) }
    }
}

/// The chunk of a job whose rows these are.
#[derive(Debug, Clone)]
pub struct JobRun {
    /// The chunk, and how its rows ended so far.
    pub chunk: ChunkRun,
    /// When the job was accepted, as erasures see it.
    pub accepted: Acceptance,
    /// How many people are written at once.
    pub in_flight: usize,
    /// What is done with the rows.
    pub mode: Mode,
}

/// What is done with rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// They are written.
    Write,
    /// They are only looked for: those that an earlier attempt wrote end as they did, the others
    /// are given up.
    Look,
}

/// Which rows may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Policy {
    /// Those without any fault (contract: upsert#atomic).
    Atomic,
    /// Those whose person is sound, without the associations that are not (contract:
    /// bulk#partial-success).
    Partial,
}

/// What became of a row's person.
#[derive(Debug)]
enum State {
    Written { person: Arc<Person>, inserted: bool, made: HashSet<String> },
    Refused { faults: Vec<Fault>, exists: bool },
}

/// A row on its way.
struct Passing<'m> {
    number: u64,
    row: Row<'m>,
    plan: Plan,
    state: Option<State>,
}

/// How many people a synchronous call writes at once, and how many any call reads.
const IN_FLIGHT: usize = 32;

impl TenantStore {
    /// Upserts one record, all or nothing; `shared` are the lookups of the whole request. Faults:
    /// nothing was written.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn ingest(
        &self,
        raw: &Json,
        shared: &Lookups,
    ) -> Result<std::result::Result<Upserted, Vec<Fault>>> {
        let row = [Incoming::from((1, raw))];
        let mut done = self.ingest_atomic(&row, shared, None).await?;
        Ok(done.pop().unwrap_or_else(|| Err(vec![Fault::unexpected()])))
    }

    /// Upserts records, each all or nothing, in their order.
    ///
    /// # Errors
    /// When the store fails: some may be written, and the same call again does the rest.
    pub async fn ingest_atomic(
        &self,
        rows: &[Incoming<'_>],
        shared: &Lookups,
        run: Option<&JobRun>,
    ) -> Result<Vec<std::result::Result<Upserted, Vec<Fault>>>> {
        let metadata = self.metadata().await?;
        let done = self.pass(rows, shared, &metadata, Policy::Atomic, run).await?;
        let outcome = |passing: Passing<'_>| match passing.state {
            Some(State::Written { person, inserted, made }) => {
                Ok(Upserted { person, inserted, made })
            }
            Some(State::Refused { faults, .. }) => Err(faults),
            None => Err(vec![Fault::unexpected()]),
        };
        Ok(done.into_iter().map(outcome).collect())
    }

    /// Upserts records, each as far as it is sound.
    ///
    /// # Errors
    /// When the store fails: some may be written, and the same call again does the rest.
    pub async fn ingest_partial(
        &self,
        rows: &[Incoming<'_>],
        shared: &Lookups,
        run: Option<&JobRun>,
    ) -> Result<Vec<RowAnswer>> {
        let metadata = self.metadata().await?;
        let done = self.pass(rows, shared, &metadata, Policy::Partial, run).await?;
        Ok(self.answers(&done, if run.is_some() { limit::RESULTS } else { limit::ANSWER }))
    }

    /// The answers of rows. Once they pass so many bytes, all are told short: none is held whole.
    fn answers(&self, done: &[Passing<'_>], most: usize) -> Vec<RowAnswer> {
        let (mut seen, mut bytes, mut answers) = (Seen::new(), 0, Vec::with_capacity(done.len()));
        for passing in done {
            let answer = self.answer(passing, &mut seen, bytes > most);
            if bytes <= most {
                bytes += answer.bytes();
                if bytes > most {
                    answers = answers.iter().map(RowAnswer::shortened).collect();
                    answers.push(answer.shortened());
                    continue;
                }
            }
            answers.push(answer);
        }
        answers
    }

    fn answer(&self, passing: &Passing<'_>, seen: &mut Seen, is_short: bool) -> RowAnswer {
        let outcome = match &passing.state {
            Some(State::Written { person, inserted, made }) => {
                Outcome::Written { person, inserted: *inserted, made: made.clone() }
            }
            Some(State::Refused { faults, exists }) => {
                Outcome::Refused { faults: faults.clone(), exists: *exists }
            }
            None => Outcome::Refused { faults: vec![Fault::unexpected()], exists: false },
        };
        let Passing { number, row, plan, .. } = passing;
        let done = Done { number: *number, row, plan, outcome: &outcome, is_short };
        guarded(|| RowAnswer::new(&done, self.mint(), seen))
            .unwrap_or_else(|| RowAnswer::lost(*number, &Fault::unexpected()))
    }

    /// The pipeline.
    async fn pass<'m>(
        &self,
        rows: &[Incoming<'m>],
        shared: &Lookups,
        metadata: &'m Metadata,
        policy: Policy,
        run: Option<&JobRun>,
    ) -> Result<Vec<Passing<'m>>> {
        let parse = |incoming: &Incoming<'m>| match incoming.raw {
            Some(raw) => guarded(|| row::parse(raw, shared, metadata))
                .unwrap_or_else(|| refused(metadata, Fault::unexpected())),
            None => refused(metadata, Fault::record_too_large()),
        };
        let parsed: Vec<_> = rows.iter().map(parse).collect();
        let known = self.known(&parsed, run).await?;
        if policy == Policy::Atomic && run.is_none() {
            check_reading(&known)?;
        }
        let plan = |(incoming, row): (&Incoming<'m>, Row<'m>)| {
            let plan = guarded(|| plan::plan(&row, &known, self.mint()));
            let row = if plan.is_some() { row } else { refused(metadata, Fault::unexpected()) };
            let plan = plan.unwrap_or_else(|| plan::plan(&row, &Known::default(), self.mint()));
            Passing { number: incoming.number, row, plan, state: None }
        };
        let mut passing: Vec<_> = rows.iter().zip(parsed).map(plan).collect();
        let refused = self.refuse(&mut passing, policy, run).await?;
        if let Some(run) = run {
            Self::refuse_again(&mut passing, run, metadata);
        }
        self.write_all_rows(&mut passing, metadata, run).await?;
        order::tell_of_refused(&mut passing, refused, metadata);
        order::forget_later(&mut passing);
        self.learn_from(&passing, &known).await?;
        Ok(passing)
    }

    /// What the rows need to know; then, for relationships directly under a person, the companies
    /// that only their records name.
    async fn known(&self, rows: &[Row<'_>], run: Option<&JobRun>) -> Result<Known> {
        let mut needs = Needs::default();
        rows.iter().for_each(|row| row.add_needs(&mut needs));
        if needs.is_empty() {
            return Ok(Known::default());
        }
        // A chunk begins here: its call was not counted.
        let store = self.under_some_generation().await?;
        let budget = match run {
            Some(_) => Budget::of_job(self.usage()),
            None => Budget::of_call(self.usage()),
        };
        let mut known = store.resolve(&needs, &budget).await?;
        let more: HashSet<_> = rows.iter().flat_map(|row| row.own_companies(&known)).collect();
        if !more.is_empty() {
            let records = more.into_iter().map(|id| (object::COMPANY, id)).collect();
            let more = store.resolve(&Needs { records, ..Needs::default() }, &budget).await?;
            known.records.extend(more.records);
        }
        Ok(known)
    }

    /// Open lists learn the new labels of what was written, of nothing else.
    async fn learn_from(&self, rows: &[Passing<'_>], known: &Known) -> Result<()> {
        if known.new_labels.is_empty() {
            return Ok(());
        }
        let mut used = Needs::default();
        let written = rows.iter().filter(|row| matches!(row.state, Some(State::Written { .. })));
        for Passing { row, plan, .. } in written {
            let parts = row.parts().zip(&plan.parts);
            parts.filter(|(_, planned)| planned.is_sound()).for_each(|(part, _)| {
                part.add_needs(&mut used);
            });
        }
        let new = known.new_labels.iter().filter(|label| used.labels.contains(*label));
        self.learn(&new.cloned().collect::<Vec<_>>()).await?;
        point("apply.labels");
        Ok(())
    }
}

/// A row that fails fails alone, by a bug of ours too.
fn guarded<T>(step: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(step)).ok()
}

/// Stands in for a row that is not looked at, or not without a panic.
fn refused(metadata: &Metadata, fault: Fault) -> Row<'_> {
    let mut row = Row::unreadable(metadata);
    row.person.faults = vec![fault];
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_that_panics_is_no_more_than_a_failed_row() {
        assert_eq!(guarded(|| 1), Some(1));
        assert_eq!(guarded(|| panic!("poison")), None::<u8>);
        let metadata = Metadata::new(false, &[]);
        let plan = plan::plan(
            &refused(&metadata, Fault::unexpected()),
            &Known::default(),
            &people_domain::ids::mint::Mint::new(&[1; 32], "QNK6ENCURXXDZW").unwrap(),
        );
        assert!(!plan.person_is_sound());
        assert_eq!(plan.faults(), [Fault::unexpected()]);
    }
}
