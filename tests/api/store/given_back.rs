//! A chunk that is given back in the middle, and is run again after others have been at its people.

use std::sync::Arc;
use std::time::Duration;

use people_domain::lookup::Lookups;
use people_storage::jobs::{Begun, Job, JobKind, Return};
use people_storage::{Incoming, JobRun, Mode, Store};
use people_testkit::TestTenant;
use serde_json::{Value as Json, json};

use super::proxy::{Proxy, Throttle};

/// How an attempt ends that does not settle its chunk.
#[derive(Debug, Clone, Copy)]
pub(super) enum End {
    GivenBack,
    /// Nothing of it is recorded.
    Killed,
}

/// More than two records of how rows ended.
const ROWS: usize = 250;

/// The first write that the store refuses.
const STOPS_AT: usize = 230;

/// A chunk of a job, whose attempts a test makes.
pub(super) struct Chunk {
    pub(super) test: TestTenant,
    job: Job,
    rows: Vec<Json>,
}

impl Chunk {
    async fn new() -> Self {
        let row = |n: usize| json!({ "Email": format!("p{n}@abc.com"), "Location": "chunk" });
        Self::of(&TestTenant::new().await, JobKind::Bulk, (0..ROWS).map(row).collect()).await
    }

    pub(super) async fn of(test: &TestTenant, kind: JobKind, rows: Vec<Json>) -> Self {
        Self { test: test.clone(), job: test.job(kind).await, rows }
    }

    pub(super) async fn begin(&self) -> Begun {
        self.test.cold().begin_chunk(&self.job, 1, Duration::ZERO).await.unwrap()
    }

    /// The reports of the rows; none when the store fails.
    pub(super) async fn run(&self, store: &Store, begun: &Begun) -> Option<Vec<Json>> {
        let (chunk, accepted) = (begun.run_of(&self.job.id), self.job.acceptance);
        let run = JobRun { chunk, accepted, in_flight: 1, mode: Mode::Write };
        let rows: Vec<_> = (1..).zip(&self.rows).map(Incoming::from).collect();
        let store = store.of(self.test.tenant.clone());
        let told = store.ingest_partial(&rows, &Lookups::default(), Some(&run)).await.ok()?;
        Some(told.iter().map(|row| row.print(true)).collect())
    }

    /// An attempt that ends all rows and does not settle the chunk.
    pub(super) async fn attempt(&self, end: End) -> Vec<Json> {
        let begun = self.begin().await;
        let told = self.run(&self.test.store.cold(), &begun).await.unwrap();
        if matches!(end, End::GivenBack) {
            self.test.cold().give_back_chunk(&self.job, &begun, Return::Trouble).await.unwrap();
        }
        told
    }

    /// An attempt at a chunk of people/async, given back: which records succeeded.
    pub(super) async fn attempt_atomic(&self) -> Vec<bool> {
        let begun = self.begin().await;
        let (chunk, accepted) = (begun.run_of(&self.job.id), self.job.acceptance);
        let run = JobRun { chunk, accepted, in_flight: 1, mode: Mode::Write };
        let rows: Vec<_> = (1..).zip(&self.rows).map(Incoming::from).collect();
        let told = self.test.cold().ingest_atomic(&rows, &Lookups::default(), Some(&run)).await;
        self.test.cold().give_back_chunk(&self.job, &begun, Return::Trouble).await.unwrap();
        told.unwrap().iter().map(Result::is_ok).collect()
    }

    /// An attempt that a refused write ends.
    async fn fail(&self) -> Begun {
        let proxy = Proxy::of(Throttle::DenyWrites(STOPS_AT));
        let begun = self.begin().await;
        assert!(self.run(&Arc::clone(&proxy).start().await, &begun).await.is_none());
        begun
    }

    /// Another job writes the person of a row.
    async fn write_by_another_job(&self, n: usize) {
        let job = self.test.job(JobKind::Bulk).await;
        let run = self.test.begin(&job, Mode::Write).await;
        let row = json!({ "Email": format!("p{n}@abc.com"), "Location": "another" });
        let rows = [Incoming::from((1, &row))];
        let store = self.test.cold();
        let told = store.ingest_partial(&rows, &Lookups::default(), Some(&run)).await.unwrap();
        assert_eq!(told[0].status.as_str(), "SUCCESS");
    }

    async fn location(&self, n: usize) -> Json {
        let items = self.test.items().await.into_iter();
        let mut item = items.filter(|item| item.get("e") == Some(&json!(format!("p{n}@abc.com"))));
        item.next().expect("there is somebody")["lo"].clone()
    }
}

