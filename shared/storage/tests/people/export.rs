//! Passes over all people and records: each person once, whoever moves meanwhile.

use std::collections::BTreeSet;

use futures::{StreamExt, TryStreamExt};
use people_domain::ids::stamp::Stamp;
use people_domain::lookup::Lookups;
use people_storage::{AssociatedRecords, ImportedRecords, PeoplePage, PeopleSelection};
use people_testkit::TestTenant;
use serde_json::{Value as Json, json};

const PEOPLE: usize = 150;

async fn upsert(test: &TestTenant, body: Json) -> String {
    let written = test.cached_store().ingest_record(&body, &Lookups::default()).await;
    written.unwrap().unwrap().person.gsid.clone()
}

async fn move_person(test: &TestTenant, gsid: &str, email: &str) {
    assert_eq!(upsert(test, json!({ "Gsid": gsid, "Email": email })).await, gsid);
}

async fn create_people(test: &TestTenant) -> Vec<String> {
    let people = futures::stream::iter(0..PEOPLE);
    let people = people.map(|n| upsert(test, json!({ "Email": format!("p{n}@abc.com") })));
    people.buffered(16).collect().await
}

fn whole_pass(test: &TestTenant) -> Vec<(usize, Option<people_storage::PeoplePosition>)> {
    (0..test.cached_store().people_partition_count()).map(|partition| (partition, None)).collect()
}

/// The GSIDs that a pass meets, sorted, repetitions included.
async fn list_people(test: &TestTenant, since: Option<Stamp>) -> Vec<String> {
    let store = test.uncached_store();
    let selection = PeopleSelection { since, ..PeopleSelection::default() };
    let pages: Vec<PeoplePage> =
        store.stream_people(whole_pass(test), &selection).try_collect().await.unwrap();
    let mut met: Vec<_> =
        pages.into_iter().flat_map(|page| page.people).map(|person| person.gsid).collect();
    met.sort();
    met
}

#[tokio::test]
async fn each_person_is_met_once_wherever_it_moved() {
    let test = TestTenant::new().await;
    let mut people = create_people(&test).await;
    for (n, gsid) in people.iter().enumerate().take(20) {
        move_person(&test, gsid, &format!("moved{n}@abc.com")).await;
    }
    // Some come home, to some homes others have come, some move on, some are erased where they are.
    for (n, gsid) in people.iter().enumerate().take(5) {
        move_person(&test, gsid, &format!("P{n}@abc.com")).await;
    }
    for n in 5..10 {
        people.push(upsert(&test, json!({ "Email": format!("p{n}@abc.com") })).await);
    }
    for (n, gsid) in people.iter().enumerate().take(15).skip(10) {
        move_person(&test, gsid, &format!("again{n}@abc.com")).await;
    }
    for n in [2, 7, 12, 100] {
        test.erase_person(&people[n]).await;
    }
    let erased = [2, 7, 12, 100].map(|n| people[n].clone());
    let mut expected: Vec<_> = people.into_iter().filter(|gsid| !erased.contains(gsid)).collect();
    expected.sort();
    assert_eq!(list_people(&test, None).await, expected);
    let counted = test.cached_store().count_people(|_| {}).await.unwrap();
    assert_eq!(counted, expected.len() as u64);
}

#[tokio::test]
async fn people_that_move_during_a_pass_are_neither_missed_nor_met_twice() {
    let test = TestTenant::new().await;
    let people = create_people(&test).await;
    for (n, gsid) in people.iter().enumerate().take(40) {
        move_person(&test, gsid, &format!("moved{n}@abc.com")).await;
    }
    let store = test.uncached_store();
    let mut pages = store.stream_people(whole_pass(&test), &PeopleSelection::default());
    let (mut met, mut moved) = (Vec::new(), 0);
    while let Some(page) = pages.try_next().await.unwrap() {
        met.extend(page.people.into_iter().map(|person| person.gsid));
        // Between two pages a few people move: home, away, or on.
        for _ in 0..5 {
            let n = moved % PEOPLE;
            let email = if n < 40 { format!("p{n}@abc.com") } else { format!("away{n}@abc.com") };
            move_person(&test, &people[n], &email).await;
            moved += 1;
        }
    }
    assert!(moved >= PEOPLE, "everybody moved");
    let distinct: BTreeSet<_> = met.iter().collect();
    assert_eq!((met.len(), distinct), (PEOPLE, people.iter().collect()));
}

#[tokio::test]
async fn only_people_that_changed_since_a_stamp_are_met() {
    let test = TestTenant::new().await;
    let people = create_people(&test).await;
    move_person(&test, &people[0], "moved0@abc.com").await;
    move_person(&test, &people[1], "moved1@abc.com").await;
    let mark = test.store.new_stamp();
    assert_eq!(list_people(&test, Some(mark)).await, Vec::<String>::new());
    for (n, change) in [
        (0, json!({ "Gsid": people[0], "FirstName": "A" })),
        (2, json!({ "Gsid": people[2], "FirstName": "A" })),
        (3, json!({ "Gsid": people[3], "Email": "moved3@abc.com" })),
    ] {
        assert_eq!(upsert(&test, change).await, people[n]);
    }
    let mut expected = [0, 2, 3].map(|n| people[n].clone());
    expected.sort();
    assert_eq!(list_people(&test, Some(mark)).await, expected);
}

#[tokio::test]
async fn a_repeated_import_of_records_writes_nothing() {
    let test = TestTenant::new().await;
    let store = test.cached_store();
    let ids = test.tenant.ids.clone();
    let kind = people_domain::ids::gsid::GsidKind::Company;
    let gsid = |n: u128| ids.new_gsid(kind, n);
    let record = |n: u128, stage: Json| json!({ "Gsid": gsid(n), "Name": format!("c{n}"), "Stage": stage, "ARR": 1 });
    let import = async |records: &[Json]| {
        let before = store.usage();
        let imported = store.import_objects("company", records).await.unwrap();
        (imported, store.usage().calls - before.calls)
    };
    let both = [record(1, json!("new")), record(2, Json::Null)];
    let count = |inserted, updated, unchanged| ImportedRecords { inserted, updated, unchanged };
    assert_eq!(import(&both).await.0.unwrap(), count(2, 0, 0));
    // One BatchGetItem.
    assert_eq!(import(&both).await, (Ok(count(0, 0, 2)), 1));
    let three = [record(1, json!("new")), record(2, json!("old")), record(3, json!("new"))];
    assert_eq!(import(&three).await.0.unwrap(), count(1, 1, 1));
    let faulty = [record(1, json!("newer")), json!({ "Gsid": gsid(4) })];
    let faults = import(&faulty).await.0.unwrap_err();
    assert_eq!(faults.iter().map(Vec::len).collect::<Vec<_>>(), [0, 1]);

    let metadata = store.read_metadata().await.unwrap();
    let company = metadata.object("company").unwrap();
    let mut associated = AssociatedRecords::default();
    let page = store.read_records_page(company, None, None, &mut associated).await.unwrap();
    let stages: Vec<_> = page.records.iter().map(|record| record.text("sg")).collect();
    assert_eq!((stages, page.next), (vec![Some("new"), Some("old"), Some("new")], None));
}
