//! A call that exceeds a limit writes nothing and has a clear error.

use people_domain::event_policy::EventPolicy;
use people_domain::ids::gsid::Gsid;
use people_domain::limit::{self, RateLimitClass};
use people_domain::lookup::Lookups;
use people_storage::{LimitsUpdate, SettingsUpdate, TenantSettings};
use people_testkit::TestTenant;
use serde_json::json;

#[tokio::test]
async fn too_many_associations_are_refused_whole() {
    let test = TestTenant::new().await;
    let company = test.create_company("abc, Inc.").await;
    let companies = vec![json!({ "Company_ID": company }); limit::PERSON_ASSOCIATIONS_MAX + 1];
    let body = json!({ "Email": "many@abc.com", "companies": companies });
    let faults =
        test.uncached_store().ingest_record(&body, &Lookups::default()).await.unwrap().unwrap_err();
    assert!(faults[0].message.contains("at most 1000"), "{}", faults[0].message);
    assert!(test.read_items().await.is_empty());
}

#[tokio::test]
async fn an_item_that_would_be_too_large_is_a_fault_of_the_row() {
    let test = TestTenant::new().await;
    let comments = "x".repeat(32_000);
    let mut companies = Vec::new();
    for chunk in 0..20 {
        let records: Vec<_> =
            (0..50).map(|n| json!({ "Name": format!("Company {chunk} {n}") })).collect();
        companies.extend(
            test.uncached_store().insert_objects("company", &records, &[]).await.unwrap().unwrap(),
        );
    }
    let title = "t".repeat(255);
    let large: Vec<_> = companies
        .iter()
        .map(|made| json!({ "Company_ID": made.gsid, "Title": title, "Role": title }))
        .collect();
    let body = json!({ "Email": "large@abc.com", "Comments": comments, "companies": large });
    let faults =
        test.uncached_store().ingest_record(&body, &Lookups::default()).await.unwrap().unwrap_err();
    assert!(faults[0].message.contains("400 KB"), "{}", faults[0].message);
    assert!(test.read_items().await.is_empty());
}

#[tokio::test]
async fn calls_are_counted_in_both_windows_and_refused_ones_too() {
    let limits = people_domain::limit::RateLimits {
        sync_per_minute: 2,
        sync_per_day: 1_000,
        ..Default::default()
    };
    let test =
        TestTenant::with_settings(TenantSettings { limits, ..TenantSettings::default() }).await;
    let store = test.cached_store();
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(store.record_call(RateLimitClass::Sync).await.unwrap().status);
    }
    // The minute may end between two calls, once.
    let exceeded = statuses.iter().filter(|status| status.exceeded).count();
    assert!(
        (1..=2).contains(&exceeded)
            || statuses.windows(2).any(|two| two[1].reset_seconds > two[0].reset_seconds),
        "{statuses:?}"
    );
    assert_eq!(store.usage().units, 4.0, "one unit per call");
}

#[tokio::test]
async fn concurrent_calls_are_all_counted() {
    let test = TestTenant::new().await;
    let calls = (0..40).map(|_| {
        let store = test.cached_store();
        tokio::spawn(async move {
            store.record_call(RateLimitClass::Async).await.unwrap().status.remaining
        })
    });
    let mut least = u32::MAX;
    for call in calls.collect::<Vec<_>>() {
        least = least.min(call.await.unwrap());
    }
    assert_eq!(least, 1_000_000 - 40);
}

/// The counter's item holds the generation too, and is created by whichever is written first.
#[tokio::test]
async fn a_tenant_whose_first_change_is_a_delete_is_not_locked_out() {
    let test = TestTenant::new().await;
    let company = Gsid::parse(&test.create_company("abc, Inc.").await).unwrap();
    let store = test.cached_store();
    assert!(store.delete_record("company", &company).await.unwrap());
    let before = store.record_call(RateLimitClass::Sync).await.unwrap();
    assert!(!store.delete_record("company", &company).await.unwrap());
    let after = store.record_call(RateLimitClass::Sync).await.unwrap();
    assert_eq!([before, after].map(|call| call.status.remaining), [999_999, 999_998]);
    assert!(before.generation < after.generation);
}

#[tokio::test]
async fn a_changed_limit_leaves_the_others() {
    let test = TestTenant::new().await;
    let (id, before) = (&test.tenant.id, test.tenant.settings);
    let limit = LimitsUpdate { delete_per_hour: Some(7), ..LimitsUpdate::default() };
    let change = SettingsUpdate { limits: limit, events: Some(EventPolicy::Drop) };
    let limit = LimitsUpdate { sync_per_day: Some(0), ..LimitsUpdate::default() };
    let other = SettingsUpdate { limits: limit, events: None };
    let (one, two) =
        tokio::join!(test.store.update_settings(id, change), test.store.update_settings(id, other));
    assert!(one.unwrap().is_some() && two.unwrap().is_some());
    let mut expected = before;
    expected.limits.delete_per_hour = 7;
    expected.limits.sync_per_day = 0;
    expected.events = EventPolicy::Drop;
    let none = SettingsUpdate::default();
    for (store, which) in
        [(test.store.without_cache(), "another"), (test.store.clone(), "the same")]
    {
        let known = store.read_tenant(id).await.unwrap().unwrap();
        assert_eq!(known.settings, expected, "as {which} process reads it");
        let same = store.update_settings(id, none).await.unwrap().unwrap();
        assert_eq!(same.settings, expected);
    }
    let tenant = test.store.without_cache().read_tenant(id).await.unwrap().unwrap();
    assert_eq!(tenant.created, test.tenant.created, "the other settings are kept");
}

#[tokio::test]
async fn no_tenant_is_made_by_a_change() {
    let test = TestTenant::new().await;
    let id = format!("{}x", test.tenant.id);
    let change = SettingsUpdate { events: Some(EventPolicy::Drop), ..SettingsUpdate::default() };
    assert!(test.store.update_settings(&id, change).await.unwrap().is_none());
    assert!(test.store.without_cache().read_tenant(&id).await.unwrap().is_none());
}
