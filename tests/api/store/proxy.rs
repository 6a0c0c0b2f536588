//! DynamoDB Local behind a proxy that throttles.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use http::{HeaderMap, StatusCode};
use people_storage::Store;
use people_testkit::Stack;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// What a proxy does not let through.
pub(super) enum Throttle {
    /// Every call of this operation.
    Operation(&'static str),
    /// Calls by their numbers, from 0.
    Calls(Range<usize>),
    /// Writes of people while so many others are under way.
    Writes(Semaphore),
}

/// A proxy and what it has seen.
pub(super) struct Proxy {
    throttle: Throttle,
    calls: AtomicUsize,
    throttled: AtomicUsize,
    client: reqwest::Client,
}

impl Proxy {
    pub(super) fn of(throttle: Throttle) -> Arc<Self> {
        let (calls, throttled) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Arc::new(Self { throttle, calls, throttled, client: reqwest::Client::new() })
    }

    /// A store behind it.
    pub(super) async fn start(self: Arc<Self>) -> Store {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let routes = Router::new().route("/", post(forward)).with_state(self);
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Store::new(people_testkit::client(&url), &Stack::running().table)
    }

    /// How many calls there were.
    pub(super) fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    /// How many of them were throttled.
    pub(super) fn throttled(&self) -> usize {
        self.throttled.load(Ordering::Relaxed)
    }
}

async fn forward(
    State(proxy): State<Arc<Proxy>>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, Bytes) {
    let call = proxy.calls.fetch_add(1, Ordering::Relaxed);
    let operation = headers["x-amz-target"].to_str().unwrap();
    let is_write = ["UpdateItem", "PutItem"].iter().any(|name| operation.ends_with(name));
    let (throttled, _held) = match &proxy.throttle {
        Throttle::Operation(name) => (operation.ends_with(name), None),
        Throttle::Calls(numbers) => (numbers.contains(&call), None),
        Throttle::Writes(free) if is_write => match free.try_acquire() {
            Ok(held) => (false, Some(held)),
            Err(_) => (true, None),
        },
        Throttle::Writes(_) => (false, None),
    };
    if throttled {
        proxy.throttled.fetch_add(1, Ordering::Relaxed);
        let kind = "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException";
        return (StatusCode::BAD_REQUEST, json!({ "__type": kind }).to_string().into());
    }
    let url = Stack::running().dynamodb_url;
    let answer = proxy.client.post(url).headers(headers).body(body).send().await.unwrap();
    (answer.status(), answer.bytes().await.unwrap())
}
