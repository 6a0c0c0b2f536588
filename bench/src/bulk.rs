//! Rows a second of a job's chunks next to raw conditional `UpdateItem`s of as many bytes, both 32
//! at a time on the same store, in turn in one run; then the same rows again, which change nothing.

use std::time::Instant;

use futures::{StreamExt, stream};
use people_domain::lookup::Lookups;
use people_storage::jobs::JobKind;
use people_storage::{Incoming, JobRun, Mode};
use people_testkit::TestTenant;
use serde_json::{Value as Json, json};

use crate::raw::Raw;

/// Rows of a chunk.
const CHUNK: u32 = 500;

const AT_ONCE: usize = 32;

pub(crate) async fn run(test: &TestTenant, rows: u32) {
    let company = test.company("abc, Inc.").await;
    let relationship = test.relationship("Asia Pacific", &company).await;
    let raw = Raw::new(&test.stack);
    let (mut wrote, mut updated, mut again) = (0.0, 0.0, 0.0);
    for chunk in 0..rows.div_ceil(CHUNK) {
        let first = chunk * CHUNK;
        let people: Vec<_> =
            (first..first + CHUNK).map(|n| person(n, &company, &relationship)).collect();
        wrote += chunk_of(test, first, &people).await;
        let start = Instant::now();
        let updates = stream::iter(first..first + CHUNK).map(|n| raw.insert(n));
        updates.buffer_unordered(AT_ONCE).collect::<Vec<()>>().await;
        updated += start.elapsed().as_secs_f64();
        again += chunk_of(test, first, &people).await;
    }
    let rows = f64::from(rows.div_ceil(CHUNK) * CHUNK);
    println!("{rows} rows in chunks of {CHUNK}, {AT_ONCE} writes at a time, rows/s");
    println!("  raw UpdateItem  {:7.0}", rows / updated);
    println!("  rows of chunks  {:7.0}   ratio {:.2}", rows / wrote, updated / wrote);
    println!("  the same again  {:7.0}   no write", rows / again);
}

/// Seconds that a chunk takes.
async fn chunk_of(test: &TestTenant, first: u32, people: &[Json]) -> f64 {
    let store = test.warm();
    let job = test.job(JobKind::Bulk).await;
    let run = JobRun { in_flight: AT_ONCE, ..test.begin(&job, Mode::Write).await };
    let start = Instant::now();
    let rows: Vec<_> = (u64::from(first) + 1..).zip(people).map(Incoming::from).collect();
    let answers = store.ingest_partial(&rows, &Lookups::default(), Some(&run)).await;
    let written = answers.is_ok_and(|answers| answers.len() == people.len());
    assert!(written, "the store works");
    start.elapsed().as_secs_f64()
}

fn person(n: u32, company: &str, relationship: &str) -> Json {
    json!({ "Name": format!("John Smith {n}"), "FirstName": "John", "LastName": format!("Smith {n}"),
        "Email": format!("jsmith{n}@abc.com"), "Location": "California, US",
        "companies": [{ "Company_ID": company, "IsPrimaryCompany": "true", "relationships": [
            { "Role": "Admin", "IsPrimaryCompany": "true", "Relationship_ID": relationship }] }] })
}
