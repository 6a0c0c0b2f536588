//! Rows and deletes are repeated after the person or company that they name was moved, erased or
//! deleted.

use std::sync::Arc;

use people_domain::ids::email::Email;
use people_domain::ids::gsid::Gsid;
use people_domain::lookup::Lookups;
use people_domain::people::Person;
use people_storage::ErasureContext;
use people_storage::jobs::JobKind;
use people_testkit::{TestTenant, new_submission};
use serde_json::{Value as Json, json};

use super::held_call::HeldCall;
use super::proxy::{Proxy, Throttle};
use super::released_chunks::{AttemptEnd, Chunk};

/// Upserts a person and returns its GSID.
async fn upsert_person(test: &TestTenant, body: Json) -> String {
    let done = test.uncached_store().ingest_record(&body, &Lookups::default()).await.unwrap();
    done.expect("the record is valid").person.gsid.clone()
}

async fn read_person(test: &TestTenant, email: &str) -> Option<Person> {
    test.uncached_store().read_person_by_email(&Email::parse(email).unwrap()).await.unwrap()
}

fn status_and_gsid(results: &[Json]) -> Vec<(Json, Json)> {
    results
        .iter()
        .map(|row| (row["operationStatus"].clone(), row["record"]["Gsid"].clone()))
        .collect()
}

/// The person's slot keeps the mark of another job's row by email, and the person that this row
/// created.
#[tokio::test]
async fn a_row_by_gsid_is_told_as_its_own_person() {
    for end in [AttemptEnd::Released, AttemptEnd::Killed] {
        let test = TestTenant::new().await;
        let rows = vec![json!({ "Email": "a@abc.com" })];
        Chunk::with_rows(&test, JobKind::Bulk, rows).await.attempt(AttemptEnd::Released).await;
        let other = read_person(&test, "a@abc.com").await.unwrap().gsid;
        upsert_person(&test, json!({ "Gsid": other, "Email": "other@abc.com" })).await;
        let gsid = upsert_person(&test, json!({ "Email": "p@abc.com" })).await;
        upsert_person(&test, json!({ "Gsid": gsid, "Email": "a@abc.com" })).await;
        let rows = vec![json!({ "Gsid": gsid, "Location": "x" })];
        let chunk = Chunk::with_rows(&test, JobKind::Bulk, rows).await;
        let first = chunk.attempt(end).await;
        upsert_person(&test, json!({ "Gsid": gsid, "Location": "since" })).await;
        let again = chunk.attempt(end).await;
        assert_eq!(status_and_gsid(&again), status_and_gsid(&first), "{end:?}");
        assert_eq!(first[0]["record"]["Gsid"], json!(gsid));
    }
}

/// The result describes the row as it was written, not how it would end now.
#[tokio::test]
async fn a_row_that_was_written_does_not_fail_for_a_company_that_is_gone_since() {
    let test = TestTenant::new().await;
    let company = test.create_company("X").await;
    let row = json!({ "Email": "a@abc.com", "companies": [{ "Company_ID": company }] });
    let chunk = Chunk::with_rows(&test, JobKind::Async, vec![row]).await;
    assert_eq!(chunk.attempt_atomic().await, [true]);
    test.uncached_store().delete_record("company", &Gsid::parse(&company).unwrap()).await.unwrap();
    assert_eq!(chunk.attempt_atomic().await, [true]);
}

/// The row checks whether the person that left its email is erased, and is held before it writes.
#[tokio::test]
async fn an_erasure_between_the_look_at_who_left_and_the_write_holds() {
    let test = TestTenant::new().await;
    let gsid = upsert_person(&test, json!({ "Email": "home@abc.com" })).await;
    upsert_person(&test, json!({ "Gsid": gsid, "Email": "a@abc.com" })).await;
    let rows = vec![json!({ "Email": "a@abc.com", "FirstName": "Known" })];
    let chunk = Chunk::with_rows(&test, JobKind::Bulk, rows).await;
    upsert_person(&test, json!({ "Gsid": gsid, "Email": "b@abc.com" })).await;
    let proxy = Proxy::new(HeldCall::slow_call("TransactWriteItems"));
    let store = Arc::clone(&proxy).start().await;
    let lease = chunk.begin().await;
    let attempt = tokio::spawn(async move { chunk.run(&store, &lease).await });
    proxy.wait_until_held().await;
    test.erase_person(&gsid).await;
    assert!(!proxy.deliver().await);
    assert_eq!(attempt.await.unwrap().unwrap()[0]["operationStatus"], "FAILURE");
    assert!(read_person(&test, "a@abc.com").await.is_none());
}

