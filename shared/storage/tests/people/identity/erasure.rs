//! People with ids are erased, or lose an id (contract: identify#px-delete).

use people_domain::ids::gsid::Gsid;
use serde_json::json;

use super::*;

async fn release(test: &TestTenant, id: &str) -> bool {
    test.cached_store().release_id(&external_id(Px, id)).await.unwrap()
}

#[tokio::test]
async fn an_erasure_leaves_no_slot_that_leads_anywhere() {
    let test = TestTenant::new().await;
    let store = test.cached_store();
    let seen = write(&store, &build_write(Px, "u", Some("u@abc.com"), "secret")).await;
    write(&store, &build_write(GoSquared, "u", Some("u@abc.com"), "secret")).await;
    let anonymous = write(&store, &build_write(Ptengine, "u", None, "secret")).await;
    test.erase_person(&seen.gsid).await;
    test.erase_person(&anonymous.gsid).await;
    for kind in [Px, GoSquared, Ptengine] {
        assert_eq!(gsid_of(&test, kind, "u").await, None);
    }
    assert_eq!(gsid_of_email(&test, "u@abc.com").await, None);
    let items = serde_json::to_string(&test.read_items().await).unwrap();
    assert!(!items.contains("secret") && !items.contains("abc.com"), "{items}");
    // All of them can be used again, by a new person.
    let again = write(&store, &build_write(Px, "u", Some("u@abc.com"), "x")).await;
    assert!(again.created && again.gsid != seen.gsid);
    let joined = write(&store, &build_write(GoSquared, "u", Some("u@abc.com"), "x")).await;
    assert_eq!(joined.gsid, again.gsid);
    assert_whole(&test).await;
}

#[tokio::test]
async fn whom_px_made_alone_is_erased_and_the_id_can_be_used_again() {
    let test = TestTenant::new().await;
    let store = test.cached_store();
    for (id, email) in [("a", None), ("b", Some("b@abc.com"))] {
        let erasures = store.read_erasure_count().await.unwrap();
        let first = write(&store, &build_write(Px, id, email, "x")).await;
        assert!(release(&test, id).await);
        assert!(!release(&test, id).await, "nobody holds it any more");
        assert_eq!(store.read_erasure_count().await.unwrap(), erasures + 1);
        assert_eq!(gsid_of(&test, Px, id).await, None);
        let mut create = build_write(Px, id, email, "y");
        create.mode = WriteMode::Create;
        let again = write(&store, &create).await;
        assert!(again.created && again.gsid != first.gsid);
    }
    assert_whole(&test).await;
}

#[tokio::test]
async fn whom_others_added_to_stays_and_gets_the_id_back() {
    let test = TestTenant::new().await;
    let store = test.cached_store();
    let seen = write(&store, &build_write(Px, "a", Some("a@abc.com"), "x")).await;
    upsert_people(&store, json!({ "Email": "a@abc.com", "FirstName": "A" })).await;
    assert!(release(&test, "a").await);
    assert_eq!(gsid_of(&test, Px, "a").await, None);
    assert_eq!(gsid_of_email(&test, "a@abc.com").await.as_ref(), Some(&seen.gsid));
    let items = serde_json::to_string(&test.read_items().await).unwrap();
    assert!(!items.contains("X|"), "the system's values are gone: {items}");
    let mut create = build_write(Px, "a", None, "y");
    create.mode = WriteMode::Create;
    assert_eq!(write(&store, &create).await.gsid, seen.gsid);
    // Also a person that lives in the slot of its email, which has the id by an alias.
    let person = upsert_people(&store, json!({ "Email": "b@abc.com" })).await.person.gsid.clone();
    write(&store, &build_write(Px, "b", Some("b@abc.com"), "x")).await;
    assert!(release(&test, "b").await);
    assert_eq!(gsid_of(&test, Px, "b").await, None);
    let other = write(&store, &build_write(Px, "b", None, "y")).await;
    assert!(other.created && other.gsid != person, "the id is anybody's");
    assert_whole(&test).await;
}

#[tokio::test]
async fn a_person_moves_out_of_the_slot_of_an_id_that_it_lost_for_another() {
    let test = TestTenant::new().await;
    let store = test.cached_store();
    let seen = write(&store, &build_write(Px, "old", Some("a@abc.com"), "x")).await;
    upsert_people(&store, json!({ "Email": "a@abc.com", "FirstName": "A" })).await;
    assert!(release(&test, "old").await);
    let renamed = write(&store, &build_write(Px, "new", Some("a@abc.com"), "y")).await;
    assert_eq!(renamed.gsid, seen.gsid);
    let mut create = build_write(Px, "old", None, "z");
    create.mode = WriteMode::Create;
    let other = write(&store, &create).await;
    assert!(other.created && other.gsid != seen.gsid);
    assert_eq!(gsid_of(&test, Px, "new").await.as_ref(), Some(&seen.gsid));
    assert_eq!(gsid_of(&test, Px, "old").await.as_ref(), Some(&other.gsid));
    assert_eq!(gsid_of_email(&test, "a@abc.com").await.as_ref(), Some(&seen.gsid));
    assert_whole(&test).await;
    for gsid in [&seen.gsid, &other.gsid] {
        test.erase_person(gsid).await;
        assert_whole(&test).await;
    }
    let gsid = Gsid::parse(&seen.gsid).unwrap();
    assert!(store.read_person_by_gsid(&gsid).await.unwrap().is_none());
}

