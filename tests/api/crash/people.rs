//! Creates people directly in the store.

use people_domain::lookup::Lookups;
use people_storage::RawRow;
use serde_json::json;

use super::harness::JobHarness;

/// Creates `count` people and returns their GSIDs.
pub(crate) async fn create_people(harness: &JobHarness, count: usize) -> Vec<String> {
    let store = harness.test.uncached_store();
    let mut ids = Vec::new();
    for first in (0..count).step_by(500) {
        let raw: Vec<_> = (first..count.min(first + 500))
            .map(|n| json!({ "Email": format!("p{n}@abc.com") }))
            .collect();
        let rows: Vec<_> = (1..).zip(&raw).map(RawRow::from).collect();
        let answers = store.ingest_atomic(&rows, &Lookups::default(), None).await.unwrap();
        ids.extend(answers.into_iter().map(|answer| answer.unwrap().person.gsid.clone()));
    }
    ids
}
