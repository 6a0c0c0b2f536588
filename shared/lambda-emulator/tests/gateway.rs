//! The gateway in front of functions that echo their events, that fail, or that run until they are released.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that can't go on has failed"
)]

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http_body_util::BodyExt;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use people_lambda_emulator::{
    GATEWAY_BODY_BYTES_MAX, Gateway, GatewayRoute, Invoke, InvokeError, LAMBDA_PAYLOAD_BYTES_MAX,
};
use serde_json::{Value, json};
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

/// A body that is not UTF-8: how a gzip stream begins.
const BINARY: &[u8] = &[0x1f, 0x8b, 0x08, 0x00];

struct TestGateway {
    url: String,
    folder: tempfile::TempDir,
    _gateway: Gateway,
}

/// A gateway whose only function takes every request.
fn start(function: impl Invoke + 'static) -> TestGateway {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let function: Arc<dyn Invoke> = Arc::new(function);
    let route = |method: &str, path: &str| {
        let (method, path) = (method.to_owned(), path.to_owned());
        GatewayRoute { method, path, function: Arc::clone(&function) }
    };
    let routes = vec![route("GET", "/items/{id}"), route("ANY", "$default")];
    let log = folder.path().join("gateway.log");
    let gateway = Gateway::start(listener, routes, GATEWAY_BODY_BYTES_MAX, log).unwrap();
    TestGateway { url, folder, _gateway: gateway }
}

/// A gateway whose function responds with the event.
fn start_echo() -> TestGateway {
    start(|event: Bytes| async move {
        let body = String::from_utf8(event.to_vec()).unwrap();
        Ok(json!({ "statusCode": 200, "body": body }).to_string().into())
    })
}

async fn send(request: Request<Body>) -> (StatusCode, HeaderMap, Vec<u8>) {
    let client = Client::builder(TokioExecutor::new()).build_http();
    let (parts, body) = client.request(request).await.unwrap().into_parts();
    (parts.status, parts.headers, body.collect().await.unwrap().to_bytes().to_vec())
}

/// The event of a request, as the function receives it.
async fn event_of(request: axum::http::request::Builder, body: impl Into<Body>) -> Value {
    serde_json::from_slice(&send(request.body(body.into()).unwrap()).await.2).unwrap()
}

#[tokio::test]
async fn an_event_has_the_parts_of_payload_format_2() {
    let gateway = start_echo();
    let request = Request::get(format!("{}/items/a%20b?x=1&y=a+b&x=%C3%A9", gateway.url))
        .header("Host", "api.example.com")
        .header("X-One", "1")
        .header("X-One", "2")
        .header("Cookie", "a=1; b=2")
        .header("User-Agent", "test");
    let mut event = event_of(request, Body::empty()).await;
    let context = event["requestContext"].take();
    let expected = json!({
        "version": "2.0",
        "routeKey": "GET /items/{id}",
        "rawPath": "/items/a%20b",
        "rawQueryString": "x=1&y=a+b&x=%C3%A9",
        "cookies": ["a=1", "b=2"],
        "headers": { "host": "api.example.com", "x-one": "1,2", "user-agent": "test" },
        "queryStringParameters": { "x": "1,é", "y": "a b" },
        "pathParameters": { "id": "a b" },
        "requestContext": null,
        "isBase64Encoded": false,
    });
    assert_eq!(event, expected);
    let expected = json!({
        "method": "GET", "path": "/items/a%20b", "protocol": "HTTP/1.1",
        "sourceIp": "127.0.0.1", "userAgent": "test",
    });
    assert_eq!(context["http"], expected);
    assert_eq!((&context["stage"], &context["domainPrefix"]), (&json!("$default"), &json!("api")));
    assert!(context["requestId"].is_string() && context["timeEpoch"].is_i64());
    let time = context["time"].as_str().unwrap();
    assert_eq!((time.len(), &time[20..]), (26, " +0000"), "{time}");
}

