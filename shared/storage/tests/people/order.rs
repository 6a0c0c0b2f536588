//! Rows of one call that move people to each other's addresses end like one call after the other.

use people_domain::lookup::Lookups;
use people_storage::jobs::JobKind;
use people_storage::{ApplyMode, RawRow};
use people_testkit::{TestTenant, redact_json};
use serde_json::{Value as Json, json};

/// Creates three people, each named by a letter that its address starts with.
async fn people(test: &TestTenant) -> Vec<String> {
    let mut gsids = Vec::new();
    for name in ["a", "b", "c"] {
        let body = json!({ "Email": format!("{name}@abc.com"), "FirstName": name });
        let done = test.uncached_store().ingest_record(&body, &Lookups::default()).await.unwrap();
        gsids.push(done.unwrap().person.gsid.clone());
    }
    gsids
}

/// The person that moves and its new address; without a person, an upsert by that address.
type Step = (Option<usize>, &'static str);

const CASES: [&[Step]; 5] = [
    // A new person at an address that was just left.
    &[(Some(0), "new"), (None, "a")],
    // Two people exchange their addresses by way of a third one.
    &[(Some(0), "third"), (Some(1), "a"), (Some(0), "b")],
    // Three people rotate their addresses.
    &[(Some(0), "third"), (Some(1), "a"), (Some(2), "b"), (Some(0), "c")],
    // A person moves away and back, with a new person in between.
    &[(Some(0), "new"), (None, "a"), (Some(0), "a"), (None, "new")],
    // An address that was taken is free later.
    &[(Some(1), "a"), (Some(0), "new"), (Some(1), "a"), (None, "b")],
];

#[derive(Debug, Clone, Copy)]
enum SubmitMethod {
    OneByOne,
    Batch,
    Async,
    Chunk,
}

fn rows(gsids: &[String], steps: &[Step]) -> Vec<Json> {
    let row = |(at, (person, to)): (usize, &Step)| {
        let email = format!("{to}@abc.com");
        match person {
            Some(person) => {
                json!({ "Gsid": gsids[*person], "Email": email, "Location": at.to_string() })
            }
            None => json!({ "Email": email, "Location": at.to_string() }),
        }
    };
    steps.iter().enumerate().map(row).collect()
}

/// Which rows were written, and the people at the end.
async fn run_steps(method: SubmitMethod, steps: &[Step]) -> Json {
    let test = TestTenant::new().await;
    let rows = rows(&people(&test).await, steps);
    let incoming: Vec<_> = (1..).zip(&rows).map(RawRow::from).collect();
    let (store, lookups) = (test.uncached_store(), Lookups::default());
    let mut written = Vec::new();
    match method {
        SubmitMethod::OneByOne => {
            for row in &rows {
                written.push(store.ingest_record(row, &lookups).await.unwrap().is_ok());
            }
        }
        SubmitMethod::Batch => {
            let done = store.ingest_partial(&incoming, &lookups, None).await.unwrap();
            written.extend(done.iter().map(|row| row.status.as_str() == "SUCCESS"));
        }
        SubmitMethod::Async | SubmitMethod::Chunk => {
            let kind =
                if matches!(method, SubmitMethod::Async) { JobKind::Async } else { JobKind::Bulk };
            let run = test.begin_chunk(&test.create_job(kind).await, ApplyMode::Apply).await;
            let done = store.ingest_atomic(&incoming, &lookups, Some(&run)).await.unwrap();
            written.extend(done.iter().map(Result::is_ok));
        }
    }
    let people = test.read_items().await.into_iter().filter(|item| item.contains_key("e"));
    let mut people: Vec<_> =
        people.map(|item| json!([item["e"], item.get("fn"), item.get("lo")])).collect();
    people.sort_by_key(Json::to_string);
    redact_json(&json!([written, people]))
}

#[tokio::test]
async fn moves_of_one_call_end_as_one_call_after_the_other() {
    for steps in CASES {
        let expected = run_steps(SubmitMethod::OneByOne, steps).await;
        for method in [SubmitMethod::Batch, SubmitMethod::Async, SubmitMethod::Chunk] {
            for _ in 0..3 {
                assert_eq!(run_steps(method, steps).await, expected, "{method:?} {steps:?}");
            }
        }
    }
}

/// The email of a row may be that of its person's home slot, although the person has another one.
#[tokio::test]
async fn a_row_that_moves_a_person_home_counts_under_the_email_it_leaves() {
    let test = TestTenant::new().await;
    let gsids = people(&test).await;
    let moved = json!({ "Gsid": gsids[0], "Email": "away@abc.com" });
    test.uncached_store().ingest_record(&moved, &Lookups::default()).await.unwrap().unwrap();
    let rows = [
        json!({ "Gsid": gsids[0], "Email": "a@abc.com" }),
        json!({ "Email": "away@abc.com", "FirstName": "new" }),
    ];
    let incoming: Vec<_> = (1..).zip(&rows).map(RawRow::from).collect();
    test.uncached_store().ingest_partial(&incoming, &Lookups::default(), None).await.unwrap();
    let people = test.read_items().await.into_iter().filter(|item| item.contains_key("e"));
    let mut people: Vec<_> = people.map(|item| json!([item["e"], item.get("fn")])).collect();
    people.sort_by_key(Json::to_string);
    let names = [("a", "a"), ("away", "new"), ("b", "b"), ("c", "c")];
    assert_eq!(people, names.map(|(email, name)| json!([format!("{email}@abc.com"), name])));
}

/// The grouping costs one read of the people, which their writes need anyway.
#[tokio::test]
async fn rows_with_a_gsid_and_an_email_read_their_people_once() {
    let test = TestTenant::new().await;
    let gsids = people(&test).await;
    let calls = async |rows: &[Json]| {
        let rows: Vec<_> = (1..).zip(rows).map(RawRow::from).collect();
        let store = test.cached_store();
        store.ingest_partial(&rows, &Lookups::default(), None).await.unwrap();
        store.usage().calls
    };
    let stays =
        |n: usize, email: &str| json!({ "Gsid": gsids[n], "Email": email, "Location": "x" });
    // The first call of a process reads the metadata too.
    test.cached_store().read_metadata().await.unwrap();
    // One read of the people, and a write each.
    assert_eq!(calls(&[stays(0, "a@abc.com"), stays(1, "b@abc.com")]).await, 3);
    // Two reads of the people, of which one is unchanged; for the move a read and a transaction.
    assert_eq!(calls(&[stays(0, "a@abc.com"), stays(1, "new@abc.com")]).await, 4);
}
