//! The pipeline of rows: they are parsed, their needs are resolved together, they are planned and
//! written (ADR 9). It is the same for one row and five hundred; atomic or partial is a policy.

mod adaptive_concurrency;
mod apply;
mod group;
mod order;
mod prefetch;
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

/// A row as it was received.
#[derive(Debug, Clone, Copy)]
pub struct RawRow<'j> {
    /// Position in the payload, from 1.
    pub number: u64,
    /// `None` for a record that is too large to be read.
    pub raw: Option<&'j Json>,
}

impl<'j> From<(u64, &'j Json)> for RawRow<'j> {
    fn from((number, raw): (u64, &'j Json)) -> Self {
        Self { number, raw: Some(raw) }
    }
}

/// The job and the chunk that rows belong to.
#[derive(Debug, Clone)]
pub struct JobContext {
    pub chunk: ChunkContext,
    pub accepted: JobAcceptance,
    /// People written concurrently.
    pub in_flight: usize,
    pub mode: ApplyMode,
}

/// How the rows of a chunk are treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApplyMode {
    /// Rows are written.
    Apply,
    /// Rows are only read: those that an earlier attempt wrote keep that outcome, the others are
    /// given up.
    Inspect,
}

/// The rows of a call that are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FaultPolicy {
    /// Only rows without any fault (contract: upsert#atomic).
    Atomic,
    /// Rows whose person is valid, without their invalid associations (contract:
    /// bulk#partial-success).
    Partial,
}

/// The person that a row wrote, or the row's faults.
pub type RecordOutcome = std::result::Result<UpsertedPerson, Vec<Fault>>;

/// People that a synchronous call writes concurrently, and that any call reads concurrently.
const PEOPLE_CONCURRENCY: usize = 32;

impl TenantStore {
    /// Upserts one record, all or nothing. `shared` are the lookups of the whole request.
    pub async fn ingest_record(&self, raw: &Json, shared: &Lookups) -> Result<RecordOutcome> {
        let row = [RawRow::from((1, raw))];
        let mut outcomes = self.ingest_atomic(&row, shared, None).await?;
        Ok(outcomes.pop().unwrap_or_else(|| Err(vec![Fault::unexpected()])))
    }

    /// Upserts records in their order, each all or nothing.
    ///
    /// # Errors
    /// When the store fails. Some records may be written by then; a repeated call writes the rest.
    pub async fn ingest_atomic(
        &self,
        rows: &[RawRow<'_>],
        shared: &Lookups,
        job: Option<&JobContext>,
    ) -> Result<Vec<RecordOutcome>> {
        let metadata = self.read_metadata().await?;
        let rows = self.run_pipeline(rows, shared, &metadata, FaultPolicy::Atomic, job).await?;
        let outcome = |row: RowInFlight<'_>| match row.outcome {
            Some(RowOutcome::Written(upserted)) => Ok(upserted),
            Some(RowOutcome::Refused { faults, .. }) => Err(faults),
            None => Err(vec![Fault::unexpected()]),
        };
        Ok(rows.into_iter().map(outcome).collect())
    }

