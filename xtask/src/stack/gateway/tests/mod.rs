//! The gateway before a small server that tells what reached it.

mod limits;
mod upstream;

use super::*;
use crate::stack::PLACES;
use axum::http::{Request as Sent, StatusCode};
use http_body_util::BodyExt;
use upstream::Upstream;

/// A body that is no UTF-8: how a gzip stream begins.
const BINARY: &[u8] = &[0x1f, 0x8b, 0x08, 0x00];

/// A gateway before the emulator's port; the answer is its base URL.
fn front(port: u16) -> (String, tempfile::TempDir) {
    front_with(port, SizeLimits::On)
}

fn front_with(port: u16, limits: SizeLimits) -> (String, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let listener = crate::stack::listen(0).unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let places = Arc::new(Semaphore::new(PLACES));
    start(listener, port, places, folder.path().join("gateway.log"), limits).unwrap();
    (base, folder)
}

/// Sends with a client that leaves the path as it is.
async fn send(request: Sent<Body>) -> (StatusCode, axum::http::HeaderMap, String) {
    let client = Client::builder(TokioExecutor::new()).build_http();
    let (parts, body) = client.request(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (parts.status, parts.headers, String::from_utf8(body.to_vec()).unwrap())
}

async fn told(request: axum::http::request::Builder, body: &'static [u8]) -> String {
    send(request.body(Body::from(body)).unwrap()).await.2
}

#[tokio::test]
async fn path_query_and_method_go_through_byte_for_byte() {
    let (base, _folder) = front(Upstream::start().port);
    let targets =
        ["/", "//a//b", "/a/../b/", "/a/%2e%2e/b", "/a%2Fb?q=a+b%20c%&&=", "/?", "/a?x=//../y"];
    for target in targets {
        for method in ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "QUERY"] {
            let request = Sent::builder().method(method).uri(format!("{base}{target}"));
            assert!(told(request, b"").await.starts_with(&format!("{method} {target}\n")));
        }
    }
}

#[tokio::test]
async fn the_content_type_decides_whether_a_body_is_a_text() {
    let (base, _folder) = front(Upstream::start().port);
    let text: &[u8] = b"{\"a\":\"\xc3\xa9\"}";
    let (bytes, spoilt) = (Some("application/octet-stream"), b"\x1f\xef\xbf\xbd\x08\x00");
    let json = Some("application/json; charset=utf-8");
    for (body, sent, expected, reached) in [
        (BINARY, bytes, bytes, BINARY),
        (BINARY, Some("application/gzip"), Some("application/gzip"), BINARY),
        (BINARY, None, bytes, BINARY),
        // As behind API Gateway: a text that is no UTF-8 does not survive.
        (BINARY, json, json, spoilt),
        (BINARY, Some("text/csv"), Some("text/csv"), spoilt),
        (BINARY, Some("Application/XML"), Some("Application/XML"), spoilt),
        (text, json, json, text),
        (b"a", None, None, b"a"),
        (b"", json, json, b""),
    ] {
        let mut request = Sent::put(&base);
        if let Some(sent) = sent {
            request = request.header("Content-Type", sent);
        }
        let told = told(request, body).await;
        let line = told.lines().find_map(|line| line.strip_prefix("content-type: "));
        assert_eq!(line, expected);
        assert!(told.ends_with(&format!("\n{reached:?}")), "{told}");
    }
}

#[tokio::test]
async fn headers_are_kept_those_of_the_connection_are_not() {
    let (base, _folder) = front(Upstream::start().port);
    let request = Sent::get(&base).header("Host", "api.example").header("X-One", "1");
    let request = request.header("X-One", "2").header("X-Mine", "3").header("TE", "trailers");
    let told = told(request.header("Connection", "keep-alive, X-Mine"), b"").await;
    assert_eq!(told, "GET /\nhost: api.example\nx-one: 1\nx-one: 2\n\n[]");
}

#[tokio::test]
async fn a_redirect_is_the_callers_to_follow() {
    let (base, _folder) = front(Upstream::start().port);
    let request = Sent::get(format!("{base}/moved")).body(Body::empty()).unwrap();
    let (status, headers, body) = send(request).await;
    assert_eq!((status, body.as_str()), (StatusCode::PERMANENT_REDIRECT, "moved"));
    assert_eq!(headers["location"], "/elsewhere");
    assert_eq!(headers.get_all("set-cookie").iter().collect::<Vec<_>>(), ["a=1", "b=2"]);
}
