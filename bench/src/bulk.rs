//! Compares the rows per second of a job's chunks with raw conditional `UpdateItem`s of as many
//! bytes, both 32 at a time on the same store, in turn in one run. Then applies the same rows
//! again, which changes nothing.

use std::time::Instant;

use futures::{StreamExt, stream};
use people_domain::lookup::Lookups;
use people_storage::jobs::JobKind;
use people_storage::{ApplyMode, JobContext, RawRow};
use people_testkit::TestTenant;
use serde_json::{Value as Json, json};

use crate::baseline::DynamoDbBaseline;

const CHUNK_ROWS: u32 = 500;

const CONCURRENCY: usize = 32;

pub(crate) async fn measure_bulk_rows(test: &TestTenant, rows: u32) {
    let company = test.create_company("abc, Inc.").await;
    let relationship = test.create_relationship("Asia Pacific", &company).await;
    let raw = DynamoDbBaseline::new(&test.stack);
    let (mut wrote, mut updated, mut again) = (0.0, 0.0, 0.0);
    for chunk in 0..rows.div_ceil(CHUNK_ROWS) {
        let first = chunk * CHUNK_ROWS;
        let people: Vec<_> =
            (first..first + CHUNK_ROWS).map(|n| make_person(n, &company, &relationship)).collect();
        wrote += time_chunk(test, first, &people).await;
        let start = Instant::now();
        let updates = stream::iter(first..first + CHUNK_ROWS).map(|n| raw.insert_item(n));
        updates.buffer_unordered(CONCURRENCY).collect::<Vec<()>>().await;
        updated += start.elapsed().as_secs_f64();
        again += time_chunk(test, first, &people).await;
    }
    let rows = f64::from(rows.div_ceil(CHUNK_ROWS) * CHUNK_ROWS);
    println!("{rows} rows in chunks of {CHUNK_ROWS}, {CONCURRENCY} writes at a time, rows/s");
    println!("  raw UpdateItem  {:7.0}", rows / updated);
    println!("  rows of chunks  {:7.0}   ratio {:.2}", rows / wrote, updated / wrote);
    println!("  the same again  {:7.0}   no write", rows / again);
}

/// Applies a chunk and returns the seconds that it took.
async fn time_chunk(test: &TestTenant, first: u32, people: &[Json]) -> f64 {
    let store = test.cached_store();
    let job = test.create_job(JobKind::Bulk).await;
    let run =
        JobContext { in_flight: CONCURRENCY, ..test.begin_chunk(&job, ApplyMode::Apply).await };
    let start = Instant::now();
    let rows: Vec<_> = (u64::from(first) + 1..).zip(people).map(RawRow::from).collect();
    let answers = store.ingest_partial(&rows, &Lookups::default(), Some(&run)).await;
    let written = answers.is_ok_and(|answers| answers.len() == people.len());
    assert!(written, "the store works");
    start.elapsed().as_secs_f64()
}

fn make_person(n: u32, company: &str, relationship: &str) -> Json {
    json!({ "Name": format!("John Smith {n}"), "FirstName": "John", "LastName": format!("Smith {n}"),
        "Email": format!("jsmith{n}@abc.com"), "Location": "California, US",
        "companies": [{ "Company_ID": company, "IsPrimaryCompany": "true", "relationships": [
            { "Role": "Admin", "IsPrimaryCompany": "true", "Relationship_ID": relationship }] }] })
}
