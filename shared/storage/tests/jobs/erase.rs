//! Erased people are not found by any read, and are counted once however often the job runs.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use people_domain::ids::email::Email;
use people_domain::ids::gsid::Gsid;
use people_domain::lookup::Lookups;
use people_storage::jobs::{JobId, JobKind};
use people_storage::{ApplyMode, RawRow, keys};
use people_testkit::{TestTenant, new_submission};
use serde_json::{Value as Json, json};

async fn upsert(test: &TestTenant, body: Json) -> Gsid {
    let done = test.cached_store().ingest_record(&body, &Lookups::default()).await.unwrap();
    Gsid::parse(&done.expect("the row is valid").person.gsid).unwrap()
}

async fn exists(test: &TestTenant, gsid: &Gsid) -> bool {
    test.uncached_store().read_person_by_gsid(gsid).await.unwrap().is_some()
}

fn new_job() -> JobId {
    new_submission(JobKind::Delete).id
}

#[tokio::test]
async fn what_is_left_of_a_person_is_nothing_personal_and_never_its_id() {
    let test = TestTenant::new().await;
    let company = test.create_company("Abc").await;
    let body = json!({ "Email": "Gone@abc.com", "FirstName": "Old", "companies": [{ "Company_ID": company }] });
    let gsid = upsert(&test, body).await;
    let (job, people) = (new_job(), test.find_people(std::slice::from_ref(&gsid)).await);
    assert_eq!(test.erase_people(&people, &job).await, 1);
    assert!(!exists(&test, &gsid).await);
    let email = Email::parse("gone@abc.com").unwrap();
    assert!(test.uncached_store().read_person_by_email(&email).await.unwrap().is_none());
    let items = test.read_items().await;
    let names: Vec<_> = items[0].keys().map(String::as_str).collect();
    assert_eq!((items.len(), names), (1, vec!["j", "pk", "sk", "x", "xg", "xn"]));

    let again = upsert(&test, json!({ "Email": "gone@abc.com" })).await;
    assert_ne!(again, gsid);
    // The new incarnation is another person. The job that erased the old one still counts it, and
    // another job does not.
    assert_eq!(test.erase_people(&people, &job).await, 1);
    assert_eq!(test.erase_people(&people, &new_job()).await, 0);
    assert!(exists(&test, &again).await);
}

#[tokio::test]
async fn a_second_run_counts_the_same_people_and_another_job_does_not() {
    let test = TestTenant::new().await;
    let mut gsids = Vec::new();
    for n in 0..40 {
        gsids.push(upsert(&test, json!({ "Email": format!("{n}@abc.com") })).await);
    }
    // Two people have moved, and one has moved away and back to its home slot.
    for (n, email) in [(0, "a@xyz.com"), (1, "b@xyz.com"), (2, "c@xyz.com"), (2, "2@abc.com")] {
        upsert(&test, json!({ "Gsid": gsids[n].as_str(), "Email": email })).await;
    }
    let (job, other) = (new_job(), new_job());
    let people = test.find_people(&gsids).await;
    assert_eq!(people.len(), 40);
    assert_eq!(test.erase_people(&people[..10], &job).await, 10);
    assert_eq!(test.uncached_store().count_erased(&people, &job).await.unwrap(), 10);
    assert_eq!(test.erase_people(&people, &job).await, 40);
    assert_eq!(test.erase_people(&people, &job).await, 40);
    assert_eq!(test.erase_people(&people, &other).await, 0);
    assert_eq!(test.find_people(&gsids).await, []);
    // 40 tombstones, two more at the home slots of the two people that had left them, and what is
    // kept of moves: their two redirects, and the redirect and the other slot of the person that
    // moved back.
    let items = test.read_items().await;
    assert_eq!(items.len(), 46);
    let erased = items.iter().filter(|item| item.contains_key("x")).count();
    assert_eq!((erased, items.iter().any(|item| item.contains_key("to"))), (44, false));
}

#[tokio::test]
async fn ids_of_nobody_and_of_other_tenants_are_skipped() {
    let (test, other) = (TestTenant::new().await, TestTenant::new().await);
    let theirs = upsert(&other, json!({ "Email": "a@abc.com" })).await;
    let ours = upsert(&test, json!({ "Email": "a@abc.com" })).await;
    let nobody = Gsid::parse("7581e498-c37e-4057-8fc9-c8d4d543de1a").unwrap();
    let people = test.find_people(&[theirs.clone(), nobody, ours.clone()]).await;
    assert_eq!(people.len(), 1);
    assert_eq!(test.erase_people(&people, &new_job()).await, 1);
    assert!(exists(&other, &theirs).await && !exists(&test, &ours).await);
}

