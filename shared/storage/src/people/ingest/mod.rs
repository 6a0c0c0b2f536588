//! Records on their way into the store: parsed, what they need resolved at once, planned, written
//! (ADR 9). One row or five hundred; atomic or partial is a policy.

mod adaptive_concurrency;
mod apply;
mod group;
mod order;
mod refusals;
mod unchanged;
mod write;

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use people_domain::fault::Fault;
use people_domain::limit;
use people_domain::lookup::Lookups;
use people_domain::people::JobAcceptance;
use people_domain::people::needs::{Known, Needs};
use people_domain::people::outcome::{RowInFlight, RowOutcome, UpsertedPerson};
use people_domain::people::plan;
use people_domain::people::row::{self, Row};
use people_domain::response::bulk::{RowResponse, SeenKeys};
use people_domain::schema::metadata::{Metadata, object};
use serde_json::Value as Json;

use crate::jobs::ChunkContext;
use crate::objects::batches::check_read_limits;
use crate::table::budget::ReadBudget;
use crate::table::failpoint::failpoint;
use crate::{Result, TenantStore};

/// A record as it came in.
#[derive(Debug, Clone, Copy)]
pub struct RawRow<'j> {
    /// Its place in the payload, from 1.
    pub number: u64,
    /// The record; none for one that is too large to be looked at.
    pub raw: Option<&'j Json>,
}

impl<'j> From<(u64, &'j Json)> for RawRow<'j> {
    fn from((number, raw): (u64, &'j Json)) -> Self {
        Self { number, raw: Some(raw) }
    }
}

/// The chunk of a job whose rows these are.
#[derive(Debug, Clone)]
pub struct JobContext {
    /// The chunk, and how its rows ended so far.
    pub chunk: ChunkContext,
    /// When the job was accepted, as erasures see it.
    pub accepted: JobAcceptance,
    /// How many people are written at once.
    pub in_flight: usize,
    /// What is done with the rows.
    pub mode: ApplyMode,
}

/// What is done with rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApplyMode {
    /// They are written.
    Apply,
    /// They are only looked for: those that an earlier attempt wrote end as they did, the others
    /// are given up.
    Inspect,
}

/// Which rows may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FaultPolicy {
    /// Those without any fault (contract: upsert#atomic).
    Atomic,
    /// Those whose person is sound, without the associations that are not (contract:
    /// bulk#partial-success).
    Partial,
}

/// How many people a synchronous call writes at once, and how many any call reads.
const PEOPLE_CONCURRENCY: usize = 32;