#[tokio::test]
async fn a_delete_finds_whom_it_erased_though_the_slot_got_an_alias_that_was_erased_too() {
    let test = TestTenant::new().await;
    let store = test.cached_store();
    // By its email, and by its id: each slot gets the alias of somebody else afterwards.
    let by_email = upsert_people(&store, json!({ "Email": "r@abc.com" })).await.person.gsid.clone();
    let by_id = write(&store, &build_write(Px, "r", None, "x")).await.gsid;
    let gsids = [&by_email, &by_id].map(|gsid| Gsid::parse(gsid).unwrap());
    let found = test.find_people(&gsids).await;
    let job = people_testkit::new_submission(people_storage::jobs::JobKind::Delete).id;
    assert_eq!(test.erase_people(&found, &job).await, 2);
    write(&store, &build_write(Px, "new", Some("r@abc.com"), "x")).await;
    assert!(release(&test, "new").await);
    let other = upsert_people(&store, json!({ "Email": "q@abc.com" })).await.person.gsid.clone();
    write(&store, &build_write(Px, "r", Some("q@abc.com"), "x")).await;
    test.erase_person(&other).await;
    // A message that comes again, or a status that is asked late, counts the same.
    assert_eq!(test.uncached_store().count_erased(&found, &job).await.unwrap(), 2);
}

#[tokio::test]
async fn a_slow_delete_of_an_alias_leaves_the_number_of_a_later_erasure() {
    let test = TestTenant::new().await;
    let store = test.cached_store();
    let slow = store.increment_erasure_count().await.unwrap();
    let job = test.create_job(people_storage::jobs::JobKind::Bulk).await;
    upsert_people(&store, json!({ "Email": "r@abc.com" })).await;
    let erased = gsid_of_email(&test, "r@abc.com").await.unwrap();
    test.erase_person(&erased).await;
    let seen = write(&store, &build_write(Px, "new", Some("r@abc.com"), "x")).await;
    let found = test.find_people(&[Gsid::parse(&seen.gsid).unwrap()]).await;
    let by = people_storage::ErasureContext {
        job: people_testkit::new_submission(people_storage::jobs::JobKind::Delete).id,
        number: slow,
    };
    assert_eq!(store.erase_people(&found, &by).await.unwrap(), 1);
    // The job was accepted before the first of them was erased, so its row makes nobody again.
    let row = json!({ "Email": "r@abc.com", "FirstName": "old" });
    let rows = [people_storage::RawRow::from((1, &row))];
    let context = test.begin_chunk(&job, people_storage::ApplyMode::Apply).await;
    let lookups = people_domain::lookup::Lookups::default();
    test.cached_store().ingest_partial(&rows, &lookups, Some(&context)).await.unwrap();
    assert_eq!(gsid_of_email(&test, "r@abc.com").await, None);
}

#[tokio::test]
async fn an_id_that_is_given_to_somebody_else_leaves_the_former_person_as_it_is() {
    let test = TestTenant::new().await;
    let store = test.cached_store();
    let mut people = Vec::new();
    for id in ["free", "taken"] {
        let email = format!("{id}@abc.com");
        let seen = write(&store, &build_write(Px, id, Some(&email), "x")).await;
        upsert_people(&store, json!({ "Email": email, "LastName": "L" })).await;
        assert!(release(&test, id).await);
        people.push((email, seen.gsid));
    }
    // An unknown id and a free email are a new person; the person of an email takes an unknown id.
    let q = upsert_people(&store, json!({ "Email": "q@abc.com" })).await.person.gsid.clone();
    let new = write(&store, &build_write(Px, "free", Some("new@abc.com"), "y")).await;
    let taken = write(&store, &build_write(Px, "taken", Some("q@abc.com"), "y")).await;
    for (email, gsid) in people {
        assert_eq!(gsid_of_email(&test, &email).await, Some(gsid));
    }
    assert!(new.created);
    assert_eq!(taken.gsid, q);
    assert_whole(&test).await;
}

#[tokio::test]
async fn whoever_is_erased_is_read_by_no_list_afterwards() {
    let test = TestTenant::new().await;
    let store = test.cached_store();
    write(&store, &build_write(Px, "a", Some("a@abc.com"), "x")).await;
    let other = write(&store, &build_write(Px, "b", Some("b@abc.com"), "x")).await;
    assert!(release(&test, "a").await);
    test.erase_person(&other.gsid).await;
    // The record part is never used again, so its entry costs each list reads for nothing.
    assert_eq!(test.read_px_user_entries().await, Vec::<String>::new());
}
