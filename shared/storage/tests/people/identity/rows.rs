//! Rows of jobs about people with ids: what an earlier attempt applied is found, wherever the
//! person is by then.

use people_domain::response::bulk::RowStatus;
use people_storage::jobs::JobKind;
use people_storage::{ApplyMode, RawRow};
use serde_json::json;

use super::*;

#[tokio::test]
async fn a_row_that_comes_again_after_its_email_went_is_not_applied_again() {
    let test = TestTenant::new().await;
    let store = test.cached_store();
    let seen = write(&store, &build_write(Px, "a", Some("a@abc.com"), "x")).await;
    let job = test.create_job(JobKind::Bulk).await;
    let row = json!({ "Email": "a@abc.com", "FirstName": "job" });
    let rows = [RawRow::from((1, &row))];
    let apply = async || {
        let context = test.begin_chunk(&job, ApplyMode::Apply).await;
        let store = test.cached_store();
        store.ingest_partial(&rows, &Lookups::default(), Some(&context)).await.unwrap()
    };
    assert_eq!(apply().await[0].status, RowStatus::Success);
    // The person takes another email by its id, and somebody else gets the one of the row.
    write(&store, &build_write(Px, "a", Some("b@abc.com"), "y")).await;
    assert_eq!(apply().await[0].status, RowStatus::Success);
    assert_eq!(gsid_of_email(&test, "a@abc.com").await, None, "the row made nobody");
    let other = upsert_people(&store, json!({ "Email": "a@abc.com", "FirstName": "other" })).await;
    assert_eq!(apply().await[0].status, RowStatus::Success);
    assert_eq!(gsid_of_email(&test, "b@abc.com").await.as_ref(), Some(&seen.gsid));
    let email = Email::parse("a@abc.com").unwrap();
    let person = store.read_person_by_email(&email).await.unwrap().unwrap();
    let rendered = store.render_person(&person).await.unwrap();
    assert_eq!((&person.gsid, &rendered["firstname"]), (&other.person.gsid, &json!("other")));
    assert_whole(&test).await;
}

#[tokio::test]
async fn a_row_that_was_accepted_before_an_erasure_writes_to_nobody_later() {
    let test = TestTenant::new().await;
    let store = test.cached_store();
    write(&store, &build_write(Px, "a", Some("a@abc.com"), "x")).await;
    let job = test.create_job(JobKind::Bulk).await;
    assert!(store.release_id(&external_id(Px, "a")).await.unwrap());
    // The id and the email are a new person's, and another email is joined to the id's slot.
    write(&store, &build_write(Px, "a", Some("a@abc.com"), "y")).await;
    let (row, other) = (
        json!({ "Email": "a@abc.com", "FirstName": "old" }),
        json!({ "Email": "free@abc.com", "FirstName": "fine" }),
    );
    let rows = [RawRow::from((1, &row)), RawRow::from((2, &other))];
    let context = test.begin_chunk(&job, ApplyMode::Apply).await;
    let results = store.ingest_partial(&rows, &Lookups::default(), Some(&context)).await.unwrap();
    let status: Vec<_> = results.iter().map(|row| row.status).collect();
    assert_eq!(status, [RowStatus::Failure, RowStatus::Success]);
    assert_whole(&test).await;
}

#[tokio::test]
async fn a_row_reaches_a_person_whose_id_was_erased_before_under_another_email() {
    let test = TestTenant::new().await;
    let store = test.cached_store();
    write(&store, &build_write(Px, "a", Some("first@abc.com"), "x")).await;
    let job = test.create_job(JobKind::Bulk).await;
    assert!(store.release_id(&external_id(Px, "a")).await.unwrap());
    let again = write(&store, &build_write(Px, "a", Some("second@abc.com"), "y")).await;
    // The erasure is about the id and the first email, not about the second.
    let row = json!({ "Email": "second@abc.com", "FirstName": "job" });
    let rows = [RawRow::from((1, &row))];
    let context = test.begin_chunk(&job, ApplyMode::Apply).await;
    let results = store.ingest_partial(&rows, &Lookups::default(), Some(&context)).await.unwrap();
    assert_eq!(results[0].status, RowStatus::Success);
    assert_eq!(gsid_of_email(&test, "second@abc.com").await, Some(again.gsid));
}

/// Rows by the email of a person, and by the GSID of another that was merged into it, before and
/// after the merge.
#[tokio::test]
async fn a_row_that_comes_again_after_a_merge_is_not_applied_again() {
    let test = TestTenant::new().await;
    let store = test.cached_store();
    let anonymous = write(&store, &build_write(GoSquared, "g", None, "x")).await;
    let person = upsert_people(&store, json!({ "Email": "q@abc.com" })).await.person.gsid.clone();
    let job = test.create_job(JobKind::Bulk).await;
    let by_email = json!({ "Email": "q@abc.com", "FirstName": "job" });
    let by_gsid = json!({ "Gsid": anonymous.gsid, "LastName": "job" });
    let rows = [RawRow::from((1, &by_email)), RawRow::from((2, &by_gsid))];
    let apply = async |rows: &[RawRow<'_>]| {
        let context = test.begin_chunk(&job, ApplyMode::Apply).await;
        let store = test.cached_store();
        store.ingest_partial(rows, &Lookups::default(), Some(&context)).await.unwrap()
    };
    assert_eq!(apply(&rows[..1]).await[0].status, RowStatus::Success);
    let mut identify = build_write(GoSquared, "g", Some("q@abc.com"), "y");
    identify.merges = true;
    assert_eq!(write(&store, &identify).await.gsid, person);
    upsert_people(&store, json!({ "Email": "q@abc.com", "FirstName": "later" })).await;
    // The GSID of the merged person means the other.
    let results = apply(&rows).await;
    assert!(results.iter().all(|row| row.status == RowStatus::Success));
    upsert_people(&store, json!({ "Email": "q@abc.com", "LastName": "later" })).await;
    apply(&rows).await;
    let email = Email::parse("q@abc.com").unwrap();
    let person = store.read_person_by_email(&email).await.unwrap().unwrap();
    let rendered = store.render_person(&person).await.unwrap();
    assert_eq!([&rendered["firstname"], &rendered["lastname"]], ["later", "later"]);
    assert_whole(&test).await;
}
