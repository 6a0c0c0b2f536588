//! DynamoDB Local behind a proxy that throttles, or holds a call back.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use http::{HeaderMap, StatusCode};
use people_storage::Store;
use people_testkit::Stack;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::{Notify, Semaphore, oneshot};

/// What a proxy does not let through.
pub(crate) enum Throttle {
    /// Every call of this operation.
    Operation(&'static str),
    /// The first calls of this operation.
    First(&'static str, usize),
    /// Calls by their numbers, from 0.
    Calls(Range<usize>),
    /// Writes of people while so many others are under way.
    Writes(Semaphore),
    /// Updates of people from this one on, of which the client is told that it may not write.
    DenyWrites(usize),
    /// The first call of this operation, which is told that a transaction is at the item.
    Conflict(&'static str),
    /// The first call of this operation: it stays with the proxy until it is delivered.
    Hold(Hold),
}

/// A call that is held back.
pub(crate) struct Hold {
    operation: &'static str,
    /// How many calls of it go before.
    before: AtomicUsize,
    /// Whether its client gets the answer, or has given up by then.
    answers: bool,
    is_taken: AtomicBool,
    held: Mutex<Option<Held>>,
    taken: Notify,
}

struct Held {
    headers: HeaderMap,
    body: Bytes,
    answer: oneshot::Sender<(StatusCode, Bytes)>,
}

impl Hold {
    /// The packet arrives late, when its client has sent another.
    pub(crate) fn packet(operation: &'static str) -> Throttle {
        Throttle::Hold(Self::new(operation, false))
    }

    /// The call is only slow.
    pub(crate) fn call(operation: &'static str) -> Throttle {
        Throttle::Hold(Self::new(operation, true))
    }

    /// The same of the second call of its kind.
    pub(crate) fn second(operation: &'static str) -> Throttle {
        Throttle::Hold(Self { before: AtomicUsize::new(1), ..Self::new(operation, true) })
    }

    fn new(operation: &'static str, answers: bool) -> Self {
        Self {
            operation,
            before: AtomicUsize::new(0),
            answers,
            is_taken: AtomicBool::new(false),
            held: Mutex::default(),
            taken: Notify::new(),
        }
    }

    /// Keeps the call if it is the one to hold; its answer, once it is delivered.
    fn take(&self, operation: &str, headers: &HeaderMap, body: &Bytes) -> Option<Answer> {
        if !operation.ends_with(self.operation) {
            return None;
        }
        let less = |before: usize| before.checked_sub(1);
        let is_before =
            self.before.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok();
        if is_before || self.is_taken.swap(true, Ordering::Relaxed) {
            return None;
        }
        let (answer, answered) = oneshot::channel();
        let held = Held { headers: headers.clone(), body: body.clone(), answer };
        *self.held.lock().unwrap() = Some(held);
        self.taken.notify_one();
        Some(answered)
    }
}

type Answer = oneshot::Receiver<(StatusCode, Bytes)>;

/// A proxy and what it has seen.
pub(crate) struct Proxy {
    throttle: Throttle,
    calls: AtomicUsize,
    throttled: AtomicUsize,
    writes: AtomicUsize,
    client: reqwest::Client,
}

impl Proxy {
    pub(crate) fn of(throttle: Throttle) -> Arc<Self> {
        let [calls, throttled, writes] = [0, 0, 0].map(AtomicUsize::new);
        Arc::new(Self { throttle, calls, throttled, writes, client: reqwest::Client::new() })
    }

    /// A store behind it.
    pub(crate) async fn start(self: Arc<Self>) -> Store {
        let url = self.listen().await;
        Store::new(people_testkit::client(&url), &Stack::running().table)
    }

    /// Listens; its address.
    pub(crate) async fn listen(self: Arc<Self>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let routes = Router::new().route("/", post(forward)).with_state(self);
        tokio::spawn(async move { axum::serve(listener, routes).await });
        url
    }

    /// Waits until the call to hold has come.
    pub(crate) async fn holds(&self) {
        let Throttle::Hold(hold) = &self.throttle else { panic!("nothing is held") };
        let taken = tokio::time::timeout(Duration::from_secs(20), hold.taken.notified());
        taken.await.expect("the call comes");
    }

    /// Delivers the call that is held; whether the store did it.
    pub(crate) async fn deliver(&self) -> bool {
        let Throttle::Hold(hold) = &self.throttle else { panic!("nothing is held") };
        let held = hold.held.lock().unwrap().take().expect("a call is held");
        let answer = self.send(held.headers, held.body).await;
        let done = answer.0.is_success();
        _ = held.answer.send(answer);
        done
    }

    async fn send(&self, headers: HeaderMap, body: Bytes) -> (StatusCode, Bytes) {
        let url = Stack::running().dynamodb_url;
        let answer = self.client.post(url).headers(headers).body(body).send().await.unwrap();
        (answer.status(), answer.bytes().await.unwrap())
    }

    /// How many calls there were.
    pub(crate) fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    /// How many of them write one item, done or refused.
    pub(crate) fn writes(&self) -> usize {
        self.writes.load(Ordering::Relaxed)
    }

    /// How many of them were throttled.
    pub(crate) fn throttled(&self) -> usize {
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
    let is_person = body.windows(3).any(|part| part == b"#P#");
    let write = match is_write && is_person {
        true => proxy.writes.fetch_add(1, Ordering::Relaxed),
        false => 0,
    };
    let (throttled, _held) = match &proxy.throttle {
        Throttle::Operation(name) => (operation.ends_with(name), None),
        Throttle::First(name, most) => {
            (operation.ends_with(name) && proxy.throttled() < *most, None)
        }
        Throttle::Calls(numbers) => (numbers.contains(&call), None),
        Throttle::Writes(free) if is_write => match free.try_acquire() {
            Ok(held) => (false, Some(held)),
            Err(_) => (true, None),
        },
        Throttle::Writes(_) => (false, None),
        Throttle::DenyWrites(from) if is_write && is_person && write >= *from => {
            return refused("AccessDeniedException");
        }
        Throttle::DenyWrites(_) => (false, None),
        Throttle::Conflict(name) => {
            if operation.ends_with(name) && proxy.throttled() == 0 {
                proxy.throttled.fetch_add(1, Ordering::Relaxed);
                return refused("TransactionConflictException");
            }
            (false, None)
        }
        Throttle::Hold(hold) => match hold.take(operation, &headers, &body) {
            Some(answer) if hold.answers => return answer.await.unwrap(),
            Some(_) => return std::future::pending().await,
            None => (false, None),
        },
    };
    if throttled {
        proxy.throttled.fetch_add(1, Ordering::Relaxed);
        return refused("ProvisionedThroughputExceededException");
    }
    proxy.send(headers, body).await
}

fn refused(kind: &str) -> (StatusCode, Bytes) {
    let kind = format!("com.amazonaws.dynamodb.v20120810#{kind}");
    (StatusCode::BAD_REQUEST, json!({ "__type": kind }).to_string().into())
}
