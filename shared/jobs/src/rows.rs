//! The rows of a chunk go through the one pipeline, and come back as their answers.

use people_domain::fault::Fault;
use people_domain::json::escaped_len_of_value;
use people_domain::limit;
use people_domain::lookup::Lookups;
use people_domain::response::{bulk, single};
use people_storage::jobs::{ChunkLease, Job, JobCounts, JobKind};
use people_storage::{ApplyMode, JobContext, RawRow, Result, TenantStore, UpsertedPerson};
use serde_json::Value as Json;

/// A row of a payload.
#[derive(Debug, Clone)]
pub(crate) struct PayloadRow {
    /// Its place in the payload, from 1.
    pub(crate) number: u64,
    /// The record; null for one that can't be read, none for one that is too large: both fail.
    pub(crate) raw: Option<Json>,
}

/// A chunk that was applied.
#[derive(Debug)]
pub(crate) struct AppliedChunk {
    /// How its rows ended.
    pub(crate) counts: JobCounts,
    /// Its results as they are answered.
    pub(crate) document: Json,
}

/// How many people a worker writes at once at its first attempt; each further one halves it.
const ROWS_IN_FLIGHT_MAX: usize = 32;

/// The least that it writes at once, however often it was throttled.
const ROWS_IN_FLIGHT_MIN: usize = 4;

/// Applies the rows of a chunk. `attempt`: which this is, from 1: what was delivered before met
/// trouble, perhaps of a store that is too busy.
pub(crate) async fn apply_rows(
    store: &TenantStore,
    job: &Job,
    rows: &[PayloadRow],
    lookups: &Lookups,
    begun: &ChunkLease,
    attempt: u32,
) -> Result<AppliedChunk> {
    let in_flight =
        (ROWS_IN_FLIGHT_MAX >> attempt.saturating_sub(1).min(8)).max(ROWS_IN_FLIGHT_MIN);
    ingest_rows(store, job, rows, lookups, JobContext { in_flight, ..job_context(job, begun) })
        .await
}

/// Gives up a chunk: rows that earlier attempts applied end as they did, the others fail.
pub(crate) async fn inspect_rows(
    store: &TenantStore,
    job: &Job,
    rows: &[PayloadRow],
    lookups: &Lookups,
    begun: &ChunkLease,
) -> Result<AppliedChunk> {
    ingest_rows(
        store,
        job,
        rows,
        lookups,
        JobContext { mode: ApplyMode::Inspect, ..job_context(job, begun) },
    )
    .await
}

fn job_context(job: &Job, begun: &ChunkLease) -> JobContext {
    JobContext {
        chunk: begun.chunk_context(&job.id),
        accepted: job.acceptance,
        in_flight: ROWS_IN_FLIGHT_MIN,
        mode: ApplyMode::Apply,
    }
}

async fn ingest_rows(
    store: &TenantStore,
    job: &Job,
    rows: &[PayloadRow],
    lookups: &Lookups,
    run: JobContext,
) -> Result<AppliedChunk> {
    let incoming: Vec<_> =
        rows.iter().map(|row| RawRow { number: row.number, raw: row.raw.as_ref() }).collect();
    if job.kind == JobKind::Async {
        return Ok(build_async_results(
            &store.ingest_atomic(&incoming, lookups, Some(&run)).await?,
        ));
    }
    Ok(build_bulk_results(&store.ingest_partial(&incoming, lookups, Some(&run)).await?))
}

/// Rows of which nothing can be told: all fail.
pub(crate) fn fail_all_rows(kind: JobKind, rows: &[u64]) -> AppliedChunk {
    let fault = Fault::unexpected();
    match kind {
        JobKind::Async => {
            build_async_results(&rows.iter().map(|_| Err(vec![fault.clone()])).collect::<Vec<_>>())
        }
        _ => {
            let lost = |row: &u64| bulk::RowResponse::failed(*row, &fault);
            build_bulk_results(&rows.iter().map(lost).collect::<Vec<_>>())
        }
    }
}

/// The `response` of people/async (contract: async#async-responses). It is one answer: what would
/// be too large for that is told without the refused values.
fn build_async_results(ended: &[std::result::Result<UpsertedPerson, Vec<Fault>>]) -> AppliedChunk {
    let success = ended.iter().filter(|row| row.is_ok()).count() as u64;
    let failure = ended.len() as u64 - success;
    let counts = JobCounts { success, failure, ..JobCounts::default() };
    let whole = build_responses(ended, |fault| fault.clone());
    let document = match escaped_len_of_value(&whole) > limit::RESPONSE_BYTES_MAX {
        true => build_responses(ended, Fault::without_values),
        false => whole,
    };
    AppliedChunk { counts, document }
}

fn build_responses(
    ended: &[std::result::Result<UpsertedPerson, Vec<Fault>>],
    told: impl Fn(&Fault) -> Fault,
) -> Json {
    let row = |row: &std::result::Result<UpsertedPerson, Vec<Fault>>| match row {
        Ok(upserted) => single::render_success(&upserted.person.gsid),
        Err(faults) => single::render_failure(&faults.iter().map(&told).collect::<Vec<_>>()),
    };
    ended.iter().map(row).collect()
}

/// The document of a bulk chunk (contract: jobs#chunk-results).
fn build_bulk_results(rows: &[bulk::RowResponse]) -> AppliedChunk {
    let bulk::BulkCounts { success, failure, partial } = bulk::BulkCounts::from_rows(rows);
    let counts = JobCounts { success, failure, partial, ..JobCounts::default() };
    AppliedChunk { counts, document: bulk::render_chunk(rows) }
}

#[cfg(test)]
mod tests {
    use people_domain::code::Code;
    use people_domain::fault::RowPath;

    use super::*;

    #[test]
    fn a_response_stays_an_answer() {
        let fault =
            |text: &str| Fault::invalid_field(RowPath::Person, "Email", text.into(), Code::Email);
        let ended = |text: &str, faults: usize| -> Vec<_> {
            (0..50).map(|_| Err(vec![fault(text); faults])).collect()
        };
        let AppliedChunk { counts, document } = build_async_results(&ended("johnsmith@", 1));
        assert_eq!(counts, JobCounts { failure: 50, ..JobCounts::default() });
        let values = document.pointer("/49/errors/0/invalidValue/0/Email");
        assert_eq!(values, Some(&"johnsmith@".into()));
        let hostile = |_| {
            Err(vec![
                Fault::invalid_field(
                    RowPath::Person,
                    &"\"".repeat(2_000),
                    1.into(),
                    Code::UnknownField
                );
                100
            ])
        };
        let AppliedChunk { document, .. } =
            build_async_results(&(0..50).map(hostile).collect::<Vec<_>>());
        assert!(escaped_len_of_value(&document) <= limit::RESPONSE_BYTES_MAX);
        let AppliedChunk { counts, document } =
            build_async_results(&ended(&"x".repeat(2_000), 100));
        assert_eq!(counts, JobCounts { failure: 50, ..JobCounts::default() });
        assert!(escaped_len_of_value(&document) <= limit::RESPONSE_BYTES_MAX);
        let errors = document.pointer("/49/errors/0").unwrap();
        assert_eq!(errors["errorMessage"], Code::Email.message());
    }
}
