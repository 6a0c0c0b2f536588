//! Rows of a job that are applied again, late, or after others have written to their people.

use people_domain::code::Code;
use people_domain::fault::Fault;
use people_domain::ids::email::Email;
use people_domain::lookup::Lookups;
use people_storage::jobs::{Job, JobKind};
use people_storage::{ApplyMode, JobContext, RawRow, UpsertedPerson};
use people_testkit::TestTenant;
use serde_json::{Value as Json, json};

/// A chunk of a job that can be run any number of times.
struct Chunk {
    test: TestTenant,
    job: Job,
}

type Ended = Result<UpsertedPerson, Vec<Fault>>;

impl Chunk {
    async fn new() -> Self {
        let test = TestTenant::new().await;
        let job = test.create_job(JobKind::Async).await;
        Self { test, job }
    }

    async fn job_run(&self, mode: ApplyMode) -> JobContext {
        self.test.begin_chunk(&self.job, mode).await
    }

    /// Runs rows by their numbers.
    async fn run(&self, mode: ApplyMode, rows: &[(u64, Json)]) -> Vec<Ended> {
        let run = self.job_run(mode).await;
        let rows: Vec<_> = rows.iter().map(|(at, raw)| RawRow::from((*at, raw))).collect();
        let store = self.test.uncached_store();
        store.ingest_atomic(&rows, &Lookups::default(), Some(&run)).await.unwrap()
    }

    async fn apply(&self, rows: &[(u64, Json)]) -> Vec<Ended> {
        self.run(ApplyMode::Apply, rows).await
    }

    /// Writes as another client. Returns the person's GSID.
    async fn put(&self, body: Json) -> String {
        let done =
            self.test.uncached_store().ingest_record(&body, &Lookups::default()).await.unwrap();
        done.expect("the row is valid").person.gsid.clone()
    }

    async fn erase(&self, gsid: &str) {
        self.test.erase_person(gsid).await;
    }

    async fn person(&self, email: &str) -> Option<Json> {
        let (store, email) = (self.test.uncached_store(), Email::parse(email).unwrap());
        let person = store.read_person_by_email(&email).await.unwrap()?;
        Some(store.render_person(&person).await.unwrap())
    }

    async fn location(&self, email: &str) -> Json {
        self.person(email).await.expect("the person exists")["location"].clone()
    }
}

fn gsid(ended: &[Ended]) -> String {
    ended[0].as_ref().expect("the row is written").person.gsid.clone()
}

#[track_caller]
fn assert_unknown(ended: &[Ended]) {
    assert_eq!(ended[0].as_ref().unwrap_err()[0].code, Code::PeopleNotFound);
}

fn row(email: &str) -> (u64, Json) {
    (1, json!({ "Email": email, "Location": "job" }))
}

#[tokio::test]
async fn rows_by_email_and_rows_by_gsid_do_not_hold_each_other_off() {
    let chunk = Chunk::new().await;
    let gsid = chunk.put(json!({ "Email": "a@abc.com" })).await;
    let (by_email, by_gsid) = (row("a@abc.com"), (2, json!({ "Gsid": gsid, "Timezone": "job" })));
    chunk.apply(std::slice::from_ref(&by_gsid)).await;
    chunk.apply(std::slice::from_ref(&by_email)).await;
    let person = chunk.person("a@abc.com").await.unwrap();
    assert_eq!((&person["location"], &person["timezone"]), (&json!("job"), &json!("job")));
    // Neither row is applied again.
    chunk.put(json!({ "Gsid": gsid, "Location": "put", "Timezone": "put" })).await;
    chunk.apply(&[by_email, by_gsid]).await;
    let person = chunk.person("a@abc.com").await.unwrap();
    assert_eq!((&person["location"], &person["timezone"]), (&json!("put"), &json!("put")));
}