#[tokio::test]
async fn a_person_that_a_pointer_leads_to_goes_with_the_pointer() {
    let test = TestTenant::new().await;
    let gsid = upsert(&test, json!({ "Email": "made@abc.com" })).await;
    let tenant_ids = &test.tenant.ids;
    let slot_key = |email: &str| {
        keys::slot_key(&test.tenant.id, &tenant_ids.locator(&Email::parse(email).unwrap()))
    };
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let key = |key: keys::ItemKey| {
        HashMap::from([(keys::PK.to_owned(), text(&key.pk)), (keys::SK.to_owned(), text(&key.sk))])
    };
    let (client, table) = (test.stack.client(), &test.stack.table);
    let update =
        client.update_item().table_name(table).set_key(Some(key(slot_key("made@abc.com"))));
    let update = update
        .update_expression("SET e = :e")
        .expression_attribute_values(":e", text("pointed@abc.com"));
    update.send().await.unwrap();
    let mut alias = key(slot_key("pointed@abc.com"));
    alias.insert("at".to_owned(), text(tenant_ids.person_record_part(&gsid).unwrap()));
    client.put_item().table_name(table).set_item(Some(alias)).send().await.unwrap();

    let people = test.find_people(std::slice::from_ref(&gsid)).await;
    let job = new_job();
    for _ in 0..2 {
        assert_eq!(test.erase_people(&people, &job).await, 1);
    }
    // Both slots keep the erasure, because a job names the person by the email of the alias.
    let items = test.read_items().await;
    assert_eq!(items.len(), 2);
    assert!(items.iter().all(|item| item.contains_key("x") && !item.contains_key("at")));
    let next = upsert(&test, json!({ "Email": "pointed@abc.com" })).await;
    assert!(exists(&test, &next).await && !exists(&test, &gsid).await);
}

#[tokio::test]
async fn the_first_attempt_decides_whom_a_chunk_erases() {
    let test = TestTenant::new().await;
    let store = test.uncached_store();
    let gsids = [
        upsert(&test, json!({ "Email": "a@abc.com" })).await,
        upsert(&test, json!({ "Email": "b@abc.com" })).await,
    ];
    upsert(&test, json!({ "Gsid": gsids[1].as_str(), "Email": "c@abc.com" })).await;
    let job = test.create_job(JobKind::Delete).await;
    let lease = store.acquire_lease(&job, 1, Duration::ZERO).await.unwrap();
    assert_eq!(lease.erasure_targets, None);
    let people = test.find_people(&gsids).await;
    assert_eq!(store.record_erasure_targets(&job, 1, &people).await.unwrap(), people);
    assert_eq!(store.record_erasure_targets(&job, 1, &[]).await.unwrap(), people);
    assert_eq!(
        store.acquire_lease(&job, 1, Duration::ZERO).await.unwrap().erasure_targets,
        Some(people)
    );
}

#[tokio::test]
async fn a_person_written_or_moved_meanwhile_is_erased_or_lives_but_never_both() {
    let test = TestTenant::new().await;
    for round in 0..8 {
        let gsid = upsert(&test, json!({ "Email": format!("r{round}@abc.com") })).await;
        let people = test.find_people(std::slice::from_ref(&gsid)).await;
        let moves = {
            let (test, gsid) = (test.clone(), gsid.clone());
            tokio::spawn(async move {
                for n in 0..4 {
                    let body =
                        json!({ "Gsid": gsid.as_str(), "Email": format!("r{round}m{n}@abc.com") });
                    _ = test
                        .cached_store()
                        .ingest_record(&body, &Lookups::default())
                        .await
                        .unwrap();
                }
            })
        };
        assert_eq!(test.erase_people(&people, &new_job()).await, 1);
        moves.await.unwrap();
        assert!(!exists(&test, &gsid).await);
    }
    let items = test.read_items().await;
    let names_person =
        |item: &BTreeMap<String, Json>| item.contains_key("to") || item.contains_key("g");
    assert!(!items.iter().any(names_person), "no item names an erased person");
}

/// Person A moved from email a to b, and person N was created at a. Whichever is erased first, a
/// second run counts both.
#[tokio::test]
async fn people_who_changed_hands_of_an_address_are_counted_exactly() {
    for first in [0, 1] {
        let test = TestTenant::new().await;
        let a = upsert(&test, json!({ "Email": "a@abc.com" })).await;
        upsert(&test, json!({ "Gsid": a.as_str(), "Email": "b@abc.com" })).await;
        let n = upsert(&test, json!({ "Email": "a@abc.com" })).await;
        let (people, job) = (test.find_people(&[n, a]).await, new_job());
        // The first attempt is killed after one of them.
        assert_eq!(test.erase_people(&people[first..=first], &job).await, 1);
        assert_eq!(test.erase_people(&people, &job).await, 2, "{first} first");
        assert_eq!(test.uncached_store().count_erased(&people, &job).await.unwrap(), 2);
        assert_eq!(test.erase_people(&people, &new_job()).await, 0);
    }
}

/// An older job finds nobody by an email that the erased person had between two others.
#[tokio::test]
async fn an_email_in_between_brings_nobody_back() {
    for moves_back in [false, true] {
        let test = TestTenant::new().await;
        let gsid = upsert(&test, json!({ "Email": "a@abc.com" })).await;
        for email in ["m@abc.com", if moves_back { "a@abc.com" } else { "b@abc.com" }] {
            upsert(&test, json!({ "Gsid": gsid.as_str(), "Email": email })).await;
        }
        let (before, row) =
            (test.create_job(JobKind::Async).await, json!({ "Email": "m@abc.com" }));
        test.erase_person(gsid.as_str()).await;
        let after = test.create_job(JobKind::Async).await;
        for (job, is_written) in [(&before, false), (&after, true), (&before, false)] {
            let run = test.begin_chunk(job, ApplyMode::Apply).await;
            let rows = [RawRow::from((1, &row))];
            let store = test.uncached_store();
            let done = store.ingest_atomic(&rows, &Lookups::default(), Some(&run)).await.unwrap();
            assert_eq!(done[0].is_ok(), is_written, "{moves_back}");
        }
    }
}
