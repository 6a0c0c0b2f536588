//! Every refusal of a call of Gainsight PX has the form of that system (contract: surface#families).

use std::time::Duration;

use axum::body::{Body, to_bytes};
use http::Request;
use people_domain::limit::RateLimits;
use people_lambda::build_app;
use people_storage::{Store, TenantSettings};
use people_testkit::{Api, TestTenant};
use reqwest::Method;
use serde_json::{Value as Json, json};
use tokio::net::TcpListener;
use tower::ServiceExt;

use super::px_tenant::{assert_px_refused, assert_status};
use crate::envelope::assert_refused;
use crate::jobs::uploads::gzip;

const UNAUTHORIZED: &str = "Authentication failed in loginAwareAuthentication";

#[tokio::test]
async fn a_key_that_is_absent_unknown_or_in_another_header_is_401() {
    let test = TestTenant::new().await;
    let nobody = Api::new(&test.stack.base_url, "").with_key_header("X-APTRINSIC-API-KEY");
    for (api, fault) in [(&nobody, "missing"), (&test.api(), "missing")] {
        let reply = api.get("/v1/users").await;
        assert_px_refused(&reply, 401, "UNAUTHORIZED", UNAUTHORIZED);
        assert_eq!(reply.headers["x-people-key"], fault);
        let challenge = reply.headers["www-authenticate"].to_str().unwrap();
        assert!(challenge.starts_with("X-APTRINSIC-API-KEY realm="), "{challenge}");
    }
    let made_up = people_domain::ids::access_key::AccessKey::new(&[7; 32]);
    let unknown = Api::new(&test.stack.base_url, made_up.expose_secret());
    let unknown = unknown.with_key_header("x-aptrinsic-api-key");
    let reply = unknown.post("/v1/users", &json!(7)).await;
    assert_px_refused(&reply, 401, "UNAUTHORIZED", UNAUTHORIZED);
    assert_eq!(reply.headers["x-people-key"], "unknown");
    // The header of Gainsight PX is none of the People API.
    assert_refused(&test.px_api().get_person("a@abc.com").await, 401, "GS_APIG_2401");
}

#[tokio::test]
async fn an_unknown_path_of_the_family_is_404_in_its_form() {
    let test = TestTenant::new().await;
    let nobody = Api::new(&test.stack.base_url, "");
    for (method, path) in [
        (Method::PATCH, "/v1/users"),
        (Method::GET, "/v1/users/a/b"),
        (Method::POST, "/v1/users/a"),
        (Method::GET, "/v1/user/preferences"),
        (Method::GET, "/v1/admin/model/user"),
        (Method::GET, "/v1/identify"),
        (Method::POST, "/v1/events"),
        (Method::GET, "/v1/accounts/a/users"),
    ] {
        let reply = nobody.send(nobody.request(method, path)).await;
        assert_px_refused(&reply, 404, "NOT_FOUND", "Not Found");
    }
    for path in ["/v1/usersx", "/v1", "/users"] {
        assert_refused(&nobody.get(path).await, 404, "GS_APIG_1000");
    }
    let unknown = test.px_api().get("/v1/admin/model/event/attributes").await;
    assert_px_refused(&unknown, 404, "NOT_FOUND", "Not Found");
}

#[tokio::test]
async fn slashes_too_many_are_sent_to_the_plain_path() {
    let api = TestTenant::new().await.px_api();
    let reply = api.get("//v1/users/?pageSize=1").await;
    assert_status(&reply, 308);
    assert_eq!(reply.headers["location"], "/v1/users?pageSize=1");
}

#[tokio::test]
async fn a_call_over_the_limit_is_429_and_counts_in_its_own_class() {
    let limits = RateLimits { px_per_minute: 1_000, px_per_day: 2, ..RateLimits::default() };
    let test =
        TestTenant::with_settings(TenantSettings { limits, ..TenantSettings::default() }).await;
    let api = test.px_api();
    for left in ["1", "0"] {
        let reply = api.get("/v1/admin/model/user/attributes").await;
        assert_status(&reply, 200);
        assert_eq!(reply.headers["ratelimit-limit"], "2");
        assert_eq!(reply.headers["ratelimit-remaining"], left);
    }
    let reply = api.post("/v1/users", &json!({})).await;
    assert_px_refused(&reply, 429, "TOO_MANY_REQUESTS", "Too many request");
    assert_eq!(reply.headers["retry-after"], reply.headers["ratelimit-reset"]);
    assert_eq!(reply.headers["ratelimit-policy"], "\"px-per-day\";q=2;w=86400");
    let people = test.api().get_person("a@abc.com").await;
    assert_eq!(people.headers["ratelimit-remaining"], "99", "no call of the People API is counted");
}

