//! Custom events are not stored: a tenant refuses them, or has them checked and dropped.

use people_testkit::TestTenant;
use serde_json::{Value as Json, json};

use super::px_tenant::{assert_px_faults, assert_px_refused, assert_status, create_px_tenant};
use crate::logs::wait_for_event;

const EVENTS: &str = "/v1/events/custom";

fn event() -> Json {
    json!({ "eventName": "exported", "identifyId": "u1", "propertyKey": "AP-1", "userType": "USER",
        "attributes": { "rows": 3 } })
}

#[tokio::test]
async fn events_are_refused_unless_the_tenant_drops_them() {
    let reply = TestTenant::new().await.px_api().post(EVENTS, &event()).await;
    let message = reply.body["externalapierror"]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("--events drop"), "{message}");
    assert_px_refused(&reply, 501, "NOT_IMPLEMENTED", &message);
    assert!(!reply.headers.contains_key("x-people-events"));
}

#[tokio::test]
async fn a_dropped_event_says_so_in_a_header_and_is_counted_in_the_log() {
    let reply = create_px_tenant().await.px_api().post(EVENTS, &event()).await;
    assert_status(&reply, 201);
    assert_eq!(reply.body, json!({}));
    assert_eq!(reply.headers["x-people-events"], "dropped");
    let logged = wait_for_event(reply.headers["x-request-id"].to_str().unwrap()).await;
    assert_eq!(logged["eventsDropped"], 1);
    assert!(!logged.to_string().contains("exported"), "{logged}");
}

#[tokio::test]
async fn an_event_is_checked_before_it_is_dropped() {
    let api = create_px_tenant().await.px_api();
    let reply = api.post(EVENTS, &json!({ "eventName": "exported", "userType": "MARTIAN" })).await;
    assert_px_faults(&reply, "user", &["identifyId", "propertyKey", "userType"]);
    assert!(!reply.headers.contains_key("x-people-events"));
}
