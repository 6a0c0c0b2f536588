//! PLACEHOLDER for the pipeline of many rows: the three functions stay, what is in them goes when
//! `ingest_atomic`, `ingest_partial` and `answer::bulk` are there. Until then rows go one by one,
//! and bulk prints what people/async prints.

use people_domain::answer::single;
use people_domain::lookup::Lookups;
use people_domain::stamp::Stamp;
use people_storage::job::{Counts, Job, JobKind};
use people_storage::{Result, TenantStore};
use serde_json::{Value as Json, json};

/// A row of a payload.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// Its place in the payload, from 1.
    pub(crate) number: u64,
    /// The record; null for one that can't be read, which fails it.
    pub(crate) raw: Json,
}

/// A chunk that was applied.
#[derive(Debug)]
pub(crate) struct Applied {
    /// How its rows ended.
    pub(crate) counts: Counts,
    /// Its results as they are answered.
    pub(crate) document: Json,
}

/// Applies the rows of a chunk. `stamp`: of the chunk's first attempt.
pub(crate) async fn apply(
    store: &TenantStore,
    job: &Job,
    rows: &[Row],
    lookups: &Lookups,
    stamp: Stamp,
) -> Result<Applied> {
    _ = (stamp, job.accepted);
    let (mut counts, mut records) = (Counts::default(), Vec::new());
    for row in rows {
        match store.ingest(&row.raw, lookups).await? {
            Ok(upserted) => {
                counts.success += 1;
                records.push(single::success(&upserted.person.gsid));
            }
            Err(faults) => {
                counts.failure += 1;
                records.push(single::failure(&faults));
            }
        }
    }
    Ok(Applied { counts, document: document(job.kind, counts, records) })
}

/// Gives up a chunk: rows that earlier attempts applied end as they did, the others fail with
/// `Oops, something went wrong`.
pub(crate) async fn give_up(
    store: &TenantStore,
    job: &Job,
    rows: &[Row],
    lookups: &Lookups,
    stamp: Stamp,
) -> Result<Applied> {
    _ = (store, lookups, stamp);
    Ok(lost(job.kind, rows))
}

/// Rows of which nothing can be told: all fail.
pub(crate) fn lost(kind: JobKind, rows: &[Row]) -> Applied {
    let error = json!({ "field": null, "invalidValue": [], "errorCode": "GU_1101", "errorMessage": "Oops, something went wrong" });
    let record = |row: &Row| match kind {
        JobKind::Async => json!({ "status": "FAILURE", "errors": [error] }),
        _ => json!({ "rowNumber": row.number, "operationStatus": "FAILURE" }),
    };
    let records: Vec<_> = rows.iter().map(record).collect();
    let counts = Counts { failure: records.len() as u64, ..Counts::default() };
    Applied { counts, document: document(kind, counts, records) }
}

fn document(kind: JobKind, counts: Counts, records: Vec<Json>) -> Json {
    match kind {
        JobKind::Async => records.into(),
        _ => json!({
            "successCount": counts.success,
            "totalCount": counts.total(),
            "failureCount": counts.failure,
            "partialSuccessCount": counts.partial,
            "records": records,
        }),
    }
}
