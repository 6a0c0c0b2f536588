//! A payload that needs every step: several chunks, people whose rows are scattered over them, one
//! person with too many rows for a chunk, and rows that fail. Also checks the state that must
//! result.

use std::collections::{BTreeMap, BTreeSet};

use people_storage::jobs::{Job, JobState};
use serde_json::{Value as Json, json};

use super::harness::JobHarness;

pub(crate) const ROWS: usize = 1_060;

fn email_of_row(row: usize) -> String {
    match row % 50 {
        _ if row.is_multiple_of(2) => "Same@abc.com".to_owned(),
        1 => "nobody".to_owned(),
        3 => format!("r{}@abc.com", row / 50 % 5),
        _ => format!("u{row}@abc.com"),
    }
}

fn is_valid(row: usize) -> bool {
    row % 50 != 1
}

pub(crate) fn payload() -> String {
    let row = |row: usize| json!({ "Email": email_of_row(row), "Location": row.to_string() });
    json!({ "records": (1..=ROWS).map(row).collect::<Vec<_>>() }).to_string()
}

/// The location of each person after its last row.
fn expected_people() -> BTreeMap<String, String> {
    let valid = (1..=ROWS).filter(|row| is_valid(*row));
    valid.map(|row| (email_of_row(row).to_lowercase(), row.to_string())).collect()
}

/// Checks that the outcome is as if each row was applied once, in order.
pub(crate) async fn check_people(harness: &JobHarness, job: &Job, what: &str) {
    let JobState::Completed { counts, message, .. } = &job.state else {
        panic!("{what}: not completed")
    };
    let valid = (1..=ROWS).filter(|row| is_valid(*row)).count() as u64;
    assert_eq!(
        (counts.success, counts.failure, counts.partial),
        (valid, ROWS as u64 - valid, 0),
        "{what}"
    );
    assert_eq!(message, &None, "{what}");
    let rows = harness.rows(job).await;
    assert!(rows.keys().copied().eq(1..=ROWS as u64), "{what}: each row is in one chunk");
    let stored = harness.test.read_items().await.into_iter();
    let text = |item: &BTreeMap<String, Json>, name: &str| item[name].as_str().unwrap().to_owned();
    let stored: BTreeMap<_, _> = stored.map(|item| (text(&item, "e"), text(&item, "lo"))).collect();
    assert_eq!(stored, expected_people(), "{what}: each person is as its last row wrote it");
    let made = |row: &&Json| {
        row["operationStatus"] == "SUCCESS" && row["record"].get("EmailOptOut").is_some()
    };
    let made: Vec<_> =
        rows.values().filter(made).map(|row| row["record"]["Gsid"].as_str().unwrap()).collect();
    let distinct: BTreeSet<_> = made.iter().collect();
    assert_eq!(
        (made.len(), distinct.len()),
        (expected_people().len(), expected_people().len()),
        "{what}: each person is created by one row"
    );
}
