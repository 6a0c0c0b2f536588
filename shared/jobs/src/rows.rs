//! The rows of a chunk are ingested by the same pipeline as those of a call, and their outcomes
//! become the chunk's results.

use people_domain::fault::Fault;
use people_domain::json::escaped_len_of_value;
use people_domain::limit;
use people_domain::response::{bulk, single};
use people_storage::jobs::{JobCounts, JobKind};
use people_storage::{ApplyMode, JobContext, RawRow, UpsertedPerson};
use serde_json::Value as Json;

use crate::Result;
use crate::chunk_run::ChunkRun;
use crate::input::ChunkInput;

/// The outcomes of a chunk's rows.
#[derive(Debug)]
pub(crate) struct AppliedChunk {
    pub(crate) counts: JobCounts,
    /// The results as callers get them.
    pub(crate) document: Json,
}

/// The outcome of a record that is upserted all or nothing.
type AtomicOutcome = std::result::Result<UpsertedPerson, Vec<Fault>>;

/// How many people a worker writes at once at its first attempt; each further one halves it.
const ROWS_IN_FLIGHT_MAX: usize = 32;

/// The least that it writes at once, however often the chunk was delivered.
const ROWS_IN_FLIGHT_MIN: usize = 4;

impl ChunkRun<'_> {
    /// Applies the rows of the chunk. A chunk that was delivered before failed then, perhaps
    /// because the store is throttling: fewer people are written at once.
    pub(crate) async fn ingest_rows(
        &self,
        input: &ChunkInput,
        receive_count: u32,
    ) -> Result<AppliedChunk> {
        let halvings = receive_count.saturating_sub(1).min(8);
        let in_flight = (ROWS_IN_FLIGHT_MAX >> halvings).max(ROWS_IN_FLIGHT_MIN);
        self.run_pipeline(input, in_flight, ApplyMode::Apply).await
    }

    /// Gives up the rows of the chunk: those that earlier attempts applied end as they did, the
    /// others fail.
    pub(crate) async fn inspect_rows(&self, input: &ChunkInput) -> Result<AppliedChunk> {
        self.run_pipeline(input, ROWS_IN_FLIGHT_MIN, ApplyMode::Inspect).await
    }

    async fn run_pipeline(
        &self,
        input: &ChunkInput,
        in_flight: usize,
        mode: ApplyMode,
    ) -> Result<AppliedChunk> {
        let Self { store, job, lease, .. } = self;
        let chunk = lease.chunk_context(&job.id);
        let context = JobContext { chunk, accepted: job.acceptance, in_flight, mode };
        let rows: Vec<_> = input
            .rows
            .iter()
            .map(|row| RawRow { number: row.number, raw: row.raw.as_ref() })
            .collect();
        Ok(if job.kind == JobKind::Async {
            build_async_results(&store.ingest_atomic(&rows, &input.lookups, Some(&context)).await?)
        } else {
            build_bulk_results(&store.ingest_partial(&rows, &input.lookups, Some(&context)).await?)
        })
    }
}

/// Fails all rows of a chunk of which nothing is known.
pub(crate) fn fail_all_rows(kind: JobKind, rows: &[u64]) -> AppliedChunk {
    let fault = Fault::unexpected();
    if kind == JobKind::Async {
        let failed = |_: &u64| Err(vec![fault.clone()]);
        build_async_results(&rows.iter().map(failed).collect::<Vec<_>>())
    } else {
        let failed = |row: &u64| bulk::RowResponse::failed(*row, &fault);
        build_bulk_results(&rows.iter().map(failed).collect::<Vec<_>>())
    }
}

/// The `response` of people/async (contract: async#async-responses). It is part of one answer: when
/// it would be too large for that, the refused values are left out.
fn build_async_results(outcomes: &[AtomicOutcome]) -> AppliedChunk {
    let success = outcomes.iter().filter(|outcome| outcome.is_ok()).count() as u64;
    let failure = outcomes.len() as u64 - success;
    let counts = JobCounts { success, failure, ..JobCounts::default() };
    let mut document = build_responses(outcomes, Fault::clone);
    if escaped_len_of_value(&document) > limit::RESPONSE_BYTES_MAX {
        document = build_responses(outcomes, Fault::without_values);
    }
    AppliedChunk { counts, document }
}

fn build_responses(outcomes: &[AtomicOutcome], render_fault: impl Fn(&Fault) -> Fault) -> Json {
    let render = |outcome: &AtomicOutcome| match outcome {
        Ok(upserted) => single::render_success(&upserted.person.gsid),
        Err(faults) => {
            single::render_failure(&faults.iter().map(&render_fault).collect::<Vec<_>>())
        }
    };
    outcomes.iter().map(render).collect()
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