impl TenantStore {
    /// Upserts one record, all or nothing; `shared` are the lookups of the whole request. Faults:
    /// nothing was written.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn ingest_record(
        &self,
        raw: &Json,
        shared: &Lookups,
    ) -> Result<std::result::Result<UpsertedPerson, Vec<Fault>>> {
        let row = [RawRow::from((1, raw))];
        let mut done = self.ingest_atomic(&row, shared, None).await?;
        Ok(done.pop().unwrap_or_else(|| Err(vec![Fault::unexpected()])))
    }

    /// Upserts records, each all or nothing, in their order.
    ///
    /// # Errors
    /// When the store fails: some may be written, and the same call again does the rest.
    pub async fn ingest_atomic(
        &self,
        rows: &[RawRow<'_>],
        shared: &Lookups,
        run: Option<&JobContext>,
    ) -> Result<Vec<std::result::Result<UpsertedPerson, Vec<Fault>>>> {
        let metadata = self.read_metadata().await?;
        let done = self.run_pipeline(rows, shared, &metadata, FaultPolicy::Atomic, run).await?;
        let outcome = |passing: RowInFlight<'_>| match passing.outcome {
            Some(RowOutcome::Written(upserted)) => Ok(upserted),
            Some(RowOutcome::Refused { faults, .. }) => Err(faults),
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
        rows: &[RawRow<'_>],
        shared: &Lookups,
        run: Option<&JobContext>,
    ) -> Result<Vec<RowResponse>> {
        let metadata = self.read_metadata().await?;
        let done = self.run_pipeline(rows, shared, &metadata, FaultPolicy::Partial, run).await?;
        Ok(self.render_rows(
            &done,
            if run.is_some() { limit::CHUNK_RESULTS_BYTES_MAX } else { limit::RESPONSE_BYTES_MAX },
        ))
    }

    /// The answers of rows. Once they pass so many bytes, all are told short: none is held whole.
    fn render_rows(&self, done: &[RowInFlight<'_>], most: usize) -> Vec<RowResponse> {
        let (mut seen, mut bytes, mut answers) =
            (SeenKeys::new(), 0, Vec::with_capacity(done.len()));
        for passing in done {
            let answer = self.render_row(passing, &mut seen, bytes > most);
            if bytes <= most {
                bytes += answer.estimated_bytes();
                if bytes > most {
                    answers = answers.iter().map(RowResponse::without_sent_values).collect();
                    answers.push(answer.without_sent_values());
                    continue;
                }
            }
            answers.push(answer);
        }
        answers
    }

    fn render_row(
        &self,
        row: &RowInFlight<'_>,
        seen: &mut SeenKeys,
        is_short: bool,
    ) -> RowResponse {
        catch_panic(|| RowResponse::new(row, is_short, self.ids(), seen))
            .unwrap_or_else(|| RowResponse::failed(row.number, &Fault::unexpected()))
    }

    /// The pipeline.
    async fn run_pipeline<'m>(
        &self,
        rows: &[RawRow<'m>],
        shared: &Lookups,
        metadata: &'m Metadata,
        policy: FaultPolicy,
        run: Option<&JobContext>,
    ) -> Result<Vec<RowInFlight<'m>>> {
        let parse = |incoming: &RawRow<'m>| match incoming.raw {
            Some(raw) => catch_panic(|| row::parse(raw, shared, metadata))
                .unwrap_or_else(|| unreadable_row(metadata, Fault::unexpected())),
            None => unreadable_row(metadata, Fault::record_too_large()),
        };
        let parsed: Vec<_> = rows.iter().map(parse).collect();
        let known = self.resolve_rows(&parsed, run).await?;
        if policy == FaultPolicy::Atomic && run.is_none() {
            check_read_limits(&known)?;
        }
        let plan = |(incoming, row): (&RawRow<'m>, Row<'m>)| {
            let plan = catch_panic(|| plan::plan_row(&row, &known, self.ids()));
            let row =
                if plan.is_some() { row } else { unreadable_row(metadata, Fault::unexpected()) };
            let plan = plan.unwrap_or_else(|| plan::plan_row(&row, &Known::default(), self.ids()));
            RowInFlight { number: incoming.number, row, plan, outcome: None }
        };
        let mut passing: Vec<_> = rows.iter().zip(parsed).map(plan).collect();
        let refused = self.refuse_rows(&mut passing, policy, run).await?;
        if let Some(run) = run {
            Self::refuse_recorded_rows(&mut passing, run, metadata);
        }
        self.write_rows(&mut passing, metadata, run).await?;
        order::reassess_refused_rows(&mut passing, refused, metadata);
        order::remove_later_associations(&mut passing);
        self.add_used_labels(&passing, &known).await?;
        Ok(passing)
    }

    /// What the rows need to know; then, for relationships directly under a person, the companies
    /// that only their records name.
    async fn resolve_rows(&self, rows: &[Row<'_>], run: Option<&JobContext>) -> Result<Known> {
        let mut needs = Needs::default();
        rows.iter().for_each(|row| row.add_needs(&mut needs));
        if needs.is_empty() {
            return Ok(Known::default());
        }
        // A chunk begins here: its call was not counted.
        let store = self.with_current_generation().await?;
        let budget = match run {
            Some(_) => ReadBudget::for_job(self.usage()),
            None => ReadBudget::for_call(self.usage()),
        };
        let mut known = store.resolve_needs(&needs, &budget).await?;
        let more: HashSet<_> =
            rows.iter().flat_map(|row| row.companies_of_relationships(&known)).collect();
        if !more.is_empty() {
            let records = more.into_iter().map(|id| (object::COMPANY, id)).collect();
            let more = store.resolve_needs(&Needs { records, ..Needs::default() }, &budget).await?;
            known.records.extend(more.records);
        }
        Ok(known)
    }

    /// Open lists learn the new labels of what was written, of nothing else.
    async fn add_used_labels(&self, rows: &[RowInFlight<'_>], known: &Known) -> Result<()> {
        if known.new_labels.is_empty() {
            return Ok(());
        }
        let mut used = Needs::default();
        let written = rows.iter().filter(|row| matches!(row.outcome, Some(RowOutcome::Written(_))));
        for RowInFlight { row, plan, .. } in written {
            let is_written = |path| plan.part(path).is_some_and(|planned| planned.is_valid());
            let written = row.parts().filter(|part| is_written(part.path));
            written.for_each(|part| part.add_needs(&mut used));
        }
        let new = known.new_labels.iter().filter(|label| used.labels.contains(*label));
        self.add_dropdown_items(&new.cloned().collect::<Vec<_>>()).await?;
        failpoint("apply.labels");
        Ok(())
    }
}

/// A row that fails fails alone, by a bug of ours too.
fn catch_panic<T>(step: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(step)).ok()
}

/// Stands in for a row that is not looked at, or not without a panic.
fn unreadable_row(metadata: &Metadata, fault: Fault) -> Row<'_> {
    let mut row = Row::unreadable(metadata);
    row.person.faults = vec![fault];
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_that_panics_is_no_more_than_a_failed_row() {
        assert_eq!(catch_panic(|| 1), Some(1));
        assert_eq!(catch_panic(|| panic!("poison")), None::<u8>);
        let metadata = Metadata::new(false, &[]);
        let plan = plan::plan_row(
            &unreadable_row(&metadata, Fault::unexpected()),
            &Known::default(),
            &people_domain::ids::tenant_ids::TenantIds::new(&[1; 32], "QNK6ENCURXXDZW").unwrap(),
        );
        assert!(!plan.person_is_valid());
        assert_eq!(plan.faults(), [Fault::unexpected()]);
    }
}
