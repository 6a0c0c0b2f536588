//! Every printed response of `PUT bulk/ingestion/people`, with states and requests that produce it
//! (contract: README#printed-answers).

use crate::fixture_run::assert_answered;

#[tokio::test]
async fn relationships_are_added_to_people_that_are_known() {
    assert_answered("bulk-upsert/relationships-added").await;
}

#[tokio::test]
async fn a_relationship_without_its_id_is_a_partial_success() {
    assert_answered("bulk-upsert/relationship-id-missing").await;
}

#[tokio::test]
async fn a_person_whose_email_is_invalid_fails_with_its_associations() {
    let (sample, _) = assert_answered("bulk-upsert/email-invalid").await;
    assert!(sample.test.read_items().await.is_empty());
}

#[tokio::test]
async fn lookups_of_all_records_are_resolved() {
    assert_answered("bulk-upsert/lookups-found").await;
}

#[tokio::test]
async fn lookups_that_find_nothing_leave_markers() {
    assert_answered("bulk-upsert/lookups-not-found").await;
}
