//! A chunk is released in the middle and run again after others have written its people.

use std::sync::Arc;
use std::time::Duration;

use people_domain::lookup::Lookups;
use people_storage::jobs::{ChunkLease, Job, JobKind, ReleaseReason};
use people_storage::{ApplyMode, JobContext, RawRow, Store};
use people_testkit::TestTenant;
use serde_json::{Value as Json, json};

use super::proxy::{Proxy, Throttle};

/// The end of an attempt that does not settle its chunk.
#[derive(Debug, Clone, Copy)]
pub(crate) enum AttemptEnd {
    Released,
    /// The attempt does not record its end.
    Killed,
}

/// More rows than two progress records cover.
const ROWS: usize = 250;

/// Number of the first write that the store refuses.
const STOPS_AT: usize = 230;

/// A job's chunk, with attempts that a test controls.
pub(crate) struct Chunk {
    pub(super) test: TestTenant,
    job: Job,
    rows: Vec<Json>,
}

impl Chunk {
    async fn new() -> Self {
        let row = |n: usize| json!({ "Email": format!("p{n}@abc.com"), "Location": "chunk" });
        Self::with_rows(&TestTenant::new().await, JobKind::Bulk, (0..ROWS).map(row).collect()).await
    }

    pub(crate) async fn with_rows(test: &TestTenant, kind: JobKind, rows: Vec<Json>) -> Self {
        Self { test: test.clone(), job: test.create_job(kind).await, rows }
    }

    pub(super) async fn begin(&self) -> ChunkLease {
        self.test.uncached_store().acquire_lease(&self.job, 1, Duration::ZERO).await.unwrap()
    }

    /// Applies the rows and returns their results; `None` if the store fails.
    pub(super) async fn run(&self, store: &Store, lease: &ChunkLease) -> Option<Vec<Json>> {
        let (chunk, accepted) = (lease.chunk_context(&self.job.id), self.job.acceptance);
        let run = JobContext { chunk, accepted, in_flight: 1, mode: ApplyMode::Apply };
        let rows: Vec<_> = (1..).zip(&self.rows).map(RawRow::from).collect();
        let store = store.for_tenant(self.test.tenant.clone());
        let results = store.ingest_partial(&rows, &Lookups::default(), Some(&run)).await.ok()?;
        Some(results.iter().map(|row| row.to_json(true)).collect())
    }

    /// Runs an attempt that applies all rows and does not settle the chunk.
    pub(crate) async fn attempt(&self, end: AttemptEnd) -> Vec<Json> {
        let lease = self.begin().await;
        let results = self.run(&self.test.store.without_cache(), &lease).await.unwrap();
        if matches!(end, AttemptEnd::Released) {
            self.test
                .uncached_store()
                .release_lease(&self.job, &lease, ReleaseReason::StoreUnavailable)
                .await
                .unwrap();
        }
        results
    }

    /// Runs an attempt at a chunk of people/async and releases the chunk. Returns which records
    /// succeeded.
    pub(super) async fn attempt_atomic(&self) -> Vec<bool> {
        let lease = self.begin().await;
        let (chunk, accepted) = (lease.chunk_context(&self.job.id), self.job.acceptance);
        let run = JobContext { chunk, accepted, in_flight: 1, mode: ApplyMode::Apply };
        let rows: Vec<_> = (1..).zip(&self.rows).map(RawRow::from).collect();
        let results =
            self.test.uncached_store().ingest_atomic(&rows, &Lookups::default(), Some(&run)).await;
        self.test
            .uncached_store()
            .release_lease(&self.job, &lease, ReleaseReason::StoreUnavailable)
            .await
            .unwrap();
        results.unwrap().iter().map(Result::is_ok).collect()
    }

    /// Runs an attempt that ends at a refused write.
    async fn fail(&self) -> ChunkLease {
        let proxy = Proxy::new(Throttle::DenyWrites(STOPS_AT));
        let lease = self.begin().await;
        assert!(self.run(&Arc::clone(&proxy).start().await, &lease).await.is_none());
        lease
    }

    /// Writes the person of a row in another job.
    async fn write_by_another_job(&self, n: usize) {
        let job = self.test.create_job(JobKind::Bulk).await;
        let run = self.test.begin_chunk(&job, ApplyMode::Apply).await;
        let row = json!({ "Email": format!("p{n}@abc.com"), "Location": "another" });
        let rows = [RawRow::from((1, &row))];
        let store = self.test.uncached_store();
        let results = store.ingest_partial(&rows, &Lookups::default(), Some(&run)).await.unwrap();
        assert_eq!(results[0].status.as_str(), "SUCCESS");
    }

    async fn location(&self, n: usize) -> Json {
        let items = self.test.read_items().await.into_iter();
        let mut item = items.filter(|item| item.get("e") == Some(&json!(format!("p{n}@abc.com"))));
        item.next().expect("the person exists")["lo"].clone()
    }
}