#[tokio::test]
async fn the_runtime_of_the_functions_reads_the_event() {
    let gateway = start_echo();
    let request = Request::put(format!("{}/a?b=c", gateway.url)).header("Content-Type", "text/a");
    let event = event_of(request, "text").await;
    let read = lambda_http::request::from_str(&event.to_string()).unwrap();
    assert_eq!((read.method().as_str(), read.uri().path()), ("PUT", "/a"));
    assert_eq!((read.uri().query(), read.body().as_ref()), (Some("b=c"), b"text".as_slice()));
}

#[tokio::test]
async fn path_query_and_method_go_through_byte_for_byte() {
    let gateway = start_echo();
    let paths = ["/", "//a//b", "/a/../b/", "/a/%2e%2e/b", "/a%2Fb", "/a"];
    for (path, query) in paths.into_iter().zip(["", "", "x=//../y", "", "q=a+b%20c%&&=", ""]) {
        for method in ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "QUERY"] {
            let target = format!("{}{path}?{query}", gateway.url);
            let event = event_of(Request::builder().method(method).uri(target), "").await;
            assert_eq!(event["requestContext"]["http"]["method"], method);
            assert_eq!(
                (&event["rawPath"], &event["rawQueryString"]),
                (&json!(path), &json!(query))
            );
        }
    }
}

#[tokio::test]
async fn the_content_type_decides_whether_a_body_is_a_text() {
    let gateway = start_echo();
    let text: &[u8] = b"{\"a\":\"\xc3\xa9\"}";
    let spoilt = "\u{1f}\u{fffd}\u{8}\0";
    let json = Some("application/json; charset=utf-8");
    for (body, content_type, expected) in [
        (BINARY, Some("application/octet-stream"), None),
        (BINARY, Some("application/gzip"), None),
        (BINARY, None, None),
        (text, None, None),
        // As behind API Gateway, bytes that are not UTF-8 do not survive as a text.
        (BINARY, json, Some(spoilt)),
        (BINARY, Some("text/csv"), Some(spoilt)),
        (BINARY, Some("Application/XML"), Some(spoilt)),
        (text, json, Some("{\"a\":\"é\"}")),
    ] {
        let request = Request::put(&gateway.url);
        let request = content_type
            .into_iter()
            .fold(request, |request, content_type| request.header("Content-Type", content_type));
        let event = event_of(request, body).await;
        let sent = expected.map_or_else(|| STANDARD.encode(body), str::to_owned);
        assert_eq!(
            (&event["body"], &event["isBase64Encoded"]),
            (&json!(sent), &json!(expected.is_none()))
        );
        let length = expected.map_or(body.len(), str::len).to_string();
        assert_eq!(event["headers"]["content-length"], length);
        assert_eq!(event["headers"].get("content-type").and_then(Value::as_str), content_type);
    }
}

#[tokio::test]
async fn headers_of_the_connection_are_left_out() {
    let gateway = start_echo();
    let request = Request::get(&gateway.url).header("X-Mine", "3").header("TE", "trailers");
    let event = event_of(request.header("Connection", "keep-alive, X-Mine"), "").await;
    let headers = event["headers"].as_object().unwrap();
    assert_eq!(headers.keys().collect::<Vec<_>>(), ["host"]);
}

#[tokio::test]
async fn the_response_of_the_function_becomes_one_of_http() {
    let gateway = start(|_: Bytes| async {
        let response = json!({
            "statusCode": 308,
            "headers": { "location": "/elsewhere", "connection": "close", "content-length": "9" },
            "cookies": ["a=1", "b=2"],
            "body": STANDARD.encode(BINARY),
            "isBase64Encoded": true,
        });
        Ok(response.to_string().into())
    });
    let request = Request::get(&gateway.url).body(Body::empty()).unwrap();
    let (status, headers, body) = send(request).await;
    assert_eq!((status, body.as_slice()), (StatusCode::PERMANENT_REDIRECT, BINARY));
    assert_eq!(
        (&headers["location"], &headers["content-length"]),
        (&"/elsewhere".parse().unwrap(), &"4".parse().unwrap())
    );
    assert_eq!(headers.get_all("set-cookie").iter().collect::<Vec<_>>(), ["a=1", "b=2"]);
    assert!(!headers.contains_key("connection"));
}

