//! Writes of accounts: one call each, in an order that holds whatever the clocks of the writers
//! say.

use std::time::Duration;

use futures::future::join_all;
use people_domain::identity::{IdentityRefusal, WriteMode};
use people_domain::px::{
    PxAccountId, PxAccountWrite, PxRow, parse_account_update, parse_new_account, render_row,
};
use people_storage::{PxAccountOutcome, TenantStore};
use people_testkit::TestTenant;
use serde_json::{Value as Json, json};

const ID: &str = "IBM";

async fn new_account(store: &TenantStore, more: Json) -> PxAccountWrite {
    let mut body = json!({ "id": ID, "name": "a", "propertyKeys": ["AP-1"] });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    parse_new_account(&body, &store.read_metadata().await.unwrap()).unwrap()
}

async fn update(store: &TenantStore, body: Json) -> PxAccountOutcome {
    let metadata = store.read_metadata().await.unwrap();
    let write = parse_account_update(&body, Some(ID), &metadata).unwrap();
    store.write_px_account(&write).await.unwrap()
}

async fn read(store: &TenantStore) -> Json {
    let metadata = store.read_metadata().await.unwrap();
    let account = store.read_px_account(&PxAccountId::parse(ID).unwrap()).await.unwrap();
    render_row(&PxRow::of_account(&account.unwrap(), &metadata))
}

#[tokio::test]
async fn a_write_is_one_call_of_one_unit() {
    let test = TestTenant::new().await;
    let store = test.cached_store();
    let refused = update(&store, json!({ "plan": "x" })).await;
    assert!(matches!(refused, PxAccountOutcome::Refused(IdentityRefusal::Unknown)));
    let write = new_account(&store, json!({ "numberOfEmployees": 400 })).await;
    let before = store.usage();
    let made = store.write_px_account(&write).await.unwrap();
    let usage = store.usage();
    assert_eq!((usage.calls - before.calls, usage.units - before.units), (1, 1.0));
    assert!(matches!(made, PxAccountOutcome::Written { created: true, .. }));
    let again = store.write_px_account(&write).await.unwrap();
    assert!(matches!(again, PxAccountOutcome::Refused(IdentityRefusal::Known)));
    let updated = update(&store, json!({ "plan": "premium", "numberOfEmployees": null })).await;
    assert!(matches!(updated, PxAccountOutcome::Written { created: false, .. }));
    let account = read(&store).await;
    assert_eq!((&account["plan"], &account["numberOfEmployees"]), (&json!("premium"), &json!(400)));
}

/// A writer whose clock is behind takes a later stamp, so that what it sends afterwards is not
/// older than what it has overtaken.
#[tokio::test]
async fn a_clock_that_is_behind_loses_no_write() {
    let test = TestTenant::new().await;
    let ahead = test.stack.store().with_clock_ahead(Duration::from_secs(60));
    let ahead = ahead.for_tenant(test.tenant.clone());
    ahead.write_px_account(&new_account(&ahead, json!({ "plan": "a" })).await).await.unwrap();
    let behind = test.uncached_store();
    let mut updated = read(&behind).await["lastModifiedDate"].as_i64().unwrap();
    for plan in ["b", "c", "d"] {
        update(&behind, json!({ "plan": plan })).await;
        let account = read(&behind).await;
        let now = account["lastModifiedDate"].as_i64().unwrap();
        assert_eq!(account["plan"], plan);
        assert!(now >= updated, "a later write has a later stamp");
        updated = now;
    }
}

#[tokio::test]
async fn one_of_many_creates_wins_and_all_updates_are_kept() {
    let test = TestTenant::new().await;
    let store = test.uncached_store();
    let write = new_account(&store, json!({})).await;
    let creates = join_all(
        (0..16).map(|_| async { test.cached_store().write_px_account(&write).await.unwrap() }),
    );
    let is_created = |outcome: &&PxAccountOutcome| {
        matches!(outcome, PxAccountOutcome::Written { created: true, .. })
    };
    assert_eq!(creates.await.iter().filter(is_created).count(), 1);
    let names =
        ["plan", "industry", "website", "dunsNumber", "sicCode", "naicsCode", "csm", "gsId"];
    let updates = names.map(|name| {
        let test = &test;
        async move { update(&test.cached_store(), json!({ name: name })).await }
    });
    join_all(updates).await;
    let account = read(&store).await;
    assert!(names.iter().all(|name| account[name] == *name), "{account}");
}

#[tokio::test]
async fn an_upsert_creates_and_keeps_a_name() {
    let test = TestTenant::new().await;
    let store = test.uncached_store();
    let metadata = store.read_metadata().await.unwrap();
    let identify = |body: Json| {
        let body = json!({ "user": { "id": "u" }, "account": body });
        people_domain::px::parse_identify(&body, &metadata).unwrap().account.unwrap()
    };
    let write = identify(json!({ "id": ID }));
    assert_eq!(write.mode, WriteMode::Upsert);
    let made = store.write_px_account(&write).await.unwrap();
    assert!(matches!(made, PxAccountOutcome::Written { created: true, .. }));
    assert_eq!(read(&store).await["name"], ID);
    store.write_px_account(&identify(json!({ "id": ID, "name": "b" }))).await.unwrap();
    store.write_px_account(&identify(json!({ "id": ID, "plan": "c" }))).await.unwrap();
    let account = read(&store).await;
    assert_eq!((&account["name"], &account["plan"]), (&json!("b"), &json!("c")));
}
