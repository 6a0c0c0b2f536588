//! The lookup entry of an association is written before the person (ADR 45): whatever ends a call in
//! between leaves a hint, and no association without one.

use std::sync::Arc;

use people_domain::lookup::Lookups;
use people_testkit::TestTenant;
use serde_json::json;

use super::held_call::HeldCall;
use super::proxy::Proxy;

const OBJECT: &str = "company_person";
const FIELD: &str = "Company_ID";

#[tokio::test]
async fn a_crash_between_entry_and_person_leaves_a_hint() {
    let test = TestTenant::new().await;
    test.index_associations(OBJECT, FIELD).await;
    let company = test.create_company("abc, Inc.").await;
    let body = json!({ "Email": "a@abc.com", "companies": [{ "Company_ID": company }] });
    let proxy = Proxy::new(HeldCall::slow_call("PutItem"));
    let store = Arc::clone(&proxy).start().await.for_tenant(test.tenant.clone());
    let call = tokio::spawn({
        let body = body.clone();
        async move { store.ingest_record(&body, &Lookups::default()).await }
    });
    proxy.wait_until_held().await;
    assert_eq!(test.read_association_entries(OBJECT, FIELD).await.len(), 1);
    assert!(test.read_items().await.is_empty(), "the person is not written yet");
    call.abort();
    let query = json!({ "select": ["Person_ID"], "where": { "conditions": [
        { "name": FIELD, "operator": "EQ", "value": [company] }] } });
    let path = format!("/v1/data/objects/query/{OBJECT}");
    let rows = async || test.api().post(&path, &query).await.body["data"]["records"].clone();
    assert_eq!(rows().await, json!([]));
    let gsid = test.api().upsert_person(&body).await.gsid();
    assert_eq!(rows().await, json!([{ "Person_ID": gsid }]));
}
