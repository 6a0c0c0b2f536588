//! DynamoDB Local behind a proxy that throttles, loses an answer, or sends calls once more.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

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
    /// The answer to the first call of this operation: the call itself is let through.
    Answer(&'static str),
    /// None of them.
    Nothing,
}

/// A call as it was sent.
struct Call {
    operation: String,
    headers: HeaderMap,
    body: Bytes,
}

/// A proxy and what it has seen.
pub(super) struct Proxy {
    throttle: Throttle,
    calls: AtomicUsize,
    throttled: AtomicUsize,
    sent: Mutex<Vec<Arc<Call>>>,
    client: reqwest::Client,
}

impl Proxy {
    pub(super) fn of(throttle: Throttle) -> Arc<Self> {
        let (calls, throttled) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let (sent, client) = (Mutex::default(), reqwest::Client::new());
        Arc::new(Self { throttle, calls, throttled, sent, client })
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

    /// How many of them were throttled, or lost their answers.
    pub(super) fn throttled(&self) -> usize {
        self.throttled.load(Ordering::Relaxed)
    }

    /// Sends the calls of these operations once more, as a network may deliver a call twice and
    /// late; how many there were.
    pub(super) async fn repeat(&self, operations: &[&str]) -> usize {
        let sent = self.sent.lock().unwrap().clone();
        let is_meant =
            |call: &&Arc<Call>| operations.iter().any(|name| call.operation.ends_with(name));
        let sent: Vec<_> = sent.iter().filter(is_meant).collect();
        for call in &sent {
            self.send(call).await;
        }
        sent.len()
    }

    async fn send(&self, call: &Call) -> (StatusCode, Bytes) {
        let request = self.client.post(Stack::running().dynamodb_url);
        let request = request.headers(call.headers.clone()).body(call.body.clone());
        let answer = request.send().await.unwrap();
        (answer.status(), answer.bytes().await.unwrap())
    }
}

async fn forward(
    State(proxy): State<Arc<Proxy>>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, Bytes) {
    let number = proxy.calls.fetch_add(1, Ordering::Relaxed);
    let operation = headers["x-amz-target"].to_str().unwrap().to_owned();
    let is_write = ["UpdateItem", "PutItem"].iter().any(|name| operation.ends_with(name));
    let (throttled, _held) = match &proxy.throttle {
        Throttle::Operation(name) => (operation.ends_with(name), None),
        Throttle::Calls(numbers) => (numbers.contains(&number), None),
        Throttle::Writes(free) if is_write => match free.try_acquire() {
            Ok(held) => (false, Some(held)),
            Err(_) => (true, None),
        },
        Throttle::Writes(_) | Throttle::Answer(_) | Throttle::Nothing => (false, None),
    };
    if throttled {
        proxy.throttled.fetch_add(1, Ordering::Relaxed);
        let kind = "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException";
        return (StatusCode::BAD_REQUEST, json!({ "__type": kind }).to_string().into());
    }
    let call = Arc::new(Call { operation, headers, body });
    proxy.sent.lock().unwrap().push(Arc::clone(&call));
    let answer = proxy.send(&call).await;
    let loses = matches!(proxy.throttle, Throttle::Answer(name) if call.operation.ends_with(name));
    match loses && proxy.throttled.fetch_add(1, Ordering::Relaxed) == 0 {
        true => (StatusCode::INTERNAL_SERVER_ERROR, Bytes::new()),
        false => answer,
    }
}
