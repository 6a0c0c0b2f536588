//! The parts of a call that API Gateway adds or refuses: a server of one process has none.

use people_testkit::TestTenant;
use reqwest::Method;
use serde_json::json;

use crate::envelope::{PEOPLE, assert_refused};
use crate::jobs::uploads::gzip;
use crate::logs::wait_for_event;

/// The gateway's own response, without envelope: the event would exceed Lambda's limit.
#[tokio::test]
async fn an_event_that_is_too_large_is_refused() {
    let api = TestTenant::new().await.api();
    let large = api.request(Method::PUT, PEOPLE).body(vec![b' '; 6 * 1024 * 1024]);
    let reply = api.send(large).await;
    let expected = json!({ "message": "Request Entity Too Large" });
    assert_eq!((reply.status.as_u16(), &reply.body), (413, &expected));
}

/// The gateway passes a body of this type on as text, which destroys a gzip stream.
#[tokio::test]
async fn a_gzip_body_that_is_sent_as_json_is_refused_with_the_remedy() {
    let api = TestTenant::new().await.api();
    let request = api.request(Method::PUT, PEOPLE).header("content-encoding", "gzip");
    let request = request.header("content-type", "application/json");
    let reply = api.send(request.body(gzip(br#"{"Email":"zip@abc.com"}"#))).await;
    assert_refused(&reply, 400, "GSOBJ_VCRUDR1001");
    let text = reply.body["errorDesc"].as_str().unwrap();
    assert!(text.contains("Content-Type: application/octet-stream"), "{text}");
}

#[tokio::test]
async fn an_event_names_the_source_and_the_ids_of_gateway_and_lambda() {
    let api = TestTenant::new().await.api();
    let reply = api.upsert_person(&json!({ "Email": "ann@abc.com" })).await;
    let event = wait_for_event(reply.body["requestId"].as_str().unwrap()).await;
    assert_eq!(event["sourceIp"], "127.0.0.1");
    for id in ["gatewayRequestId", "lambdaRequestId"] {
        assert!(event[id].as_str().is_some_and(|id| !id.is_empty()), "{id}");
    }
}
