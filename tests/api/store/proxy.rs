//! A proxy of DynamoDB Local that throttles, refuses, drops an answer, repeats calls, or holds one
//! back.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use http::{HeaderMap, StatusCode};
use people_storage::Store;
use people_testkit::TestStack;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::{Notify, Semaphore};

use super::held_call::HeldCall;

/// The calls that a proxy throttles, refuses, holds, or whose answers it drops.
pub(crate) enum Throttle {
    /// Every call of this operation.
    Operation(&'static str),
    /// The first calls of this operation.
    First(&'static str, usize),
    /// Calls by their numbers, from 0.
    Calls(Range<usize>),
    /// Writes of people beyond this many at the same time.
    Writes(Semaphore),
    /// Writes of people from this number on; they fail with AccessDeniedException.
    DenyWrites(usize),
    /// The first call of this operation; it fails as if a transaction were writing the item.
    Conflict(&'static str),
    /// The answer to the first call of this operation; the call itself reaches the store.
    Answer(&'static str),
    /// The answers to some writes, of which copies arrive late besides.
    Unreliable,
    /// One call, until it is delivered.
    Hold(HeldCall),
    Nothing,
}

/// One in so many calls arrives twice, if it is a write.
const COPIED_EACH: usize = 5;

/// The answer to one in so many calls is lost, if it is a write that the client sends for the first
/// time.
const LOST_EACH: usize = 13;

/// The unit of the time by which a copy is late.
const LATENESS: Duration = Duration::from_millis(60);

pub(crate) type Answer = (StatusCode, Bytes);

pub(crate) struct Call {
    operation: String,
    headers: HeaderMap,
    body: Bytes,
}

impl Call {
    pub(super) fn is_operation(&self, operation: &str) -> bool {
        self.operation.ends_with(operation)
    }

    /// Whether the SDK sends it for the first time.
    fn is_first_attempt(&self) -> bool {
        let attempt = self.headers.get("amz-sdk-request").and_then(|value| value.to_str().ok());
        attempt.is_some_and(|attempt| attempt.starts_with("attempt=1"))
    }

    fn is_write(&self) -> bool {
        ["UpdateItem", "PutItem", "TransactWriteItems"].iter().any(|name| self.is_operation(name))
    }

    /// Whether it writes a single item in a person's slot.
    fn writes_person(&self) -> bool {
        (self.is_operation("UpdateItem") || self.is_operation("PutItem"))
            && self.body.windows(3).any(|p| p == b"#P#")
    }
}

/// A proxy with counters of its calls.
pub(crate) struct Proxy {
    throttle: Throttle,
    calls: AtomicUsize,
    throttled: AtomicUsize,
    writes: AtomicUsize,
    /// Copies of packets that have not arrived.
    on_the_way: AtomicUsize,
    arrived: Notify,
    sent: Mutex<Vec<Arc<Call>>>,
    client: reqwest::Client,
}

impl Proxy {
    pub(crate) fn new(throttle: Throttle) -> Arc<Self> {
        let [calls, throttled, writes, on_the_way] = [0; 4].map(AtomicUsize::new);
        let (sent, client) = (Mutex::default(), reqwest::Client::new());
        let arrived = Notify::new();
        Arc::new(Self { throttle, calls, throttled, writes, on_the_way, arrived, sent, client })
    }

    /// Starts the proxy and returns a store that uses it.
    pub(crate) async fn start(self: Arc<Self>) -> Store {
        let url = self.listen().await;
        Store::new(people_testkit::connect_dynamodb(&url), &TestStack::from_env().table)
    }

    /// Starts the proxy and returns its URL.
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

    /// Waits until the call to hold has arrived.
    pub(crate) async fn wait_until_held(&self) {
        self.held_call().wait_until_held().await;
    }

    /// Waits until the copies of all packets have arrived.
    pub(crate) async fn wait_until_all_arrived(&self) {
        while self.on_the_way.load(Ordering::Relaxed) > 0 {
            self.arrived.notified().await;
        }
    }

    /// Delivers the held call and returns whether the store accepted it.
    pub(crate) async fn deliver(&self) -> bool {
        let (call, answer) = self.held_call().release();
        let answered = self.send(&call).await;
        let is_done = answered.0.is_success();
        _ = answer.send(answered);
        is_done
    }

    /// Sends the calls of these operations again, like a network that delivers a packet twice, and
    /// returns how many there were.
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

    /// The number of calls.
    pub(crate) fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    /// The number of writes of a single item of a person, accepted or refused.
    pub(crate) fn writes(&self) -> usize {
        self.writes.load(Ordering::Relaxed)
    }

    /// The number of calls that were throttled or refused or whose answers were dropped.
    pub(crate) fn throttled(&self) -> usize {
        self.throttled.load(Ordering::Relaxed)
    }

    fn count_throttled(&self) -> usize {
        self.throttled.fetch_add(1, Ordering::Relaxed)
    }

    /// Returns the error of a call that is to be refused; `number` counts all calls, `write` writes
    /// of people.
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
    if !matches!(proxy.throttle, Throttle::Unreliable) {
        proxy.sent.lock().unwrap().push(Arc::clone(&call));
    }
    let answer = proxy.send(&call).await;
    if matches!(proxy.throttle, Throttle::Unreliable) && call.is_write() {
        let is_first_attempt = call.is_first_attempt();
        if number.is_multiple_of(COPIED_EACH) {
            let (proxy, late) = (Arc::clone(&proxy), LATENESS * u32::try_from(number % 8).unwrap());
            proxy.on_the_way.fetch_add(1, Ordering::Relaxed);
            tokio::spawn(async move {
                tokio::time::sleep(late).await;
                proxy.send(&call).await;
                proxy.count_throttled();
                proxy.on_the_way.fetch_sub(1, Ordering::Relaxed);
                proxy.arrived.notify_one();
            });
        }
        if number.is_multiple_of(LOST_EACH) && is_first_attempt {
            return (StatusCode::INTERNAL_SERVER_ERROR, Bytes::new());
        }
        return answer;
    }
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
