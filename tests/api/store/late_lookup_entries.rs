//! Writes of lookup entries arrive twice, the second time late: a record is still found by its
//! present value.

use std::sync::Arc;

use people_domain::lookup::Lookups;
use people_domain::schema::{SchemaFile, diff_schemas};
use people_storage::TenantStore;
use people_testkit::TestTenant;
use serde_json::{Value as Json, json};

use super::proxy::{Proxy, Throttle};

/// A store behind a proxy that can repeat the calls that pass through it.
async fn observed_store(test: &TestTenant) -> (Arc<Proxy>, TenantStore) {
    let proxy = Proxy::new(Throttle::Nothing);
    let store = Arc::clone(&proxy).start().await;
    (proxy, store.for_tenant(test.tenant.clone()))
}

async fn update_company(store: &TenantStore, record: Json) {
    let keys = ["Gsid".to_owned()];
    store.update_objects("company", &keys, &[record], &[]).await.unwrap().unwrap();
}

/// The record has a value, loses it and gets it again. Then the call that wrote the first entry is
/// repeated, and after it the call that removed the entry.
async fn assert_found(test: &TestTenant, first: &Proxy, gsid: &str, field: &str) {
    let record = |value: &str| json!({ "Gsid": gsid, field: value });
    let (second, store) = observed_store(test).await;
    update_company(&store, record("other")).await;
    update_company(&test.uncached_store(), record("held")).await;
    assert!(first.repeat(&["BatchWriteItem", "PutItem"]).await > 0, "no entry was written");
    assert!(second.repeat(&["DeleteItem"]).await > 0, "no entry was removed");
    let lookups = json!({ "companies": { "Company_ID": { "fields": { "Sent": field } } } });
    let person =
        json!({ "Email": "a@abc.com", "companies": [{ "Sent": "held" }], "lookups": lookups });
    let found = test.uncached_store().ingest_record(&person, &Lookups::default()).await.unwrap();
    let companies = &found.expect("the company is found").person.companies;
    assert_eq!(companies.iter().map(|held| &held.target).collect::<Vec<_>>(), [gsid]);
}

#[tokio::test]
async fn an_entry_that_an_insert_puts_twice_is_not_lost() {
    let test = TestTenant::new().await;
    let (first, store) = observed_store(&test).await;
    let made = store.insert_objects("company", &[json!({ "Name": "held" })], &[]).await;
    let gsid = &made.unwrap().unwrap()[0].gsid;
    assert_found(&test, &first, gsid, "Name").await;
}

#[tokio::test]
async fn an_entry_that_an_index_in_the_making_puts_twice_is_not_lost() {
    let test = TestTenant::new().await;
    let apply = async |indexed: bool| {
        let tier = json!({ "Tier__gc": { "type": "STRING", "indexed": indexed } });
        let wanted = json!({ "objects": { "company": { "fields": tier } } });
        let wanted: SchemaFile = serde_json::from_value(wanted).unwrap();
        let store = test.uncached_store();
        for change in diff_schemas(&store.export_schema().await.unwrap(), &wanted) {
            store.apply_schema_change(&change).await.unwrap();
        }
    };
    apply(false).await;
    let record = json!({ "Name": "abc, Inc.", "Tier__gc": "held" });
    let made =
        test.uncached_store().insert_objects("company", &[record], &[]).await.unwrap().unwrap();
    apply(true).await;
    let (first, store) = observed_store(&test).await;
    assert!(store.build_index_page("company", "Tier__gc").await.unwrap().last);
    assert_found(&test, &first, &made[0].gsid, "Tier__gc").await;
}
