//! If the store throttles, is down or slow, the response is 503 in the envelope within the
//! function's deadline, and no person is half written. The functions' own routes run in this
//! process, on such a store.

use std::time::{Duration, Instant};

use axum::body::{Body, to_bytes};
use http::{Request, Response};
use people_lambda::build_app;
use people_storage::Store;
use people_testkit::TestTenant;
use serde_json::{Value as Json, json};
use tokio::net::TcpListener;
use tower::ServiceExt;

use super::proxy::{Proxy, Throttle};

const DEADLINE: Duration = Duration::from_secs(2);

async fn upsert_person(store: &Store, key: &str) -> Response<Body> {
    let request = Request::put("/v1/peoplemgmt/v1.0/people").header("accesskey", key);
    let request =
        request.body(Body::from(json!({ "Email": "a@abc.com" }).to_string())).expect("a request");
    build_app(store, DEADLINE, people_upsert::ROUTE_ACCESS, people_upsert::routes())
        .oneshot(request)
        .await
        .expect("infallible")
}

async fn assert_unavailable(response: Response<Body>) {
    assert_eq!(response.status(), 503);
    assert!(response.headers().contains_key("retry-after"));
    let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
    let body: Json =
        serde_json::from_slice(&to_bytes(response.into_body(), 10_000).await.unwrap()).unwrap();
    let expected = json!({ "result": false, "errorCode": "GU_1101", "errorDesc": "Oops, something went wrong",
        "requestId": id, "data": null, "message": null });
    assert_eq!(body, expected);
}

#[tokio::test]
async fn a_store_that_is_down_is_503() {
    let test = TestTenant::new().await;
    // A port that was just free, so nobody listens on it.
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let store =
        Store::new(people_testkit::connect_dynamodb(&format!("http://127.0.0.1:{port}")), "people");
    assert_unavailable(upsert_person(&store, &test.key).await).await;
}

#[tokio::test]
async fn a_store_that_never_answers_is_503_within_the_deadline() {
    let test = TestTenant::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let silent = tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((connection, _)) = listener.accept().await {
            held.push(connection);
        }
    });
    let start = Instant::now();
    assert_unavailable(
        upsert_person(&Store::new(people_testkit::connect_dynamodb(&url), "people"), &test.key)
            .await,
    )
    .await;
    assert!(start.elapsed() < DEADLINE + Duration::from_secs(4));
    silent.abort();
}

async fn throttled_store(operation: &'static str) -> Store {
    Proxy::new(Throttle::Operation(operation)).start().await
}

#[tokio::test]
async fn a_store_that_throttles_is_503() {
    let test = TestTenant::new().await;
    for operation in ["GetItem", "UpdateItem", "Query"] {
        assert_unavailable(upsert_person(&throttled_store(operation).await, &test.key).await).await;
    }
    assert!(test.read_items().await.is_empty());
}

/// The store throttles from some call on: the person is written completely or not at all.
#[tokio::test]
async fn a_throttled_write_leaves_no_half_person() {
    let test = TestTenant::new().await;
    let company = test.create_company("abc, Inc.").await;
    let body = json!({ "Email": "a@abc.com", "FirstName": "A", "companies": [{ "Company_ID": company, "Role": "R" }] });
    for operation in ["BatchGetItem", "UpdateItem"] {
        let store = throttled_store(operation).await.for_tenant(test.tenant.clone());
        let error = store
            .ingest_record(&body, &people_domain::lookup::Lookups::default())
            .await
            .unwrap_err();
        assert!(error.is_retryable(), "{operation}: {error}");
        assert!(test.read_items().await.is_empty(), "{operation}");
    }
    // The label of a dropdown list is written after the person, which is complete without it.
    let store = throttled_store("BatchWriteItem").await.for_tenant(test.tenant.clone());
    store.ingest_record(&body, &people_domain::lookup::Lookups::default()).await.unwrap_err();
    assert_eq!(
        test.api().get_person("a@abc.com").await.body["data"]["companies"]
            .as_array()
            .unwrap()
            .len(),
        1
    );

    let gsid = test.api().upsert_person(&json!({ "Email": "a@abc.com" })).await.gsid();
    let before = test.read_items().await;
    let moved = json!({ "Gsid": gsid, "Email": "b@abc.com" });
    let store = throttled_store("TransactWriteItems").await.for_tenant(test.tenant.clone());
    store.ingest_record(&moved, &people_domain::lookup::Lookups::default()).await.unwrap_err();
    assert_eq!(test.read_items().await, before);
}
