//! The log event of a request has what an operator needs to correlate it, and nothing of what was
//! sent.

use std::time::Duration;

use people_testkit::TestTenant;
use serde_json::{Value as Json, json};

/// Waits for the log event of a request, which is written after its response.
pub(crate) async fn wait_for_event(request: &str) -> Json {
    let stack = std::env::var("PEOPLE_STACK").expect("a stack");
    let log = stack.replace(".json", ".functions.log");
    let search = async {
        let mut ticks = tokio::time::interval(Duration::from_millis(20));
        loop {
            ticks.tick().await;
            let text = std::fs::read_to_string(&log).expect("a log");
            let lines = text.lines().filter_map(|line| serde_json::from_str::<Json>(line).ok());
            if let Some(event) = lines.into_iter().find(|event| event["requestId"] == request) {
                return event;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(10), search).await.expect("an event of the request")
}

#[tokio::test]
async fn an_event_names_who_called_and_when() {
    let test = TestTenant::new().await;
    let key = people_domain::ids::access_key::AccessKey::parse(&test.key).expect("a key");
    let made_up = people_domain::ids::access_key::AccessKey::new(&[8; 32]);
    for (key, status) in [(&key, 200), (&made_up, 401)] {
        let api = people_testkit::Api::new(&test.stack.base_url, key.expose_secret());
        let reply = api.upsert_person(&json!({ "Email": "ann@abc.com", "FirstName": "Ann" })).await;
        let event = wait_for_event(reply.body["requestId"].as_str().expect("an id")).await;
        assert_eq!((&event["status"], &event["level"]), (&json!(status), &json!("INFO")));
        assert_eq!(event["keyId"], key.hash().id(), "of a refused key too");
        let timestamp = event["timestamp"].as_str().expect("a time");
        assert!(timestamp.ends_with('Z') && timestamp.len() == 24, "RFC 3339: {timestamp}");
        let text = event.to_string();
        assert!(
            !["ann", "Ann", key.expose_secret()].iter().any(|sent| text.contains(sent)),
            "{text}"
        );
    }
}