#[tokio::test]
async fn rows_of_a_chunk_that_is_given_back_are_not_written_over_another_jobs() {
    let chunk = Chunk::new().await;
    let begun = chunk.fail().await;
    chunk.test.cold().give_back_chunk(&chunk.job, &begun, Return::Trouble).await.unwrap();
    let written = [0, 99, STOPS_AT - 1];
    for n in written {
        chunk.write_by_another_job(n).await;
    }
    let again = chunk.begin().await;
    assert_eq!(again.deaths, 0);
    let told = chunk.run(&chunk.test.store, &again).await.unwrap();
    for n in written {
        assert_eq!(chunk.location(n).await, "another");
    }
    assert_eq!(chunk.location(ROWS - 1).await, "chunk");
    let made =
        |row: &Json| row["operationStatus"] == "SUCCESS" && row["record"]["EmailOptOut"] == "false";
    assert!(told.iter().all(made), "each is told as the row that made its person");
}

/// A worker that is killed leaves its last record: what may be written again is what came after it.
#[tokio::test]
async fn rows_of_a_killed_worker_are_safe_up_to_its_last_record() {
    let chunk = Chunk::new().await;
    let killed = chunk.fail().await;
    for n in [0, 99, 199, STOPS_AT - 1] {
        chunk.write_by_another_job(n).await;
    }
    let again = chunk.begin().await;
    assert_eq!(again.deaths, 1);
    chunk.run(&chunk.test.store, &again).await.unwrap();
    for n in [0, 99, 199] {
        assert_eq!(chunk.location(n).await, "another", "{n}");
    }
    assert_eq!(chunk.location(STOPS_AT - 1).await, "chunk", "what remains: see ARCHITECTURE");
    // Whoever comes back late does not undo the record.
    chunk.test.cold().give_back_chunk(&chunk.job, &killed, Return::Trouble).await.unwrap();
    assert_eq!(chunk.begin().await.deaths, 2);
}

#[tokio::test]
async fn only_attempts_that_do_not_come_back_count_as_deaths() {
    let chunk = Chunk::new().await;
    let store = chunk.test.cold();
    for (why, deaths) in [(Return::Trouble, 0), (Return::Trouble, 0), (Return::Failure, 1)] {
        let begun = chunk.begin().await;
        store.give_back_chunk(&chunk.job, &begun, why).await.unwrap();
        // Once more changes nothing.
        store.give_back_chunk(&chunk.job, &begun, why).await.unwrap();
        let next = chunk.begin().await;
        assert_eq!(next.deaths, deaths, "{why:?}");
        store.give_back_chunk(&chunk.job, &next, Return::Trouble).await.unwrap();
    }
}

#[tokio::test]
async fn rows_that_name_nobody_cost_the_chunks_item_nothing() {
    let mut chunk = Chunk::new().await;
    let gsid = "1P04QNK6ENCURXXDZWKNCUGVYYCE5MHTRE7D".to_owned();
    let mine = chunk.test.tenant.mint.gsid(people_domain::ids::gsid::GsidKind::Person, &gsid[18..]);
    let row = |n: usize| json!({ "Gsid": mine, "Location": n.to_string() });
    chunk.rows = (0..100).map(row).collect();
    let begun = chunk.begin().await;
    let before = chunk.item().await;
    let told = chunk.run(&chunk.test.store, &begun).await.unwrap();
    assert!(told.iter().all(|row| row["operationStatus"] == "FAILURE"));
    assert_eq!(chunk.item().await, before, "not written once");
}

#[tokio::test]
async fn rows_that_are_refused_one_after_another_keep_the_chunks_item_small() {
    let mut chunk = Chunk::new().await;
    let store = chunk.test.cold();
    for email in ["a@abc.com", "taken@abc.com"] {
        store.ingest(&json!({ "Email": email }), &Lookups::default()).await.unwrap().unwrap();
    }
    let items = chunk.test.items().await;
    let of = |item: &std::collections::BTreeMap<String, Json>| item["e"] == "a@abc.com";
    let part = items.iter().find(|item| of(item)).unwrap()["g"].as_str().unwrap().to_owned();
    let gsid = chunk.test.tenant.mint.gsid(people_domain::ids::gsid::GsidKind::Person, &part);
    let row = |_| json!({ "Gsid": gsid, "Email": "taken@abc.com" });
    chunk.rows = (0..100).map(row).collect();
    let begun = chunk.begin().await;
    chunk.run(&chunk.test.store, &begun).await.unwrap();
    let bytes = format!("{:?}", chunk.item().await).len();
    assert!(bytes < 1_000, "{bytes} bytes");
}

impl Chunk {
    /// The chunk's item as stored.
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