    /// Upserts records in their order, each without its invalid associations.
    ///
    /// # Errors
    /// When the store fails. Some records may be written by then; a repeated call writes the rest.
    pub async fn ingest_partial(
        &self,
        rows: &[RawRow<'_>],
        shared: &Lookups,
        job: Option<&JobContext>,
    ) -> Result<Vec<RowResponse>> {
        let metadata = self.read_metadata().await?;
        let rows = self.run_pipeline(rows, shared, &metadata, FaultPolicy::Partial, job).await?;
        Ok(self.render_rows(
            &rows,
            if job.is_some() { limit::CHUNK_RESULTS_BYTES_MAX } else { limit::RESPONSE_BYTES_MAX },
        ))
    }

    /// Renders rows. Once they exceed `bytes_max`, all of them are rendered short and no full one
    /// is kept.
    fn render_rows(&self, rows: &[RowInFlight<'_>], bytes_max: usize) -> Vec<RowResponse> {
        let (mut seen, mut bytes, mut responses) =
            (SeenKeys::new(), 0, Vec::with_capacity(rows.len()));
        for row in rows {
            let response = self.render_row(row, &mut seen, bytes > bytes_max);
            if bytes <= bytes_max {
                bytes += response.estimated_bytes();
                if bytes > bytes_max {
                    responses = responses.iter().map(RowResponse::without_sent_values).collect();
                    responses.push(response.without_sent_values());
                    continue;
                }
            }
            responses.push(response);
        }
        responses
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

    /// Parses, resolves, plans and writes rows.
    async fn run_pipeline<'m>(
        &self,
        rows: &[RawRow<'m>],
        shared: &Lookups,
        metadata: &'m Metadata,
        policy: FaultPolicy,
        job: Option<&JobContext>,
    ) -> Result<Vec<RowInFlight<'m>>> {
        let parse = |raw_row: &RawRow<'m>| match raw_row.raw {
            Some(raw) => catch_panic(|| row::parse(raw, shared, metadata))
                .unwrap_or_else(|| unreadable_row(metadata, Fault::unexpected())),
            None => unreadable_row(metadata, Fault::record_too_large()),
        };
        let parsed: Vec<_> = rows.iter().map(parse).collect();
        let known = self.resolve_rows(&parsed, job).await?;
        if policy == FaultPolicy::Atomic && job.is_none() {
            check_read_limits(&known)?;
        }
        let plan = |(raw_row, mut parsed): (&RawRow<'m>, Row<'m>)| {
            let plan = catch_panic(|| plan::plan_row(&parsed, &known, self.ids()));
            let plan = plan.unwrap_or_else(|| {
                parsed = unreadable_row(metadata, Fault::unexpected());
                plan::plan_row(&parsed, &Known::default(), self.ids())
            });
            RowInFlight { number: raw_row.number, parsed, plan, outcome: None }
        };
        let mut rows: Vec<_> = rows.iter().zip(parsed).map(plan).collect();
        let refused = self.refuse_rows(&mut rows, policy, job).await?;
        if let Some(job) = job {
            Self::refuse_recorded_rows(&mut rows, job, metadata);
        }
        self.write_rows(&mut rows, metadata, job).await?;
        order::reassess_refused_rows(&mut rows, refused, metadata);
        order::remove_later_associations(&mut rows);
        self.add_used_labels(&rows, &known).await?;
        Ok(rows)
    }

    /// Resolves the needs of rows, and then the companies of relationships directly under a person,
    /// which only the relationships' records name.
    async fn resolve_rows(&self, rows: &[Row<'_>], job: Option<&JobContext>) -> Result<Known> {
        let mut needs = Needs::default();
        rows.iter().for_each(|row| row.add_needs(&mut needs));
        if needs.is_empty() {
            return Ok(Known::default());
        }
        // The call of a chunk was not counted, so it has no generation yet.
        let store = self.with_current_generation().await?;
        let budget = if job.is_some() {
            ReadBudget::for_job(self.usage())
        } else {
            ReadBudget::for_call(self.usage())
        };
        let mut known = store.resolve_needs(&needs, &budget).await?;
        let companies: HashSet<_> =
            rows.iter().flat_map(|row| row.companies_of_relationships(&known)).collect();
        if !companies.is_empty() {
            let records = companies.into_iter().map(|id| (object::COMPANY, id)).collect();
            let needs = Needs { records, ..Needs::default() };
            known.records.extend(store.resolve_needs(&needs, &budget).await?.records);
        }
        Ok(known)
    }

    /// Adds the new labels of written rows, and of no others, to their open dropdown lists.
    async fn add_used_labels(&self, rows: &[RowInFlight<'_>], known: &Known) -> Result<()> {
        if known.new_labels.is_empty() {
            return Ok(());
        }
        let mut used = Needs::default();
        let written = rows.iter().filter(|row| matches!(row.outcome, Some(RowOutcome::Written(_))));
        for RowInFlight { parsed: row, plan, .. } in written {
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

/// Runs a step of one row. A panic fails that row alone.
fn catch_panic<T>(step: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(step)).ok()
}

/// Replaces a row that is not read, or whose parsing or planning panicked.
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