#[tokio::test]
async fn the_documented_limits_are_the_default() {
    let test = TestTenant::with_settings(TenantSettings::default()).await;
    let reply = test.px_api().get("/v1/admin/model/account/attributes").await;
    assert_eq!(reply.headers["ratelimit-limit"], "12000");
    assert_eq!(reply.headers["ratelimit-remaining"], "11999");
}

#[tokio::test]
async fn a_body_that_can_not_be_used_is_400_or_413() {
    let api = TestTenant::new().await.px_api();
    for (body, part) in
        [(&b""[..], "empty"), (b"{", "not JSON"), (b"\xff", "UTF-8"), (b"7", "JSON object")]
    {
        let reply = api.send(api.request(Method::POST, "/v1/users").body(body)).await;
        let message = reply.body["externalapierror"]["message"].as_str().unwrap().to_owned();
        assert!(message.contains(part), "{message}");
        assert_px_refused(&reply, 400, "BAD_REQUEST", &message);
    }
    let bomb = gzip(&vec![b' '; 6 * 1024 * 1024 + 1]);
    let request = api.request(Method::PUT, "/v1/accounts/a").header("content-encoding", "gzip");
    let request = request.header("content-type", "application/octet-stream").body(bomb);
    let reply = api.send(request).await;
    assert_px_refused(&reply, 413, "PAYLOAD_TOO_LARGE", "The body is larger than 6 MB");
}

#[tokio::test]
async fn what_is_not_served_is_501_with_what_to_do() {
    let test = TestTenant::new().await;
    let api = test.px_api();
    for (method, path, part) in [
        (Method::DELETE, "/v1/accounts/a", "DELETE /v1/users/{identifyId}"),
        (Method::PUT, "/v1/users/denylist/a", "PUT /v1/user/preferences/{identifyId}"),
        (Method::POST, "/v1/user/preferences", "/v1/user/preferences/{identifyId}"),
        (Method::PUT, "/v1/user/preferences", "/v1/user/preferences/{identifyId}"),
        (Method::POST, "/v2/user/preferences", "/v1/user/preferences/{identifyId}"),
        (Method::PUT, "/v2/user/preferences", "/v1/user/preferences/{identifyId}"),
        (Method::GET, "/v2/user/preferences/a", "/v1/user/preferences/{identifyId}"),
        (Method::PUT, "/v2/user/preferences/a", "/v1/user/preferences/{identifyId}"),
    ] {
        let reply = api.send(api.request(method.clone(), path)).await;
        let message = reply.body["externalapierror"]["message"].as_str().unwrap().to_owned();
        assert!(message.contains(part), "{method} {path}: {message}");
        assert_px_refused(&reply, 501, "NOT_IMPLEMENTED", &message);
        let nobody = Api::new(&test.stack.base_url, "");
        assert_status(&nobody.send(nobody.request(method, path)).await, 401);
    }
}

/// A bug: the tenant's metadata can't be read.
#[tokio::test]
async fn what_is_unexpected_is_500_without_a_detail() {
    let test = TestTenant::new().await;
    test.break_metadata().await;
    let reply = test.px_api().get("/v1/admin/model/user/attributes").await;
    assert_px_refused(&reply, 500, "INTERNAL_SERVER_ERROR", "Oops, something went wrong");
}

#[tokio::test]
async fn a_store_that_is_down_is_503() {
    let test = TestTenant::new().await;
    // A port that was just free, so nobody listens on it.
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}");
    let store = Store::new(people_testkit::connect_dynamodb(&url), "people");
    let request = Request::get("/v1/users/a").header("x-aptrinsic-api-key", &test.key);
    let app =
        build_app(&store, Duration::from_secs(2), px_user_get::ROUTE_ACCESS, px_user_get::routes());
    let response = app.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(response.status(), 503);
    assert!(response.headers().contains_key("retry-after"));
    let body: Json =
        serde_json::from_slice(&to_bytes(response.into_body(), 10_000).await.unwrap()).unwrap();
    assert_eq!(body["externalapierror"]["status"], "SERVICE_UNAVAILABLE");
}
