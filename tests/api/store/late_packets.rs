//! A packet arrives late: its client has sent the call again and was answered, and others have
//! written, moved or erased the person since. The packet changes nothing.

use std::sync::Arc;
use std::time::Duration;

use people_domain::ids::email::Email;
use people_domain::ids::gsid::Gsid;
use people_domain::lookup::Lookups;
use people_domain::people::Person;
use people_storage::{Store, TenantStore, UpsertedPerson};
use people_testkit::{TestStack, TestTenant, connect_with_attempt_timeout};
use serde_json::{Value as Json, json};

use super::held_call::HeldCall;
use super::proxy::Proxy;

/// How long a client waits before it sends a call again.
const ATTEMPT: Duration = Duration::from_millis(300);

async fn upsert_person(store: &TenantStore, body: Json) -> UpsertedPerson {
    store
        .ingest_record(&body, &Lookups::default())
        .await
        .expect("the store works")
        .expect("the record is valid")
}

async fn read_person(test: &TestTenant, email: &str) -> Option<Person> {
    test.uncached_store().read_person_by_email(&Email::parse(email).unwrap()).await.unwrap()
}

async fn read_location(test: &TestTenant, email: &str) -> Json {
    let person = read_person(test, email).await.expect("the person exists");
    test.uncached_store().render_person(&person).await.unwrap()["location"].clone()
}

/// A person that an acknowledged call has written, while the call's first packet is still in
/// transit.
struct LatePacket {
    test: TestTenant,
    proxy: Arc<Proxy>,
    gsid: String,
}

impl LatePacket {
    /// `existed`: whether the person existed before the call.
    async fn new(existed: bool) -> Self {
        let test = TestTenant::new().await;
        if existed {
            upsert_person(&test.uncached_store(), json!({ "Email": "a@abc.com" })).await;
        }
        let proxy = Proxy::new(HeldCall::late_packet("UpdateItem"));
        let url = Arc::clone(&proxy).listen().await;
        let store =
            Store::new(connect_with_attempt_timeout(&url, ATTEMPT), &TestStack::from_env().table);
        let body = json!({ "Email": "a@abc.com", "Location": "late" });
        let gsid =
            upsert_person(&store.for_tenant(test.tenant.clone()), body).await.person.gsid.clone();
        assert_eq!(read_location(&test, "a@abc.com").await, "late");
        Self { test, proxy, gsid }
    }

    async fn upsert_person(&self, body: Json) -> UpsertedPerson {
        upsert_person(&self.test.uncached_store(), body).await
    }
}

#[tokio::test]
async fn what_was_written_since_stays() {
    for existed in [false, true] {
        let late = LatePacket::new(existed).await;
        let written = late.upsert_person(json!({ "Email": "a@abc.com", "Location": "new" })).await;
        assert!(!late.proxy.deliver().await);
        assert_eq!(read_location(&late.test, "a@abc.com").await, "new");
        let stored = read_person(&late.test, "a@abc.com").await.unwrap();
        assert_eq!(stored.updated, written.person.updated, "ModifiedDate does not go back");
    }
}

#[tokio::test]
async fn who_was_erased_since_stays_erased() {
    for existed in [false, true] {
        let late = LatePacket::new(existed).await;
        late.test.erase_person(&late.gsid).await;
        assert!(!late.proxy.deliver().await);
        assert!(read_person(&late.test, "a@abc.com").await.is_none());
        assert_eq!(late.test.find_people(&[Gsid::parse(&late.gsid).unwrap()]).await, []);
    }
}

/// A call whose first attempt created a person and lost its answer continues, once that person is
/// gone, like a call that begins then: it creates another person.
async fn retry_once_the_person_is_gone(leave: impl AsyncFn(&TestTenant, &str)) {
    let test = TestTenant::new().await;
    let proxy = Proxy::new(HeldCall::retried_call("UpdateItem"));
    let store = Arc::clone(&proxy).start().await.for_tenant(test.tenant.clone());
    let call =
        tokio::spawn(async move { upsert_person(&store, json!({ "Email": "a@abc.com" })).await });
    proxy.wait_until_held().await;
    let first = read_person(&test, "a@abc.com").await.expect("the first attempt is done").gsid;
    leave(&test, &first).await;
    assert!(!proxy.deliver().await);
    let created = call.await.unwrap();
    assert!(created.inserted);
    assert_ne!(created.person.gsid, first);
    assert_eq!(read_person(&test, "a@abc.com").await.unwrap().gsid, created.person.gsid);
}

#[tokio::test]
async fn a_retry_does_not_bring_the_erased_person_back() {
    retry_once_the_person_is_gone(async |test, gsid| test.erase_person(gsid).await).await;
}

#[tokio::test]
async fn a_retry_does_not_make_a_person_that_has_moved_twice() {
    let move_on = async |test: &TestTenant, gsid: &str| {
        upsert_person(&test.uncached_store(), json!({ "Gsid": gsid, "Email": "b@abc.com" })).await;
    };
    retry_once_the_person_is_gone(async |test, gsid| {
        move_on(test, gsid).await;
        let moved = read_person(test, "b@abc.com").await.unwrap();
        assert_eq!(moved.gsid, gsid);
    })
    .await;
    retry_once_the_person_is_gone(async |test, gsid| {
        move_on(test, gsid).await;
        test.erase_person(gsid).await;
    })
    .await;
}

#[tokio::test]
async fn a_new_life_gets_nothing_of_the_old_one() {
    for existed in [false, true] {
        let late = LatePacket::new(existed).await;
        late.test.erase_person(&late.gsid).await;
        let next = late.upsert_person(json!({ "Email": "a@abc.com", "Timezone": "new" })).await;
        assert!(next.inserted && next.person.gsid != late.gsid);
        assert!(!late.proxy.deliver().await);
        assert_eq!(read_location(&late.test, "a@abc.com").await, Json::Null);
    }
}

