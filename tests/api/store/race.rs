//! Callers write one person at the same moment: each is answered, none waits for another, and the
//! cost stays within a bound. A refused write costs as much as an accepted one.

use std::collections::BTreeSet;
use std::sync::Arc;

use people_domain::lookup::Lookups;
use people_domain::schema::metadata::CustomField;
use people_domain::values::FieldType;
use people_storage::TenantStore;
use people_testkit::TestTenant;
use serde_json::{Value as Json, json};
use tokio::sync::Barrier;

use super::proxy::{Proxy, Throttle};

const CALLERS: usize = 64;

/// Most write units per caller. The person is smaller than 1 KB, so this is also the number of
/// attempts.
const UNITS_EACH: usize = 8;

fn field_name(n: usize) -> String {
    format!("F{n}__gc")
}

async fn upsert_person(store: &TenantStore, body: &Json) -> (String, bool) {
    let done = store.ingest_record(body, &Lookups::default()).await.expect("the store works");
    let done = done.expect("the record is valid");
    (done.person.gsid.clone(), done.inserted)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_callers_of_one_person_are_all_answered_within_a_bound() {
    let test = TestTenant::new().await;
    for n in 0..CALLERS {
        let field = CustomField::new("person", &field_name(n), FieldType::String, &format!("z{n}"));
        test.uncached_store().write_field(&field).await.unwrap();
    }
    for run in 0..3 {
        let proxy = Proxy::new(Throttle::Nothing);
        let store = Arc::clone(&proxy).start().await.for_tenant(test.tenant.clone());
        store.read_metadata().await.unwrap();
        let (email, barrier) = (format!("race{run}@abc.com"), Arc::new(Barrier::new(CALLERS)));
        let callers = (0..CALLERS).map(|n| {
            let (store, barrier) = (store.clone(), Arc::clone(&barrier));
            let body = json!({ "Email": email, field_name(n): "x" });
            tokio::spawn(async move {
                barrier.wait().await;
                upsert_person(&store, &body).await
            })
        });
        let mut done = Vec::new();
        for caller in callers.collect::<Vec<_>>() {
            done.push(caller.await.unwrap());
        }
        let gsids: BTreeSet<_> = done.iter().map(|(gsid, _)| gsid).collect();
        let inserted = done.iter().filter(|(_, inserted)| *inserted).count();
        assert_eq!((gsids.len(), inserted), (1, 1));
        let items = test.read_items().await.into_iter();
        let item = items.filter(|item| item.get("e") == Some(&json!(email))).collect::<Vec<_>>();
        assert_eq!(item.len(), 1);
        assert!((0..CALLERS).all(|n| item[0].contains_key(&format!("z{n}"))), "no field is lost");
        let units = proxy.writes();
        println!("{CALLERS} callers: {units} write units");
        assert!(units <= UNITS_EACH * CALLERS, "{units} write units");
    }
}

/// Answers are lost and packets arrive late and twice: each caller's last value stays.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unreliable_network_loses_no_acknowledged_value() {
    let test = TestTenant::new().await;
    for n in 0..6 {
        let field = CustomField::new("person", &field_name(n), FieldType::String, &format!("z{n}"));
        test.uncached_store().write_field(&field).await.unwrap();
    }
    let proxy = Proxy::new(Throttle::Unreliable);
    let store = Arc::clone(&proxy).start().await.for_tenant(test.tenant.clone());
    let callers = (0..6).map(|n| {
        let store = store.clone();
        tokio::spawn(async move {
            for value in 0..20 {
                let body = json!({ "Email": "a@abc.com", field_name(n): value.to_string() });
                upsert_person(&store, &body).await;
            }
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        caller.await.unwrap();
    }
    proxy.wait_until_all_arrived().await;
    let items = test.read_items().await;
    assert_eq!(items.len(), 1);
    assert!(proxy.throttled() > 0, "packets were late");
    for n in 0..6 {
        assert_eq!(items[0].get(&format!("z{n}")), Some(&json!("19")));
    }
}

#[tokio::test]
async fn a_writer_alone_costs_one_call() {
    let test = TestTenant::new().await;
    let proxy = Proxy::new(Throttle::Nothing);
    let store = Arc::clone(&proxy).start().await.for_tenant(test.tenant.clone());
    store.read_metadata().await.unwrap();
    let (calls, before) = (proxy.calls(), store.usage().units);
    for (n, inserted) in [(0, true), (1, false)] {
        let body = json!({ "Email": "a@abc.com", "Location": n.to_string() });
        assert_eq!(upsert_person(&store, &body).await.1, inserted);
        assert_eq!((proxy.calls() - calls, proxy.writes()), (n + 1, n + 1));
    }
    let units = store.usage().units - before;
    assert!((units - 2.0).abs() < f64::EPSILON, "{units}");
}

/// A conflict with a transaction, which the SDK does not retry.
#[tokio::test]
async fn a_put_that_meets_a_transaction_is_tried_again() {
    let test = TestTenant::new().await;
    let proxy = Proxy::new(Throttle::Conflict("PutItem"));
    let store = Arc::clone(&proxy).start().await.for_tenant(test.tenant.clone());
    // New people of a batch are written with `PutItem`.
    let rows: Vec<_> = (0..3).map(|n| json!({ "Email": format!("{n}@abc.com") })).collect();
    let rows: Vec<_> = (1..).zip(&rows).map(people_storage::RawRow::from).collect();
    let done = store.ingest_atomic(&rows, &Lookups::default(), None).await.unwrap();
    assert!(done.iter().all(|row| row.as_ref().unwrap().inserted));
    assert_eq!(proxy.throttled(), 1);
}