#[tokio::test]
async fn a_body_too_large_is_refused_as_aws_does() {
    const MB: usize = 1024 * 1024;
    let gateway = start(|event: Bytes| async move {
        if event.len() > LAMBDA_PAYLOAD_BYTES_MAX {
            return Err(InvokeError::EventTooLarge(event.len()));
        }
        Ok(json!({ "statusCode": 200, "body": "taken" }).to_string().into())
    });
    let json = Some("application/json");
    for (content_type, byte, bytes, is_taken) in [
        (json, b'a', 6 * MB - 2_000, true),
        (json, b'a', 6 * MB, false),
        // A quote is two bytes within JSON.
        (json, b'"', 3 * MB - 2_000, true),
        (json, b'"', 3 * MB + 100, false),
        // Base64: four bytes for three.
        (None, b'a', 4_700_000, true),
        (None, b'a', 4_720_000, false),
        (Some("application/x-www-form-urlencoded"), b'a', 4_720_000, false),
        (None, b'a', 10 * MB + 1, false),
    ] {
        let request = content_type
            .into_iter()
            .fold(Request::put(&gateway.url), |request, kind| request.header("Content-Type", kind));
        let (status, _, body) = send(request.body(Body::from(vec![byte; bytes])).unwrap()).await;
        let expected = if is_taken {
            (200, "taken")
        } else {
            (413, r#"{"message":"Request Entity Too Large"}"#)
        };
        let body = String::from_utf8(body).unwrap();
        assert_eq!((status.as_u16(), body.as_str()), expected, "{content_type:?} {bytes}");
    }
}

#[tokio::test]
async fn a_failed_invocation_is_logged_without_the_request() {
    type Failure = fn() -> Result<Bytes, InvokeError>;
    let failures: [(Failure, u16, &str); 4] = [
        (|| Err(InvokeError::Function(Bytes::new())), 500, "Internal Server Error"),
        (|| Err(InvokeError::ResponseTooLarge(7_000_000)), 500, "Internal Server Error"),
        (|| Err(InvokeError::TimedOut(Duration::ZERO)), 503, "Service Unavailable"),
        (|| Err(InvokeError::Unreachable("refused".to_owned())), 502, "Internal Server Error"),
    ];
    for (fail, expected, message) in failures {
        let gateway = start(move |_: Bytes| async move { fail() });
        let request =
            Request::put(format!("{}/path?key=secret", gateway.url)).header("Accesskey", "secret");
        let (status, headers, body) = send(request.body(Body::from("secret")).unwrap()).await;
        assert_eq!(status.as_u16(), expected);
        assert_eq!(String::from_utf8(body).unwrap(), format!(r#"{{"message":"{message}"}}"#));
        assert_eq!(headers["content-type"], "application/json");
        let log = std::fs::read_to_string(gateway.folder.path().join("gateway.log")).unwrap();
        assert!(log.starts_with("PUT: ") && log.lines().count() == 1, "{log}");
        assert!(!log.contains("secret") && !log.contains("path"), "{log}");
    }
}

#[tokio::test]
async fn a_response_that_is_not_one_of_http_is_an_error() {
    for response in
        ["", "null", "{}", r#"{"statusCode":1}"#, r#"{"statusCode":200,"headers":{"a b":""}}"#]
    {
        let gateway =
            start(move |_: Bytes| async move { Ok(Bytes::from_static(response.as_bytes())) });
        let request = Request::get(&gateway.url).body(Body::empty()).unwrap();
        assert_eq!(send(request).await.0.as_u16(), 500, "{response}");
    }
}
