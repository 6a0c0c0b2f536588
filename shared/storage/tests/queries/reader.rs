//! A caller that reads the pages of a query.

use std::time::Duration;

use people_domain::query::QueryRequest;
use people_storage::TenantStore;
use people_testkit::{MemorySnapshots, TestTenant};
use serde_json::{Value as Json, json};

/// A caller with one access key.
pub(super) struct PageReader<'t> {
    pub(super) test: &'t TestTenant,
    pub(super) snapshots: MemorySnapshots,
    pub(super) access_key: &'t str,
    /// How far its clock is ahead.
    pub(super) clock_ahead: Duration,
}

impl<'t> PageReader<'t> {
    pub(super) fn new(test: &'t TestTenant) -> Self {
        let snapshots = MemorySnapshots::default();
        Self { test, snapshots, access_key: "key", clock_ahead: Duration::ZERO }
    }

    fn store(&self) -> TenantStore {
        let store = self.test.store.with_fresh_meter().with_clock_ahead(self.clock_ahead);
        store.for_tenant(self.test.tenant.clone())
    }

    /// Reads one page, and returns its rows and its read units.
    pub(super) async fn read_page(
        &self,
        object: &str,
        body: &Json,
        offset: usize,
        limit: usize,
    ) -> (Vec<Json>, f64) {
        let mut body = body.clone();
        (body["offset"], body["limit"]) = (offset.into(), limit.into());
        let (store, request) = (self.store(), QueryRequest::parse(&body).unwrap());
        store.read_metadata().await.unwrap();
        let before = store.usage().units;
        let caller = self.snapshots.caller(self.access_key);
        let rows = store.query_objects(object, &request, &caller).await.unwrap().unwrap();
        (rows, store.usage().units - before)
    }

    /// Reads all pages, one after the other, as public clients do: a short page is the last.
    pub(super) async fn read_pages(&self, object: &str, body: &Json, limit: usize) -> Vec<Json> {
        let mut all = Vec::new();
        loop {
            let (page, _) = self.read_page(object, body, all.len(), limit).await;
            let is_last = page.len() < limit;
            all.extend(page);
            if is_last {
                return all;
            }
        }
    }
}

/// One column of each row, as texts.
pub(super) fn column_texts(rows: &[Json], name: &str) -> Vec<String> {
    rows.iter().map(|row| row[name].as_str().unwrap().to_owned()).collect()
}

/// A query of GSIDs with one condition.
pub(super) fn gsids_where(name: &str, operator: &str, value: Json) -> Json {
    let condition = json!({ "name": name, "operator": operator, "value": value });
    json!({ "select": ["Gsid"], "where": { "conditions": [condition] } })
}
