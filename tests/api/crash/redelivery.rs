//! Messages that come several times, too late, or to workers that always die.

use std::time::Duration;

use people_domain::ids::email::Email;
use people_domain::lookup::Lookups;
use people_storage::jobs::{JobId, JobState, ReleaseReason};
use reqwest::Method;
use serde_json::{Value as Json, json};

use super::harness::*;
use super::payload::{check_people, payload};

const ALL: [&str; 4] = [POST, SPLIT, APPLY, DEAD_LETTER];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_message_three_times() {
    // Two workers at one chunk at the same time; then one at a time.
    for lease in [0, 60] {
        let trouble = FaultPlan { deliveries_per_message: 3, lease, ..FaultPlan::default() };
        let mut machine = JobHarness::new(&ALL, trouble).await;
        machine.start_polling();
        let id = machine.submit(&payload()).await;
        let job = machine.wait_until_completed(&id).await;
        check_people(&machine, &job, "three times").await;
        machine.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chunk_that_one_worker_has_is_left_alone_by_others() {
    let lease = Duration::from_secs(60);
    let machine = JobHarness::new(
        &[POST, APPLY, DEAD_LETTER],
        FaultPlan { lease: 60, ..FaultPlan::default() },
    );
    let machine = machine.await;
    let id = machine.submit(r#"{"records":[{"Email":"a@abc.com"}]}"#).await;
    let (store, job) = (machine.test.uncached_store(), machine.job(&id).await);
    let begun = store.acquire_lease(&job, 1, lease).await.unwrap();
    for function in [APPLY, DEAD_LETTER] {
        // What failed is shown again soon, not when its queue would show it.
        assert!(
            !machine.invoke(function, machine.peek_event(SMALL_JOBS).await).await,
            "{function}"
        );
    }
    assert!(machine.test.read_items().await.is_empty());
    store.release_lease(&job, &begun, ReleaseReason::StoreUnavailable).await.unwrap();
    assert!(machine.invoke(APPLY, machine.peek_event(SMALL_JOBS).await).await);
    assert_eq!(counts(&machine.job(&id).await), (1, 0, None));
    machine.stop().await;
}

fn counts(job: &people_storage::jobs::Job) -> (u64, u64, Option<String>) {
    let JobState::Completed { counts, message, .. } = &job.state else { panic!("not completed") };
    (counts.success, counts.failure, message.clone())
}

/// What a worker did before it died counts, the rest has failed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_always_dies_ends_as_failed_rows() {
    const BEGUN: (&str, &str) = (APPLY, "apply.begun");
    const ROWS: (&str, &str) = (APPLY, "apply.rows");
    // Rows that kill who looks at them too are given up unseen.
    for (always_dies_at, told, written) in [
        (&[BEGUN] as &[_], false, 0),
        (&[ROWS], true, 9),
        (&[ROWS, (DEAD_LETTER, "dead.look")], false, 9),
    ] {
        let trouble =
            FaultPlan { always_dies_at, max_receives: 2, deaths: 2, ..FaultPlan::default() };
        let point = format!("{always_dies_at:?}");
        let mut machine = JobHarness::new(&ALL, trouble).await;
        machine.start_polling();
        let rows: Vec<_> = (0..9).map(|n| json!({ "Email": format!("w{n}@abc.com") })).collect();
        let id = machine.submit(&json!({ "records": rows }).to_string()).await;
        let job = machine.wait_until_completed(&id).await;
        let expected = if told { (9, 0, None) } else { (0, 9, None) };
        assert_eq!(counts(&job), expected, "{point}");
        let shown = machine.rows(&job).await;
        assert_eq!(shown.len(), 9);
        if !told {
            let error = &shown[&1]["error"]["details"][0]["errors"][0];
            assert_eq!(
                error,
                &json!({ "message": "Oops, something went wrong", "code": "GU_1101" })
            );
        }
        assert_eq!(machine.test.read_items().await.len(), written, "{point}");
        machine.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payload_that_is_gone_ends_its_job() {
    let trouble = FaultPlan { max_receives: 2, deaths: 2, ..FaultPlan::default() };
    let mut machine = JobHarness::new(&ALL, trouble).await;
    let (one, many) = (
        machine.submit(r#"{"records":[{"Email":"a@abc.com"},{"Email":"b@abc.com"}]}"#).await,
        machine.submit(&payload()).await,
    );
    for id in [&one, &many] {
        let key = format!("payload/{}/{id}", machine.test.tenant.id);
        machine.object(Method::DELETE, &key, &[]).await;
    }
    machine.start_polling();
    let job = machine.wait_until_completed(&one).await;
    assert_eq!(counts(&job), (0, 2, None));
    assert_eq!(machine.rows(&job).await.len(), 2);
    let job = machine.wait_until_completed(&many).await;
    assert_eq!(counts(&job), (0, 0, Some("Oops, something went wrong".to_owned())));
    machine.stop().await;
}

/// Jobs of every kind whose call died before it sent anything.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_was_never_sent_goes_on_when_somebody_asks_after_it() {
    let bulk = "/v1/peoplemgmt/v1.0/external/bulk/ingestion/async";
    let people = "/v1/peoplemgmt/v1.0/people";
    let (small, large) = (r#"{"records":[{"Email":"a@abc.com"}]}"#, payload_to_split());
    for (function, method, path, body, status, to) in [
        (POST, "POST", format!("{bulk}/people"), small, POST_STATUS, format!("{bulk}/status")),
        (POST, "POST", format!("{bulk}/people"), &*large, POST_STATUS, format!("{bulk}/status")),
        (
            ASYNC,
            "PUT",
            format!("{people}/async"),
            small,
            ASYNC_STATUS,
            format!("{people}/async/status"),
        ),
    ] {
        let trouble = FaultPlan {
            first_dies_at: Some("submit.job".to_owned()),
            only: Some(function),
            ..FaultPlan::default()
        };
        let mut machine =
            JobHarness::new(&[function, SPLIT, APPLY, DEAD_LETTER, status], trouble).await;
        machine.start_polling();
        assert!(machine.call(function, method, &path, body).await.is_err(), "it dies");
        let id = machine.jobs().await.remove(0);
        let word = if status == POST_STATUS { "/data/statusType" } else { "/data/status" };
        machine.poll_until_completed(status, &format!("{to}/{id}"), word).await;
        assert_eq!(counts(&machine.job(&id).await), (1, 0, None));
        machine.stop().await;
    }
}

/// A payload that is too large to be looked through by the call that takes it.
fn payload_to_split() -> String {
    let blanks = " ".repeat(1_100_000);
    format!(r#"{{"records":[{{"Email":"a@abc.com"}}{blanks}]}}"#)
}

/// A job of one chunk, written by a worker that died before it said so.
async fn written_but_not_settled(machine: &JobHarness, payload: &Json) -> JobId {
    let id = machine.submit(&payload.to_string()).await;
    assert!(!machine.invoke(APPLY, machine.peek_event(SMALL_JOBS).await).await, "it dies");
    id
}

/// A machine whose first worker dies when it has written its rows.
async fn start_dying_harness() -> JobHarness {
    let first_dies_at = Some("apply.rows".to_owned());
    JobHarness::new(&[POST, APPLY], FaultPlan { first_dies_at, lease: 0, ..FaultPlan::default() })
        .await
}

async fn one_person() -> (JobHarness, JobId) {
    let machine = start_dying_harness().await;
    let row = json!({ "Email": "a@abc.com", "Location": "job", "Comments": "job" });
    let id = written_but_not_settled(&machine, &json!({ "records": [row] })).await;
    (machine, id)
}

async fn put(machine: &JobHarness, body: Json) -> String {
    let done =
        machine.test.uncached_store().ingest_record(&body, &Lookups::default()).await.unwrap();
    done.unwrap().person.gsid.clone()
}

async fn erase(machine: &JobHarness, email: &str) {
    let (store, email) = (machine.test.uncached_store(), Email::parse(email).unwrap());
    let gsid = store.read_person_by_email(&email).await.unwrap().unwrap().gsid;
    machine.test.erase_person(&gsid).await;
}

fn location(items: &[std::collections::BTreeMap<String, Json>]) -> Option<&str> {
    items.first()?.get("lo")?.as_str()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_acknowledged_put_is_not_undone_by_a_row_that_comes_again() {
    let (machine, id) = one_person().await;
    assert_eq!(location(&machine.test.read_items().await), Some("job"));
    put(&machine, json!({ "Email": "a@abc.com", "Location": "put" })).await;
    assert!(machine.invoke(APPLY, machine.peek_event(SMALL_JOBS).await).await);
    assert_eq!(location(&machine.test.read_items().await), Some("put"));
    let job = machine.job(&id).await;
    assert_eq!(counts(&job), (1, 0, None));
    let row = &machine.rows(&job).await[&1];
    assert_eq!(row["record"]["EmailOptOut"], "false", "still told as made by this row");
    // And once more, after the job is completed.
    assert!(machine.invoke(APPLY, machine.peek_event(SMALL_JOBS).await).await);
    assert_eq!(location(&machine.test.read_items().await), Some("put"));
    machine.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erased_person_is_not_brought_back_by_an_older_job() {
    for made_anew in [false, true] {
        let (machine, id) = one_person().await;
        erase(&machine, "a@abc.com").await;
        if made_anew {
            put(&machine, json!({ "Email": "a@abc.com", "Location": "put" })).await;
        }
        assert!(machine.invoke(APPLY, machine.peek_event(SMALL_JOBS).await).await);
        let email = Email::parse("a@abc.com").unwrap();
        let person = machine.test.uncached_store().read_person_by_email(&email).await.unwrap();
        assert_eq!(person.is_some(), made_anew);
        let items = machine.test.read_items().await;
        assert_eq!(location(&items), made_anew.then_some("put"));
        assert!(!items[0].contains_key("co"), "what the job knew of the erased one");
        let job = machine.job(&id).await;
        assert_eq!(counts(&job), (0, 1, None));
        let error = machine.rows(&job).await[&1]["error"]["details"][0]["errors"][0].clone();
        assert_eq!(error["code"], "GSOBJ_PEOPLE1001");
        machine.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_that_moves_in_between_is_not_made_twice() {
    let (machine, id) = one_person().await;
    let gsid = machine.test.read_items().await[0]["g"].as_str().unwrap().to_owned();
    let who = put(&machine, json!({ "Email": "a@abc.com" })).await;
    put(&machine, json!({ "Gsid": who, "Email": "b@abc.com", "Location": "put" })).await;
    assert!(machine.invoke(APPLY, machine.peek_event(SMALL_JOBS).await).await);
    let items = machine.test.read_items().await;
    let people: Vec<_> = items.into_iter().filter(|item| item.contains_key("g")).collect();
    assert_eq!((people.len(), location(&people)), (1, Some("put")));
    assert_eq!(people[0]["g"], gsid.as_str());
    assert_eq!(counts(&machine.job(&id).await), (1, 0, None));
    machine.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_that_was_refused_is_told_so_however_often_it_comes() {
    let machine = start_dying_harness().await;
    let who = put(&machine, json!({ "Email": "a@abc.com" })).await;
    let other = put(&machine, json!({ "Email": "taken@abc.com" })).await;
    let rows =
        json!([{ "Gsid": who, "Email": "taken@abc.com" }, { "Gsid": who, "Location": "job" }]);
    let id = written_but_not_settled(&machine, &json!({ "records": rows })).await;
    put(&machine, json!({ "Gsid": other, "Email": "free@abc.com" })).await;
    assert!(machine.invoke(APPLY, machine.peek_event(SMALL_JOBS).await).await);
    let job = machine.job(&id).await;
    assert_eq!(counts(&job), (1, 1, None));
    let told = &machine.rows(&job).await[&1];
    assert!(told.to_string().contains("{Email=taken@abc.com}"), "{told}");
    machine.stop().await;
}