#[tokio::test]
async fn an_address_that_was_left_stays_free_and_a_newcomer_untouched() {
    for (existed, newcomer) in [(false, false), (false, true), (true, false), (true, true)] {
        let late = LatePacket::new(existed).await;
        let moved = json!({ "Gsid": late.gsid, "Email": "b@abc.com", "Location": "moved" });
        late.upsert_person(moved).await;
        if newcomer {
            late.upsert_person(json!({ "Email": "a@abc.com", "Timezone": "new" })).await;
        }
        assert!(!late.proxy.deliver().await);
        assert_eq!(read_location(&late.test, "b@abc.com").await, "moved");
        match newcomer {
            true => assert_eq!(read_location(&late.test, "a@abc.com").await, Json::Null),
            false => assert!(read_person(&late.test, "a@abc.com").await.is_none()),
        }
    }
}

/// Holds an `operation` of another call until the late packet has arrived.
async fn retry_while_another_has_read(
    operation: &'static str,
    body: impl AsyncFn(&LatePacket) -> Json,
) {
    let late = LatePacket::new(true).await;
    let proxy = Proxy::new(HeldCall::slow_call(operation));
    let store = Arc::clone(&proxy).start().await.for_tenant(late.test.tenant.clone());
    let body = body(&late).await;
    let call = tokio::spawn(async move { upsert_person(&store, body).await.person.gsid.clone() });
    proxy.wait_until_held().await;
    late.upsert_person(json!({ "Email": "a@abc.com", "Location": "new" })).await;
    assert!(!late.proxy.deliver().await);
    assert!(!proxy.deliver().await, "{operation}: the person is not as it was read");
    assert_eq!(call.await.unwrap(), late.gsid);
    let gsid = Gsid::parse(&late.gsid).unwrap();
    let person = late.test.uncached_store().read_person_by_gsid(&gsid).await.unwrap().unwrap();
    let printed = late.test.uncached_store().render_person(&person).await.unwrap();
    assert_eq!((&printed["location"], &printed["timezone"]), (&json!("new"), &json!("call")));
}

#[tokio::test]
async fn another_callers_move_keeps_what_was_written_since() {
    let body = async |late: &LatePacket| json!({ "Gsid": late.gsid, "Email": "b@abc.com", "Timezone": "call" });
    retry_while_another_has_read("TransactWriteItems", body).await;
}

#[tokio::test]
async fn another_callers_merge_keeps_what_was_written_since() {
    // More associations than an update expression can hold.
    let body = async |late: &LatePacket| {
        let records: Vec<_> = (0..50).map(|n| json!({ "Name": format!("Company {n}") })).collect();
        let mut companies = Vec::new();
        for _ in 0..2 {
            let store = late.test.uncached_store();
            let created = store.insert_objects("company", &records, &[]).await.unwrap().unwrap();
            companies.extend(
                created.iter().map(|record| json!({ "Company_ID": record.gsid, "Title": "t" })),
            );
        }
        json!({ "Email": "a@abc.com", "Timezone": "call", "companies": companies })
    };
    retry_while_another_has_read("PutItem", body).await;
}

/// A person moves to the slot of a tombstone while another person is created there.
#[tokio::test]
async fn a_newcomer_at_a_tombstone_is_not_overwritten_by_a_move_that_has_read_it() {
    let test = TestTenant::new().await;
    let gone = upsert_person(&test.uncached_store(), json!({ "Email": "a@abc.com" }))
        .await
        .person
        .gsid
        .clone();
    test.erase_person(&gone).await;
    let mover = upsert_person(&test.uncached_store(), json!({ "Email": "b@abc.com" }))
        .await
        .person
        .gsid
        .clone();
    // The first transaction assumes that the slot was never used.
    let proxy = Proxy::new(HeldCall::second_call("TransactWriteItems"));
    let store = Arc::clone(&proxy).start().await.for_tenant(test.tenant.clone());
    let body = json!({ "Gsid": mover, "Email": "a@abc.com" });
    let call =
        tokio::spawn(async move { store.ingest_record(&body, &Lookups::default()).await.unwrap() });
    proxy.wait_until_held().await;
    let newcomer =
        upsert_person(&test.uncached_store(), json!({ "Email": "a@abc.com", "Location": "new" }))
            .await;
    assert!(!proxy.deliver().await);
    let faults = call.await.unwrap().unwrap_err();
    assert!(faults[0].message.contains("already exists"), "{:?}", faults[0]);
    let there = read_person(&test, "a@abc.com").await.unwrap();
    assert_eq!(there.gsid, newcomer.person.gsid);
}

#[tokio::test]
async fn two_clocks_two_seconds_apart_lose_nothing() {
    let test = TestTenant::new().await;
    let ahead = test.store.with_clock_ahead(Duration::from_secs(2)).for_tenant(test.tenant.clone());
    let (mut last, mut stores) = (None, [ahead, test.cached_store()].into_iter().cycle());
    for n in 0..6 {
        let store = stores.next().unwrap();
        let body = json!({ "Email": "a@abc.com", "Location": format!("{n}") });
        let done = upsert_person(&store, body).await;
        assert_eq!(done.inserted, n == 0);
        assert!(last < Some(done.person.updated), "ModifiedDate goes on");
        last = Some(done.person.updated);
        assert_eq!(read_location(&test, "a@abc.com").await, format!("{n}"));
    }
    // An erasure, too, is ordered after the write of a clock that is ahead.
    let gsid = read_person(&test, "a@abc.com").await.unwrap().gsid;
    test.erase_person(&gsid).await;
    assert!(read_person(&test, "a@abc.com").await.is_none());
}
