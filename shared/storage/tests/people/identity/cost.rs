//! The cost of calls by ids (contract: identify#costs).

use std::collections::BTreeMap;

use serde_json::json;

use super::*;

/// Calls of the store and write units, as DynamoDB counts them: DynamoDB Local counts neither the
/// items of a transaction nor failed conditions.
#[derive(Debug, PartialEq, Eq)]
struct Cost {
    calls: u64,
    units: usize,
}

/// The cost of a write that is refused at `misses` slots before it succeeds.
async fn measure(test: &TestTenant, call: &IdentityWrite, misses: usize) -> Cost {
    let read = async || {
        let items = test.read_items().await.into_iter();
        items.map(|item| (item["sk"].to_string(), item)).collect::<BTreeMap<_, _>>()
    };
    let (before, entries) = (read().await, test.read_px_user_entries().await.len());
    let store = test.cached_store();
    write(&store, call).await;
    let after = read().await;
    let written = after.iter().filter(|(key, item)| before.get(*key) != Some(*item)).count();
    let actions = if written > 1 { 2 * written } else { written };
    let entries = test.read_px_user_entries().await.len() - entries;
    Cost { calls: store.usage().calls, units: misses + actions + entries }
}

#[tokio::test]
async fn each_call_costs_what_the_contract_says() {
    let test = TestTenant::new().await;
    let cost = |calls, units| Cost { calls, units };
    let call = build_write;
    let create = |id: &str, email: Option<&str>| IdentityWrite {
        mode: WriteMode::Create,
        ..build_write(Px, id, email, "x")
    };
    // A new id has an entry: one call and one unit.
    assert_eq!(measure(&test, &create("a", None), 0).await, cost(1 + 1, 1 + 1));
    assert_eq!(measure(&test, &create("b", Some("b@abc.com")), 0).await, cost(1 + 1, 4 + 1));
    let by_id = [
        call(Px, "b", None, "y"),
        call(Px, "b", Some("b@abc.com"), "z"),
        call(Ptengine, "t", None, "x"),
        call(Ptengine, "t", None, "y"),
        call(GoSquared, "anonymous", None, "x"),
    ];
    for by_id in by_id {
        assert_eq!(measure(&test, &by_id, 0).await, cost(1, 1), "{by_id:?}");
    }
    // identify: both free; the person of the email takes the id.
    let free = call(GoSquared, "g", Some("g@abc.com"), "x");
    assert_eq!(measure(&test, &free, 1).await, cost(3, 5));
    upsert_people(&test.cached_store(), json!({ "Email": "q@abc.com" })).await;
    let takes = call(GoSquared, "q", Some("q@abc.com"), "x");
    assert_eq!(measure(&test, &takes, 1).await, cost(3, 5));
    // By pointer: the person lives in the slot of its email.
    let by_pointer = call(GoSquared, "q", Some("q@abc.com"), "y");
    assert_eq!(measure(&test, &by_pointer, 1).await, cost(2, 2));
    let by_pointer = call(GoSquared, "q", None, "z");
    assert_eq!(measure(&test, &by_pointer, 1).await, cost(2, 2));
    // Merge.
    upsert_people(&test.cached_store(), json!({ "Email": "m@abc.com" })).await;
    let merge =
        IdentityWrite { merges: true, ..call(GoSquared, "anonymous", Some("m@abc.com"), "x") };
    assert_eq!(measure(&test, &merge, 1).await, cost(3, 5));
    // An email changes.
    let change = call(Px, "b", Some("b2@abc.com"), "x");
    assert_eq!(measure(&test, &change, 1).await, cost(3, 7));
    assert_whole(&test).await;
}

#[tokio::test]
async fn an_erasure_is_two_calls_and_one_for_the_entry() {
    let test = TestTenant::new().await;
    let store = test.cached_store();
    write(&store, &build_write(Px, "a", None, "x")).await;
    write(&store, &build_write(Px, "b", Some("b@abc.com"), "x")).await;
    for id in ["a", "b"] {
        let store = test.cached_store();
        assert!(store.release_id(&external_id(Px, id)).await.unwrap());
        // Besides, the count of erasures is raised.
        assert_eq!(store.usage().calls, 2 + 1 + 1);
    }
}

#[tokio::test]
async fn people_rows_over_people_of_px_write_nothing_the_second_time() {
    let test = TestTenant::new().await;
    let store = test.cached_store();
    let emails: Vec<_> = (0..40).map(|n| format!("p{n}@abc.com")).collect();
    for (n, email) in emails.iter().enumerate() {
        write(&store, &build_write(Px, &format!("u{n}"), Some(email), "x")).await;
    }
    let raw: Vec<_> =
        emails.iter().map(|email| json!({ "Email": email, "FirstName": "F" })).collect();
    let rows: Vec<_> = (1..).zip(&raw).map(people_storage::RawRow::from).collect();
    let run = async || {
        test.cached_store().ingest_partial(&rows, &Lookups::default(), None).await.unwrap()
    };
    run().await;
    let before = test.read_items().await;
    run().await;
    assert_eq!(test.read_items().await, before, "not even a stamp differs");
}