#[tokio::test]
async fn of_rows_that_go_together_those_that_were_applied_are_not_done_again() {
    let chunk = Chunk::new().await;
    let rows = [row("a@abc.com"), (2, json!({ "Email": "a@abc.com", "Timezone": "job" }))];
    chunk.apply(&rows[..1]).await;
    chunk.put(json!({ "Email": "a@abc.com", "Location": "put" })).await;
    assert!(chunk.apply(&rows).await.iter().all(Result::is_ok));
    let person = chunk.person("a@abc.com").await.unwrap();
    assert_eq!((&person["location"], &person["timezone"]), (&json!("put"), &json!("job")));
}

#[tokio::test]
async fn a_new_life_is_not_filled_by_a_job_from_before_the_erasure() {
    let chunk = Chunk::new().await;
    let old = gsid(&chunk.apply(&[row("a@abc.com")]).await);
    chunk.erase(&old).await;
    chunk.put(json!({ "Email": "a@abc.com", "Location": "put" })).await;
    for mode in [ApplyMode::Apply, ApplyMode::Inspect] {
        let ended = chunk.run(mode, &[row("a@abc.com")]).await;
        assert!(ended[0].is_err(), "{mode:?}");
    }
    assert_unknown(&chunk.apply(&[row("a@abc.com")]).await);
    assert_eq!(chunk.location("a@abc.com").await, "put");
}

#[tokio::test]
async fn who_moves_to_where_another_was_erased_is_not_filled_either() {
    let chunk = Chunk::new().await;
    let old = gsid(&chunk.apply(&[row("a@abc.com")]).await);
    chunk.erase(&old).await;
    let other = chunk.put(json!({ "Email": "b@abc.com", "Location": "put" })).await;
    chunk.put(json!({ "Gsid": other, "Email": "a@abc.com" })).await;
    assert_unknown(&chunk.apply(&[row("a@abc.com")]).await);
    assert_eq!(chunk.location("a@abc.com").await, "put");
    // It is not created either when that person has left as well, whose own rows are still applied.
    chunk.put(json!({ "Gsid": other, "Email": "b@abc.com" })).await;
    assert_unknown(&chunk.apply(&[row("a@abc.com")]).await);
    assert!(chunk.person("a@abc.com").await.is_none());
    chunk.apply(&[row("b@abc.com")]).await[0].as_ref().unwrap();
    assert_eq!(chunk.location("b@abc.com").await, "job");
}

#[tokio::test]
async fn who_has_moved_and_was_erased_is_not_made_again_by_the_email_it_had() {
    let chunk = Chunk::new().await;
    let who = chunk.put(json!({ "Email": "a@abc.com", "Location": "put" })).await;
    chunk.put(json!({ "Gsid": who, "Email": "b@abc.com" })).await;
    chunk.erase(&who).await;
    for email in ["a@abc.com", "b@abc.com"] {
        assert_unknown(&chunk.apply(&[row(email)]).await);
        assert!(chunk.person(email).await.is_none());
    }
}

#[tokio::test]
async fn who_was_erased_is_unknown_though_the_next_one_is_as_the_row_says() {
    let chunk = Chunk::new().await;
    let old = chunk.put(json!({ "Email": "a@abc.com" })).await;
    chunk.erase(&old).await;
    let next = chunk.put(row("a@abc.com").1).await;
    // With a second person the rows are compared with the stored people.
    chunk.put(json!({ "Email": "b@abc.com", "Location": "job" })).await;
    let rows = [row("a@abc.com"), (2, row("b@abc.com").1)];
    let ended = chunk.apply(&rows).await;
    assert_unknown(&ended);
    assert!(ended[1].is_ok());
    assert_ne!(next, old);
}

