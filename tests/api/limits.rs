//! The documented limits over HTTP (contract 13).

use people_domain::limit::Limits;
use people_storage::TenantSettings;
use people_testkit::TestTenant;
use serde_json::json;

#[tokio::test]
async fn a_call_over_the_limit_is_429_and_says_when_to_come_back() {
    let limits = Limits { sync_per_minute: 1_000, sync_per_day: 3, ..Limits::default() };
    let test = TestTenant::with(TenantSettings { limits, multi_currency: false }).await;
    let api = test.api();
    // A refused call, a failed one and a good one all count (contract-details 1).
    for (left, body) in [(2, json!({})), (1, json!(7)), (0, json!({ "Email": "a@abc.com" }))] {
        let reply = api.upsert(&body).await;
        assert_ne!(reply.status.as_u16(), 429);
        assert_eq!(reply.headers["ratelimit-limit"], "3");
        assert_eq!(reply.headers["ratelimit-remaining"], left.to_string());
        let reset: u64 = reply.headers["ratelimit-reset"].to_str().unwrap().parse().unwrap();
        assert!((1..=86_400).contains(&reset));
    }
    let reply = api.person("a@abc.com").await;
    assert_eq!((reply.status.as_u16(), &reply.body["errorCode"]), (429, &json!("GS_APIG_2404")));
    assert_eq!(reply.body["errorDesc"], "Too many request");
    assert_eq!(reply.headers["retry-after"], reply.headers["ratelimit-reset"]);
    assert_eq!(reply.headers["ratelimit-remaining"], "0");
}

#[tokio::test]
async fn the_documented_limits_are_the_default() {
    let test = TestTenant::with(TenantSettings::default()).await;
    let reply = test.api().upsert(&json!({ "Email": "a@abc.com" })).await;
    assert_eq!(
        (
            reply.headers["ratelimit-limit"].as_bytes(),
            reply.headers["ratelimit-remaining"].as_bytes()
        ),
        (&b"100"[..], &b"99"[..])
    );
}
