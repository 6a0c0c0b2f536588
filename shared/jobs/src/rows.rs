//! The rows of a chunk go through the one pipeline, and come back as their answers.

use people_domain::fault::Fault;
use people_domain::json::escaped_len_of;
use people_domain::limit;
use people_domain::lookup::Lookups;
use people_domain::response::{bulk, single};
use people_storage::jobs::{Begun, Counts, Job, JobKind};
use people_storage::{Incoming, JobRun, Mode, Result, TenantStore, Upserted};
use serde_json::Value as Json;

/// A row of a payload.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// Its place in the payload, from 1.
    pub(crate) number: u64,
    /// The record; null for one that can't be read, none for one that is too large: both fail.
    pub(crate) raw: Option<Json>,
}

/// A chunk that was applied.
#[derive(Debug)]
pub(crate) struct Applied {
    /// How its rows ended.
    pub(crate) counts: Counts,
    /// Its results as they are answered.
    pub(crate) document: Json,
}

/// How many people a worker writes at once at its first attempt; each further one halves it.
const IN_FLIGHT: usize = 32;

/// The least that it writes at once, however often it was throttled.
const LEAST_IN_FLIGHT: usize = 4;

/// Applies the rows of a chunk. `attempt`: which this is, from 1: what was delivered before met
/// trouble, perhaps of a store that is too busy.
pub(crate) async fn apply(
    store: &TenantStore,
    job: &Job,
    rows: &[Row],
    lookups: &Lookups,
    begun: &Begun,
    attempt: u32,
) -> Result<Applied> {
    let in_flight = (IN_FLIGHT >> attempt.saturating_sub(1).min(8)).max(LEAST_IN_FLIGHT);
    pass(store, job, rows, lookups, JobRun { in_flight, ..run(job, begun) }).await
}

/// Gives up a chunk: rows that earlier attempts applied end as they did, the others fail.
pub(crate) async fn give_up(
    store: &TenantStore,
    job: &Job,
    rows: &[Row],
    lookups: &Lookups,
    begun: &Begun,
) -> Result<Applied> {
    pass(store, job, rows, lookups, JobRun { mode: Mode::Look, ..run(job, begun) }).await
}

fn run(job: &Job, begun: &Begun) -> JobRun {
    JobRun {
        chunk: begun.run_of(&job.id),
        accepted: job.acceptance,
        in_flight: LEAST_IN_FLIGHT,
        mode: Mode::Write,
    }
}

async fn pass(
    store: &TenantStore,
    job: &Job,
    rows: &[Row],
    lookups: &Lookups,
    run: JobRun,
) -> Result<Applied> {
    let incoming: Vec<_> =
        rows.iter().map(|row| Incoming { number: row.number, raw: row.raw.as_ref() }).collect();
    if job.kind == JobKind::Async {
        return Ok(responses(&store.ingest_atomic(&incoming, lookups, Some(&run)).await?));
    }
    Ok(chunk(&store.ingest_partial(&incoming, lookups, Some(&run)).await?))
}

/// Rows of which nothing can be told: all fail.
pub(crate) fn lost(kind: JobKind, rows: &[u64]) -> Applied {
    let fault = Fault::unexpected();
    match kind {
        JobKind::Async => {
            responses(&rows.iter().map(|_| Err(vec![fault.clone()])).collect::<Vec<_>>())
        }
        _ => {
            let lost = |row: &u64| bulk::RowAnswer::lost(*row, &fault);
            chunk(&rows.iter().map(lost).collect::<Vec<_>>())
        }
    }
}

/// The `response` of people/async (contract: async#async-responses). It is one answer: what would
/// be too large for that is told without the refused values.
fn responses(ended: &[std::result::Result<Upserted, Vec<Fault>>]) -> Applied {
    let success = ended.iter().filter(|row| row.is_ok()).count() as u64;
    let failure = ended.len() as u64 - success;
    let counts = Counts { success, failure, ..Counts::default() };
    let whole = response(ended, |fault| fault.clone());
    let document = match escaped_len_of(&whole) > limit::ANSWER {
        true => response(ended, Fault::shortened),
        false => whole,
    };
    Applied { counts, document }
}

fn response(
    ended: &[std::result::Result<Upserted, Vec<Fault>>],
    told: impl Fn(&Fault) -> Fault,
) -> Json {
    let row = |row: &std::result::Result<Upserted, Vec<Fault>>| match row {
        Ok(upserted) => single::success(&upserted.person.gsid),
        Err(faults) => single::failure(&faults.iter().map(&told).collect::<Vec<_>>()),
    };
    ended.iter().map(row).collect()
}

/// The document of a bulk chunk (contract: jobs#chunk-results).
fn chunk(rows: &[bulk::RowAnswer]) -> Applied {
    let bulk::Counts { success, failure, partial } = bulk::Counts::of(rows);
    let counts = Counts { success, failure, partial, ..Counts::default() };
    Applied { counts, document: bulk::chunk(rows) }
}

#[cfg(test)]
mod tests {
    use people_domain::code::Code;
    use people_domain::fault::Place;

    use super::*;

    #[test]
    fn a_response_stays_an_answer() {
        let fault = |text: &str| Fault::field(Place::Person, "Email", text.into(), Code::Email);
        let ended = |text: &str, faults: usize| -> Vec<_> {
            (0..50).map(|_| Err(vec![fault(text); faults])).collect()
        };
        let Applied { counts, document } = responses(&ended("johnsmith@", 1));
        assert_eq!(counts, Counts { failure: 50, ..Counts::default() });
        let values = document.pointer("/49/errors/0/invalidValue/0/Email");
        assert_eq!(values, Some(&"johnsmith@".into()));
        let hostile = |_| {
            Err(vec![
                Fault::field(Place::Person, &"\"".repeat(2_000), 1.into(), Code::UnknownField);
                100
            ])
        };
        let Applied { document, .. } = responses(&(0..50).map(hostile).collect::<Vec<_>>());
        assert!(escaped_len_of(&document) <= limit::ANSWER);
        let Applied { counts, document } = responses(&ended(&"x".repeat(2_000), 100));
        assert_eq!(counts, Counts { failure: 50, ..Counts::default() });
        assert!(escaped_len_of(&document) <= limit::ANSWER);
        let errors = document.pointer("/49/errors/0").unwrap();
        assert_eq!(errors["errorMessage"], Code::Email.message());
    }
}