#[tokio::test]
async fn a_row_whose_person_has_moved_makes_no_second_one() {
    let chunk = Chunk::new().await;
    let who = gsid(&chunk.apply(&[row("a@abc.com")]).await);
    chunk.put(json!({ "Gsid": who, "Email": "b@abc.com", "Location": "put" })).await;
    for mode in [ApplyMode::Apply, ApplyMode::Inspect] {
        assert_eq!(gsid(&chunk.run(mode, &[row("a@abc.com")]).await), who, "{mode:?}");
    }
    assert!(chunk.person("a@abc.com").await.is_none());
    assert_eq!(chunk.location("b@abc.com").await, "put");
    // The slot is free for writes that are not of the job.
    let next = chunk.put(json!({ "Email": "a@abc.com", "Location": "next" })).await;
    assert_ne!(next, who);
    assert_eq!(
        gsid(&chunk.apply(&[row("a@abc.com")]).await),
        who,
        "the row was written to that person"
    );
    assert_eq!(chunk.location("a@abc.com").await, "next");
    // The next person leaves too, and is erased: the row still reports what it wrote.
    chunk.put(json!({ "Gsid": next, "Email": "c@abc.com" })).await;
    assert_eq!(gsid(&chunk.apply(&[row("a@abc.com")]).await), who);
    chunk.erase(&next).await;
    assert_eq!(gsid(&chunk.apply(&[row("a@abc.com")]).await), who);
    // When both are erased, the row has no person.
    chunk.erase(&who).await;
    assert_unknown(&chunk.apply(&[row("a@abc.com")]).await);
}

#[tokio::test]
async fn a_row_that_was_refused_before_a_later_one_was_written_stays_refused() {
    let chunk = Chunk::new().await;
    let who = chunk.put(json!({ "Email": "a@abc.com" })).await;
    let other = chunk.put(json!({ "Email": "taken@abc.com" })).await;
    let rows = [
        (1, json!({ "Gsid": who, "Email": "taken@abc.com" })),
        (2, json!({ "Gsid": who, "Location": "job" })),
    ];
    for mode in [ApplyMode::Apply, ApplyMode::Apply, ApplyMode::Inspect] {
        let ended = chunk.run(mode, &rows).await;
        let message = &ended[0].as_ref().unwrap_err()[0].message;
        assert!(message.starts_with("Row with the given resolution key already exists"));
        assert_eq!(ended[1].as_ref().unwrap().person.gsid, who, "{mode:?}");
        // The row could be written now; but its outcome must not depend on how often it is applied.
        chunk.put(json!({ "Gsid": other, "Email": "free@abc.com" })).await;
    }
    assert!(chunk.person("taken@abc.com").await.is_none());
}

#[tokio::test]
async fn a_row_that_changed_what_it_was_found_by_is_not_lost() {
    let chunk = Chunk::new().await;
    let who = chunk.put(json!({ "Email": "a@abc.com", "Location": "here" })).await;
    let company = chunk.test.create_company("Abc").await;
    let fields = json!({ "E": "Email", "L": "Location" });
    let lookups = json!({ "companies": { "Person_ID": { "fields": fields } } });
    let companies = json!([{ "Company_ID": company, "E": "a@abc.com", "L": "here" }]);
    let row = json!({ "Location": "there", "companies": companies, "lookups": lookups });
    let rows = [(1, row)];
    for _ in 0..2 {
        assert_eq!(gsid(&chunk.apply(&rows).await), who);
    }
}

/// The answer of a row does not depend on how often its chunk ran.
#[tokio::test]
async fn a_chunk_that_runs_again_tells_the_same() {
    let chunk = Chunk::new().await;
    let bad = json!({ "Email": "a@abc.com", "Emial": "a@abc.com" });
    let good = json!({ "Email": "a@abc.com", "Location": "one" });
    let rows = [bad.clone(), good.clone(), bad, good, json!({ "Email": "b@abc.com" })];
    let rows: Vec<_> = (1..).zip(&rows).map(RawRow::from).collect();
    let mut responses = Vec::new();
    for _ in 0..2 {
        let (store, run) = (chunk.test.uncached_store(), chunk.job_run(ApplyMode::Apply).await);
        let answers = store.ingest_partial(&rows, &Lookups::default(), Some(&run)).await.unwrap();
        responses.push(answers.iter().map(|row| row.to_json(true)).collect::<Vec<_>>());
    }
    assert_eq!(responses[0], responses[1]);
    let defaults = |row: usize| responses[0][row]["record"].get("EmailOptOut").is_some();
    assert_eq!([0, 1, 2, 3, 4].map(defaults), [true, true, false, false, true]);
}