/// Refused rows count too, and the hundredth row may be one of them.
#[tokio::test]
async fn a_killed_worker_leaves_a_hundred_rows_unrecorded_though_some_are_refused() {
    let test = TestTenant::new().await;
    let mut movers = Vec::new();
    for n in [99, 199] {
        movers.push(upsert_person(&test, json!({ "Email": format!("mover{n}@abc.com") })).await);
        upsert_person(&test, json!({ "Email": format!("taken{n}@abc.com") })).await;
    }
    let row = |n: usize| match n {
        99 | 199 => json!({ "Gsid": movers[n / 100], "Email": format!("taken{n}@abc.com") }),
        _ => json!({ "Email": format!("p{n}@abc.com"), "Location": "chunk" }),
    };
    let chunk = Chunk::with_rows(&test, JobKind::Bulk, (0..250).map(row).collect()).await;
    let lease = chunk.begin().await;
    let proxy = Proxy::new(Throttle::DenyWrites(240));
    assert!(chunk.run(&Arc::clone(&proxy).start().await, &lease).await.is_none());
    let again = chunk.begin().await;
    let other = vec![json!({ "Email": "p0@abc.com", "Location": "another" })];
    Chunk::with_rows(&test, JobKind::Bulk, other).await.attempt(AttemptEnd::Released).await;
    chunk.run(&test.store.without_cache(), &again).await.unwrap();
    let there = read_person(&test, "p0@abc.com").await.unwrap();
    assert_eq!(test.uncached_store().render_person(&there).await.unwrap()["location"], "another");
}

#[tokio::test]
async fn a_slow_delete_does_not_lower_the_number_of_a_later_erasure() {
    let test = TestTenant::new().await;
    let later = upsert_person(&test, json!({ "Email": "a@abc.com" })).await;
    let slow = upsert_person(&test, json!({ "Email": "slow@abc.com" })).await;
    let found = test.find_people(&[Gsid::parse(&slow).unwrap()]).await;
    let number = test.uncached_store().increment_erasure_count().await.unwrap();
    let chunk = Chunk::with_rows(&test, JobKind::Bulk, vec![json!({ "Email": "a@abc.com" })]).await;
    test.erase_person(&later).await;
    upsert_person(&test, json!({ "Gsid": slow, "Email": "a@abc.com" })).await;
    let by = ErasureContext { job: new_submission(JobKind::Delete).id, number };
    assert_eq!(test.uncached_store().erase_people(&found, &by).await.unwrap(), 1);
    chunk.attempt(AttemptEnd::Released).await;
    assert!(read_person(&test, "a@abc.com").await.is_none());
}

#[tokio::test]
async fn a_delete_counts_all_whom_it_erased_at_one_address() {
    let test = TestTenant::new().await;
    let first = upsert_person(&test, json!({ "Email": "a@abc.com" })).await;
    let next = upsert_person(&test, json!({ "Email": "next@abc.com" })).await;
    let gsids = [first, next.clone()].map(|gsid| Gsid::parse(&gsid).unwrap());
    let found = test.find_people(&gsids).await;
    let job = new_submission(JobKind::Delete).id;
    assert_eq!(test.erase_people(&found[..1], &job).await, 1);
    upsert_person(&test, json!({ "Gsid": next, "Email": "a@abc.com" })).await;
    assert_eq!(test.erase_people(&found, &job).await, 2);
    // Another person is created with this email and erased by another job.
    let anew = upsert_person(&test, json!({ "Email": "a@abc.com" })).await;
    test.erase_person(&anew).await;
    assert_eq!(test.erase_people(&found, &job).await, 2);
}
