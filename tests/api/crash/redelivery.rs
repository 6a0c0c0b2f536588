//! Messages that come several times, too late, or to workers that always die.

use people_domain::gsid::Gsid;
use people_domain::lookup::Lookups;
use people_storage::job::{JobId, JobState};
use reqwest::Method;
use serde_json::{Value as Json, json};

use super::machine::*;
use super::payload::{check, payload};
use super::points::people;

const ALL: [&str; 4] = [POST, SPLIT, APPLY, DEAD];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_message_three_times() {
    let trouble = Trouble { deliveries: 3, ..Trouble::default() };
    let mut machine = Machine::new(&ALL, trouble).await;
    machine.poll();
    let id = machine.submit(&payload()).await;
    let job = machine.completed(&id).await;
    check(&machine, &job, "three times").await;
    machine.stop().await;
}

fn counts(job: &people_storage::job::Job) -> (u64, u64, Option<String>) {
    let JobState::Completed { counts, message, .. } = &job.state else { panic!("not completed") };
    (counts.success, counts.failure, message.clone())
}

/// What a worker did before it died counts, the rest has failed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_always_dies_ends_as_failed_rows() {
    for (point, written) in [("apply.begun", false), ("apply.rows", true)] {
        let trouble =
            Trouble { always_dies_at: Some((APPLY, point)), receives: 2, ..Trouble::default() };
        let mut machine = Machine::new(&ALL, trouble).await;
        machine.poll();
        let rows: Vec<_> = (0..9).map(|n| json!({ "Email": format!("w{n}@abc.com") })).collect();
        let id = machine.submit(&json!({ "records": rows }).to_string()).await;
        let job = machine.completed(&id).await;
        let expected = if written { (9, 0, None) } else { (0, 9, None) };
        assert_eq!(counts(&job), expected, "{point}");
        let shown = machine.rows(&job).await;
        assert_eq!(shown.len(), 9);
        if !written {
            let error = &shown[&1]["error"]["details"][0]["errors"][0];
            assert_eq!(
                error,
                &json!({ "message": "Oops, something went wrong", "code": "GU_1101" })
            );
        }
        assert_eq!(machine.test.items().await.len(), if written { 9 } else { 0 });
        machine.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payload_that_is_gone_ends_its_job() {
    let trouble = Trouble { receives: 2, ..Trouble::default() };
    let mut machine = Machine::new(&ALL, trouble).await;
    let (one, many) = (
        machine.submit(r#"{"records":[{"Email":"a@abc.com"},{"Email":"b@abc.com"}]}"#).await,
        machine.submit(&payload()).await,
    );
    for id in [&one, &many] {
        let key = format!("payload/{}/{id}", machine.test.tenant.id);
        machine.object(Method::DELETE, &key, &[]).await;
    }
    machine.poll();
    let job = machine.completed(&one).await;
    assert_eq!(counts(&job), (0, 2, None));
    assert_eq!(machine.rows(&job).await.len(), 2);
    let job = machine.completed(&many).await;
    assert_eq!(counts(&job), (0, 0, Some("Oops, something went wrong".to_owned())));
    machine.stop().await;
}

/// A job of one person whose chunk was written by a worker that died before it said so.
async fn written_but_not_settled() -> (Machine, JobId) {
    let trouble = Trouble { first_dies_at: Some("apply.rows".to_owned()), ..Trouble::default() };
    let machine = Machine::new(&[POST, APPLY], trouble).await;
    let id = machine
        .submit(r#"{"records":[{"Email":"a@abc.com","Location":"job","Comments":"job"}]}"#)
        .await;
    assert!(!machine.invoke(APPLY, machine.event(APPLY).await).await, "it dies");
    (machine, id)
}

fn location(items: &[std::collections::BTreeMap<String, Json>]) -> Option<&str> {
    items.first()?.get("lo")?.as_str()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_acknowledged_put_is_not_undone_by_a_row_that_comes_again() {
    let (machine, id) = written_but_not_settled().await;
    assert_eq!(location(&machine.test.items().await), Some("job"));
    let put = json!({ "Email": "a@abc.com", "Location": "put" });
    machine.test.cold().ingest(&put, &Lookups::default()).await.unwrap().unwrap();
    assert!(machine.invoke(APPLY, machine.event(APPLY).await).await);
    assert_eq!(location(&machine.test.items().await), Some("put"));
    let job = machine.job(&id).await;
    assert_eq!(counts(&job), (1, 0, None));
    let row = &machine.rows(&job).await[&1];
    assert_eq!(row["record"]["EmailOptOut"], "false", "still told as made by this row");
    // And once more, after the job is completed.
    assert!(machine.invoke(APPLY, machine.event(APPLY).await).await);
    assert_eq!(location(&machine.test.items().await), Some("put"));
    machine.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erased_person_is_not_brought_back_by_an_older_job() {
    let (machine, id) = written_but_not_settled().await;
    let store = machine.test.cold();
    let email = people_domain::email::Email::parse("a@abc.com").unwrap();
    let gsid = store.person_by_email(&email).await.unwrap().unwrap().gsid;
    let found = store.find_people(&[Gsid::parse(&gsid).unwrap()]).await.unwrap();
    assert_eq!(store.erase_people(&found, &id).await.unwrap(), 1);
    assert!(machine.invoke(APPLY, machine.event(APPLY).await).await);
    assert!(store.person_by_email(&email).await.unwrap().is_none());
    let job = machine.job(&id).await;
    assert_eq!(counts(&job), (0, 1, None));
    let error = machine.rows(&job).await[&1]["error"]["details"][0]["errors"][0].clone();
    assert_eq!(error["code"], "GSOBJ_PEOPLE1001");
    machine.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_thousand_people_are_deleted_and_counted_once() {
    let trouble = Trouble { first_dies_at: Some("erase.erased".to_owned()), ..Trouble::default() };
    let mut machine = Machine::new(&[DELETE, ERASE, DEAD], trouble).await;
    machine.poll();
    let mut ids = people(&machine, 4_990).await;
    let gone = ids[0].clone();
    ids.push(ids[17].clone());
    ids.extend((0..9).map(|n| format!("{}AA{n}A", &gone[..32])));
    assert_eq!(ids.len(), 5_000);
    let id = machine.delete(&json!(ids)).await;
    let job = machine.completed(&id).await;
    let JobState::Completed { counts, .. } = &job.state else { panic!() };
    assert_eq!(counts.erased, 4_990);
    let left = machine.test.items().await;
    assert!(
        left.iter().all(|item| item.contains_key("x") && !item.contains_key("e")),
        "tombstones alone"
    );
    let again =
        machine.test.cold().ingest(&json!({ "Email": "p0@abc.com" }), &Lookups::default()).await;
    assert_ne!(again.unwrap().unwrap().person.gsid, gone);
    machine.stop().await;
}
