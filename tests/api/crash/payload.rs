//! A payload that needs every step: several chunks, people whose rows are strewn over them, one
//! mailbox too large for a chunk, rows that fail. And what must be there when its job is done.

use std::collections::{BTreeMap, BTreeSet};

use people_storage::jobs::{Job, JobState};
use serde_json::{Value as Json, json};

use super::harness::JobHarness;

pub(crate) const ROWS: usize = 1_060;

fn email(row: usize) -> String {
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
    let row = |row: usize| json!({ "Email": email(row), "Location": row.to_string() });
    json!({ "records": (1..=ROWS).map(row).collect::<Vec<_>>() }).to_string()
}

/// Each person's last row.
fn people() -> BTreeMap<String, String> {
    let sound = (1..=ROWS).filter(|row| is_valid(*row));
    sound.map(|row| (email(row).to_lowercase(), row.to_string())).collect()
}

/// Checks that the job is done as if each of its rows was applied once, in order.
pub(crate) async fn check_people(machine: &JobHarness, job: &Job, what: &str) {
    let JobState::Completed { counts, message, .. } = &job.state else {
        panic!("{what}: not completed")
    };
    let sound = (1..=ROWS).filter(|row| is_valid(*row)).count() as u64;
    assert_eq!(
        (counts.success, counts.failure, counts.partial),
        (sound, ROWS as u64 - sound, 0),
        "{what}"
    );
    assert_eq!(message, &None, "{what}");
    let rows = machine.rows(job).await;
    assert!(rows.keys().copied().eq(1..=ROWS as u64), "{what}: each row is in one chunk");
    let stored = machine.test.read_items().await.into_iter();
    let text = |item: &BTreeMap<String, Json>, name: &str| item[name].as_str().unwrap().to_owned();
    let stored: BTreeMap<_, _> = stored.map(|item| (text(&item, "e"), text(&item, "lo"))).collect();
    assert_eq!(stored, people(), "{what}: the last row of each person stands");
    let made = |row: &&Json| {
        row["operationStatus"] == "SUCCESS" && row["record"].get("EmailOptOut").is_some()
    };
    let made: Vec<_> =
        rows.values().filter(made).map(|row| row["record"]["Gsid"].as_str().unwrap()).collect();
    let distinct: BTreeSet<_> = made.iter().collect();
    assert_eq!(
        (made.len(), distinct.len()),
        (people().len(), people().len()),
        "{what}: each person is made by one row"
    );
}
