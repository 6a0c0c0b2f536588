//! The documented rate limits over HTTP (contract: keys#rate-limits).

use people_domain::limit::RateLimits;
use people_storage::TenantSettings;
use people_testkit::TestTenant;
use serde_json::json;

#[tokio::test]
async fn a_call_over_the_limit_is_429_and_says_when_to_come_back() {
    let limits = RateLimits { sync_per_minute: 1_000, sync_per_day: 3, ..RateLimits::default() };
    let test =
        TestTenant::with_settings(TenantSettings { limits, ..TenantSettings::default() }).await;
    let api = test.api();
    // A refused, a failed and a successful call all count (contract: keys#what-counts).
    for (left, body) in [(2, json!({})), (1, json!(7)), (0, json!({ "Email": "a@abc.com" }))] {
        let reply = api.upsert_person(&body).await;
        assert_ne!(reply.status.as_u16(), 429);
        assert_eq!(reply.headers["ratelimit-limit"], "3");
        assert_eq!(reply.headers["ratelimit-remaining"], left.to_string());
        let reset: u64 = reply.headers["ratelimit-reset"].to_str().unwrap().parse().unwrap();
        assert!((1..=86_400).contains(&reset));
    }
    let reply = api.get_person("a@abc.com").await;
    assert_eq!((reply.status.as_u16(), &reply.body["errorCode"]), (429, &json!("GS_APIG_2404")));
    assert_eq!(reply.body["errorDesc"], "Too many request");
    assert_eq!(reply.headers["retry-after"], reply.headers["ratelimit-reset"]);
    assert_eq!(reply.headers["ratelimit-remaining"], "0");
    assert_eq!(reply.headers["ratelimit-policy"], "\"sync-per-day\";q=3;w=86400");
}

#[tokio::test]
async fn the_documented_limits_are_the_default() {
    let test = TestTenant::with_settings(TenantSettings::default()).await;
    let reply = test.api().upsert_person(&json!({ "Email": "a@abc.com" })).await;
    assert_eq!(
        (
            reply.headers["ratelimit-limit"].as_bytes(),
            reply.headers["ratelimit-remaining"].as_bytes()
        ),
        (&b"100"[..], &b"99"[..])
    );
}

const ASYNC: &str = "/v1/peoplemgmt/v1.0/people/async";
const BULK_ASYNC: &str = "/v1/peoplemgmt/v1.0/external/bulk/ingestion/async/people";

/// Creates a tenant with a limit of two calls of each class in their shorter window.
async fn tenant_with_two_calls() -> TestTenant {
    let limits = RateLimits {
        sync_per_minute: 1_000,
        sync_per_day: 4,
        async_per_hour: 2,
        delete_per_hour: 2,
        ..RateLimits::default()
    };
    TestTenant::with_settings(TenantSettings { limits, ..TenantSettings::default() }).await
}

#[tokio::test]
async fn jobs_are_counted_together_and_their_polls_are_not_among_them() {
    let test = tenant_with_two_calls().await;
    let api = test.api();
    let batch = json!({ "records": [{ "Email": "a@abc.com" }] });
    let first = api.put(ASYNC, &batch).await;
    assert_eq!(
        (first.status.as_u16(), &first.headers["ratelimit-remaining"]),
        (200, &"1".parse().unwrap())
    );
    assert_eq!(api.post(&format!("{BULK_ASYNC}/uploads"), &json!(null)).await.status.as_u16(), 200);
    assert_eq!(api.post(BULK_ASYNC, &batch).await.status.as_u16(), 429);
    assert_eq!(api.put(ASYNC, &batch).await.status.as_u16(), 429);
    let poll = api
        .get(&format!("{ASYNC}/status/{}", first.body["data"]["statusId"].as_str().unwrap()))
        .await;
    assert_eq!(
        (poll.status.as_u16(), &poll.headers["ratelimit-remaining"]),
        (200, &"3".parse().unwrap())
    );
}

#[tokio::test]
async fn a_delete_counts_as_a_synchronous_call_too() {
    let test = tenant_with_two_calls().await;
    let api = test.api();
    let delete =
        || api.request(reqwest::Method::DELETE, "/v1/peoplemgmt/v1.0/people").json(&json!(["x"]));
    let first = api.send(delete()).await;
    assert_eq!(
        (first.status.as_u16(), &first.headers["ratelimit-remaining"]),
        (200, &"1".parse().unwrap())
    );
    assert_eq!(api.send(delete()).await.status.as_u16(), 200);
    assert_eq!(api.send(delete()).await.status.as_u16(), 429);
    // Three of the day's four synchronous calls are used.
    assert_ne!(api.get_person("a@abc.com").await.status.as_u16(), 429);
    assert_eq!(api.get_person("a@abc.com").await.status.as_u16(), 429);
}
