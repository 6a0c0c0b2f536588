//! A tenant as the samples of Gainsight PX assume it, and what its answers have in common.

use people_domain::event_policy::EventPolicy;
use people_domain::limit::RateLimits;
use people_domain::schema::{SchemaFile, diff_schemas};
use people_storage::TenantSettings;
use people_testkit::{Api, Reply, TestTenant};
use serde_json::{Value as Json, json};

/// Creates a tenant that has the custom attributes of the samples, and drops events.
pub(crate) async fn create_px_tenant() -> TestTenant {
    let limits = RateLimits::with_every_window(1_000_000);
    let events = EventPolicy::Drop;
    let settings = TenantSettings { limits, events, ..TenantSettings::default() };
    let test = TestTenant::with_settings(settings).await;
    let schema: SchemaFile = serde_json::from_value(json!({ "objects": {
        "px_user": { "fields": {
            "plan": { "type": "STRING" },
            "price": { "type": "NUMBER" },
            "strtmp1": { "type": "STRING" },
            "acceptDate": { "type": "DATETIME" },
        } },
        "px_account": { "fields": { "Program": { "type": "STRING" } } },
    } }))
    .unwrap();
    for change in diff_schemas(&SchemaFile::default(), &schema) {
        test.uncached_store().apply_schema_change(&change).await.unwrap();
    }
    test
}

/// Creates a user with the least that is needed, and returns the answer.
pub(crate) async fn create_user(api: &Api, id: &str) -> Json {
    let reply = api.post("/v1/users", &json!({ "identifyId": id, "propertyKeys": ["AP-1"] })).await;
    assert_eq!(reply.status.as_u16(), 201, "{}", reply.body);
    reply.body
}

#[track_caller]
pub(crate) fn assert_status(reply: &Reply, status: u16) {
    assert_eq!(reply.status.as_u16(), status, "{}", reply.body);
}

/// 204 without a body.
#[track_caller]
pub(crate) fn assert_no_content(reply: &Reply) {
    assert_status(reply, 204);
    assert_eq!(reply.body, Json::Null);
    assert!(!reply.headers.contains_key("content-type"));
}

/// The document of a refusal without faults of members.
#[track_caller]
pub(crate) fn assert_px_refused(reply: &Reply, status: u16, name: &str, message: &str) {
    assert_eq!(reply.status.as_u16(), status, "{}", reply.body);
    let expected = json!({ "externalapierror": {
        "status": name, "message": message, "debugMessage": null, "subErrors": null } });
    assert_eq!(reply.body, expected);
    let id = reply.headers["x-request-id"].to_str().unwrap();
    assert_eq!(id.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12], "a UUID");
    assert_eq!(reply.headers["x-gs-request-id"], id);
}

/// The document of a refusal with these fields at fault.
#[track_caller]
pub(crate) fn assert_px_faults(reply: &Reply, object: &str, fields: &[&str]) {
    assert_eq!(reply.status.as_u16(), 400, "{}", reply.body);
    let error = &reply.body["externalapierror"];
    assert_eq!(error["status"], "BAD_REQUEST");
    assert_eq!(error["message"], "Validation error");
    assert_eq!(error["debugMessage"], Json::Null);
    let faults = error["subErrors"].as_array().unwrap();
    let found: Vec<_> = faults.iter().map(|fault| fault["field"].as_str().unwrap()).collect();
    assert_eq!(found, fields, "{}", reply.body);
    for fault in faults {
        assert_eq!(fault["object"], object);
        assert!(!fault["message"].as_str().unwrap().is_empty());
        assert!(fault.get("rejectedValue").is_some());
    }
}
