//! DynamoDB Local behind a proxy that throttles, refuses, loses an answer, sends calls once more, or
//! holds one back.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use http::{HeaderMap, StatusCode};
use people_storage::Store;
use people_testkit::TestStack;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use super::held_call::HeldCall;

/// The calls that a proxy throttles, holds or loses.
pub(crate) enum Throttle {
    /// Every call of this operation.
    Operation(&'static str),
    /// The first calls of this operation.
    First(&'static str, usize),
    /// Calls by their numbers, from 0.
    Calls(Range<usize>),
    /// Writes of people while so many others are under way.
    Writes(Semaphore),
    /// Writes of people from this one on, of which the client is told that it may not write.
    DenyWrites(usize),
    /// The first call of this operation, which is told that a transaction is at the item.
    Conflict(&'static str),
    /// The answer to the first call of this operation: the call itself is let through.
    Answer(&'static str),
    /// One call, until it is delivered.
    Hold(HeldCall),
    /// None of them.
    Nothing,
}

/// Status and body.
pub(crate) type Answer = (StatusCode, Bytes);

/// A call as it was sent.
pub(crate) struct Call {
    operation: String,
    headers: HeaderMap,
    body: Bytes,
}

impl Call {
    pub(super) fn is_operation(&self, operation: &str) -> bool {
        self.operation.ends_with(operation)
    }

    /// Whether it writes one item at a person's place.
    fn writes_person(&self) -> bool {
        (self.is_operation("UpdateItem") || self.is_operation("PutItem"))
            && self.body.windows(3).any(|p| p == b"#P#")
    }
}

/// A proxy and what it has seen.
pub(crate) struct Proxy {
    throttle: Throttle,
    calls: AtomicUsize,
    throttled: AtomicUsize,
    writes: AtomicUsize,
    sent: Mutex<Vec<Arc<Call>>>,
    client: reqwest::Client,
}

impl Proxy {
    pub(crate) fn new(throttle: Throttle) -> Arc<Self> {
        let [calls, throttled, writes] = [0, 0, 0].map(AtomicUsize::new);
        let (sent, client) = (Mutex::default(), reqwest::Client::new());
        Arc::new(Self { throttle, calls, throttled, writes, sent, client })
    }

    /// A store behind it.
    pub(crate) async fn start(self: Arc<Self>) -> Store {
        let url = self.listen().await;
        Store::new(people_testkit::connect_dynamodb(&url), &TestStack::from_env().table)
    }

    /// Listens; its address.
    pub(crate) async fn listen(self: Arc<Self>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let routes = Router::new().route("/", post(forward)).with_state(self);
        tokio::spawn(async move { axum::serve(listener, routes).await });
        url
    }

    fn held_call(&self) -> &HeldCall {
        let Throttle::Hold(hold) = &self.throttle else { panic!("nothing is held") };
        hold
    }

    /// Waits until the call to hold has come.
    pub(crate) async fn wait_until_held(&self) {
        self.held_call().wait_until_held().await;
    }

    /// Delivers the call that is held; whether the store did it.
    pub(crate) async fn deliver(&self) -> bool {
        let (call, answer) = self.held_call().release();
        let answered = self.send(&call).await;
        let done = answered.0.is_success();
        _ = answer.send(answered);
        done
    }

    /// Sends the calls of these operations once more, as a network may deliver a call twice and
    /// late; how many there were.
    pub(crate) async fn repeat(&self, operations: &[&str]) -> usize {
        let sent = self.sent.lock().unwrap().clone();
        let is_meant = |call: &&Arc<Call>| operations.iter().any(|name| call.is_operation(name));
        let sent: Vec<_> = sent.iter().filter(is_meant).collect();
        for call in &sent {
            self.send(call).await;
        }
        sent.len()
    }

    async fn send(&self, call: &Call) -> Answer {
        let request = self.client.post(TestStack::from_env().dynamodb_url);
        let request = request.headers(call.headers.clone()).body(call.body.clone());
        let answer = request.send().await.unwrap();
        (answer.status(), answer.bytes().await.unwrap())
    }

    /// How many calls there were.
    pub(crate) fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    /// How many of them write one item of a person, done or refused.
    pub(crate) fn writes(&self) -> usize {
        self.writes.load(Ordering::Relaxed)
    }

    /// How many of them were throttled, refused, or lost their answers.
    pub(crate) fn throttled(&self) -> usize {
        self.throttled.load(Ordering::Relaxed)
    }

    fn count_throttled(&self) -> usize {
        self.throttled.fetch_add(1, Ordering::Relaxed)
    }

    /// How a call is refused, if it is. `number`: of all calls; `write`: of writes of people.
    fn refusal(&self, call: &Call, number: usize, write: usize) -> Option<&'static str> {
        let busy = "ProvisionedThroughputExceededException";
        let (is_refused, kind) = match &self.throttle {
            Throttle::Operation(name) => (call.is_operation(name), busy),
            Throttle::First(name, most) => {
                (call.is_operation(name) && self.throttled() < *most, busy)
            }
            Throttle::Calls(numbers) => (numbers.contains(&number), busy),
            Throttle::DenyWrites(from) => {
                (call.writes_person() && write >= *from, "AccessDeniedException")
            }
            Throttle::Conflict(name) => {
                (call.is_operation(name) && self.throttled() == 0, "TransactionConflictException")
            }
            _ => (false, busy),
        };
        is_refused.then_some(kind)
    }
}

async fn forward(State(proxy): State<Arc<Proxy>>, headers: HeaderMap, body: Bytes) -> Answer {
    let number = proxy.calls.fetch_add(1, Ordering::Relaxed);
    let operation = headers["x-amz-target"].to_str().unwrap().to_owned();
    let call = Arc::new(Call { operation, headers, body });
    let one_more = usize::from(call.writes_person());
    let write = proxy.writes.fetch_add(one_more, Ordering::Relaxed);
    if let Some(kind) = proxy.refusal(&call, number, write) {
        proxy.count_throttled();
        return error_answer(kind);
    }
    let _free = match &proxy.throttle {
        Throttle::Writes(free)
            if call.is_operation("UpdateItem") || call.is_operation("PutItem") =>
        {
            let Ok(free) = free.try_acquire() else {
                proxy.count_throttled();
                return error_answer("ProvisionedThroughputExceededException");
            };
            Some(free)
        }
        Throttle::Hold(hold) => match hold.try_hold(&call) {
            Some(answer) if hold.is_answered => return answer.await.unwrap(),
            Some(_) => return std::future::pending().await,
            None => None,
        },
        _ => None,
    };
    proxy.sent.lock().unwrap().push(Arc::clone(&call));
    let answer = proxy.send(&call).await;
    let loses = match &proxy.throttle {
        Throttle::Answer(name) => call.is_operation(name),
        Throttle::Hold(hold) => hold.loses_answer(&call),
        _ => false,
    };
    match loses && proxy.count_throttled() == 0 {
        true => (StatusCode::INTERNAL_SERVER_ERROR, Bytes::new()),
        false => answer,
    }
}

fn error_answer(kind: &str) -> Answer {
    let kind = format!("com.amazonaws.dynamodb.v20120810#{kind}");
    (StatusCode::BAD_REQUEST, json!({ "__type": kind }).to_string().into())
}