#[tokio::test]
async fn rows_of_a_chunk_that_is_given_back_are_not_written_over_another_jobs() {
    let chunk = Chunk::new().await;
    let lease = chunk.fail().await;
    chunk
        .test
        .uncached_store()
        .release_lease(&chunk.job, &lease, ReleaseReason::StoreUnavailable)
        .await
        .unwrap();
    let written = [0, 99, STOPS_AT - 1];
    for n in written {
        chunk.write_by_another_job(n).await;
    }
    let again = chunk.begin().await;
    assert_eq!(again.lost_attempts, 0);
    let results = chunk.run(&chunk.test.store, &again).await.unwrap();
    for n in written {
        assert_eq!(chunk.location(n).await, "another");
    }
    assert_eq!(chunk.location(ROWS - 1).await, "chunk");
    let made =
        |row: &Json| row["operationStatus"] == "SUCCESS" && row["record"]["EmailOptOut"] == "false";
    assert!(results.iter().all(made), "each row is reported as the creator of its person");
}

/// A killed worker leaves its last progress record: only rows after it may be written again.
#[tokio::test]
async fn rows_of_a_killed_worker_are_safe_up_to_its_last_record() {
    let chunk = Chunk::new().await;
    let killed = chunk.fail().await;
    for n in [0, 99, 199, STOPS_AT - 1] {
        chunk.write_by_another_job(n).await;
    }
    let again = chunk.begin().await;
    assert_eq!(again.lost_attempts, 1);
    chunk.run(&chunk.test.store, &again).await.unwrap();
    for n in [0, 99, 199] {
        assert_eq!(chunk.location(n).await, "another", "{n}");
    }
    assert_eq!(
        chunk.location(STOPS_AT - 1).await,
        "chunk",
        "the remaining window, see ARCHITECTURE"
    );
    // A late release by the killed worker does not change the record.
    chunk
        .test
        .uncached_store()
        .release_lease(&chunk.job, &killed, ReleaseReason::StoreUnavailable)
        .await
        .unwrap();
    assert_eq!(chunk.begin().await.lost_attempts, 2);
}

#[tokio::test]
async fn only_attempts_that_do_not_come_back_count_as_deaths() {
    let chunk = Chunk::new().await;
    let store = chunk.test.uncached_store();
    for (why, deaths) in [
        (ReleaseReason::StoreUnavailable, 0),
        (ReleaseReason::StoreUnavailable, 0),
        (ReleaseReason::AttemptFailed, 1),
    ] {
        let lease = chunk.begin().await;
        store.release_lease(&chunk.job, &lease, why).await.unwrap();
        // A second release changes nothing.
        store.release_lease(&chunk.job, &lease, why).await.unwrap();
        let next = chunk.begin().await;
        assert_eq!(next.lost_attempts, deaths, "{why:?}");
        store.release_lease(&chunk.job, &next, ReleaseReason::StoreUnavailable).await.unwrap();
    }
}

#[tokio::test]
async fn rows_that_name_nobody_cost_the_chunks_item_nothing() {
    let mut chunk = Chunk::new().await;
    let gsid = "1P04QNK6ENCURXXDZWKNCUGVYYCE5MHTRE7D".to_owned();
    let mine =
        chunk.test.tenant.ids.gsid_of_part(people_domain::ids::gsid::GsidKind::Person, &gsid[18..]);
    let row = |n: usize| json!({ "Gsid": mine, "Location": n.to_string() });
    chunk.rows = (0..100).map(row).collect();
    let lease = chunk.begin().await;
    let before = chunk.item().await;
    let results = chunk.run(&chunk.test.store, &lease).await.unwrap();
    assert!(results.iter().all(|row| row["operationStatus"] == "FAILURE"));
    assert_eq!(chunk.item().await, before, "not written once");
}

#[tokio::test]
async fn rows_that_are_refused_one_after_another_keep_the_chunks_item_small() {
    let mut chunk = Chunk::new().await;
    let store = chunk.test.uncached_store();
    for email in ["a@abc.com", "taken@abc.com"] {
        store
            .ingest_record(&json!({ "Email": email }), &Lookups::default())
            .await
            .unwrap()
            .unwrap();
    }
    let items = chunk.test.read_items().await;
    let of = |item: &std::collections::BTreeMap<String, Json>| item["e"] == "a@abc.com";
    let part = items.iter().find(|item| of(item)).unwrap()["g"].as_str().unwrap().to_owned();
    let gsid =
        chunk.test.tenant.ids.gsid_of_part(people_domain::ids::gsid::GsidKind::Person, &part);
    let row = |_| json!({ "Gsid": gsid, "Email": "taken@abc.com" });
    chunk.rows = (0..100).map(row).collect();
    let lease = chunk.begin().await;
    chunk.run(&chunk.test.store, &lease).await.unwrap();
    let bytes = format!("{:?}", chunk.item().await).len();
    assert!(bytes < 1_000, "{bytes} bytes");
}

impl Chunk {
    /// Reads the chunk's stored item.
    async fn item(
        &self,
    ) -> std::collections::BTreeMap<String, aws_sdk_dynamodb::types::AttributeValue> {
        let key = |text: String| aws_sdk_dynamodb::types::AttributeValue::S(text);
        let call = self.test.stack.client().get_item().table_name(&self.test.stack.table);
        let call = call
            .key("pk", key(format!("{}#J#{}", self.test.tenant.id, self.job.id)))
            .key("sk", key("chunk#0001".to_owned()));
        let item = call.consistent_read(true).send().await.unwrap().item.unwrap();
        item.into_iter().collect()
    }
}
