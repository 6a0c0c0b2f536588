//! Functions that a queue drives: each message of an event succeeds or fails on its own, and the
//! failed ones come back. One log event a message: ids and counts, never content.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use futures::FutureExt;
use futures::future::join_all;
use lambda_http::lambda_runtime::{self, LambdaEvent};
use lambda_http::service_fn;
use people_storage::{Store, StoreError};
use serde_json::{Map, Value as Json, json};

use crate::bootstrap::{Error, build_runtime};
use crate::config::Config;
use crate::telemetry;

/// One message, and the store it is handled with.
#[derive(Debug, Clone)]
pub struct QueueMessage {
    /// The store, with a meter of the message's own.
    pub store: Store,
    /// What was sent.
    pub body: String,
    /// When the function has to be done.
    pub deadline: Instant,
    queue_arn: String,
    receipt: String,
    log_fields: Arc<Mutex<Map<String, Json>>>,
}

/// One run of the function.
struct LambdaInvocation {
    /// The id that Lambda gives it.
    id: String,
    deadline: Instant,
}

/// The time of each message of an event that has several: they are small work.
const BATCHED_MESSAGE_TIMEOUT: Duration = Duration::from_secs(20);

/// Milliseconds from when the message was sent until now, where its queue tells.
fn queue_wait_millis(record: &Json) -> Option<u64> {
    let sent = record.pointer("/attributes/SentTimestamp")?.as_str()?.parse::<u64>().ok()?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    u64::try_from(now).ok()?.checked_sub(sent)
}

/// The time for an event from an emulator, which tells no deadline.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(120);

/// The end of an invocation. `millis`: since 1970, in the past where an emulator has none.
fn invocation_deadline(millis: u64) -> Instant {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let left = Duration::from_millis(millis).checked_sub(now).unwrap_or(DEFAULT_TIMEOUT);
    Instant::now() + left
}

impl QueueMessage {
    fn new(store: &Store, record: &Json, invocation: &LambdaInvocation) -> Self {
        let text = |name| record.get(name).and_then(Json::as_str).unwrap_or_default();
        let mut notes = Map::new();
        notes.insert("lambdaRequestId".to_owned(), invocation.id.as_str().into());
        notes.insert("messageId".to_owned(), text("messageId").into());
        let received = record.pointer("/attributes/ApproximateReceiveCount");
        notes.insert("received".to_owned(), received.cloned().unwrap_or_default());
        notes.insert("waitedMillis".to_owned(), queue_wait_millis(record).into());
        Self {
            store: store.with_fresh_meter(),
            body: text("body").to_owned(),
            deadline: invocation.deadline,
            queue_arn: text("eventSourceARN").to_owned(),
            receipt: text("receiptHandle").to_owned(),
            log_fields: Arc::new(Mutex::new(notes)),
        }
    }

    /// The ARN of the queue that delivered it.
    #[must_use]
    pub fn queue_arn(&self) -> &str {
        &self.queue_arn
    }

    /// Names this delivery to the queue.
    #[must_use]
    pub fn receipt(&self) -> &str {
        &self.receipt
    }

    /// How often it was delivered, this time included.
    #[must_use]
    pub fn receive_count(&self) -> u32 {
        let received =
            self.lock_log_fields().get("received").and_then(|count| count.as_str()?.parse().ok());
        received.unwrap_or(1)
    }

    /// Whose work it is.
    pub fn record_job(&self, tenant: &str, job: &str) {
        self.record_field("tenant", tenant);
        self.record_field("job", job);
    }

    /// Adds an id or a count to the message's log event.
    pub fn record_field(&self, name: &'static str, value: impl Into<Json>) {
        self.lock_log_fields().insert(name.to_owned(), value.into());
    }

    fn lock_log_fields(&self) -> std::sync::MutexGuard<'_, Map<String, Json>> {
        self.log_fields.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_log(&self, failure: Option<&str>, micros: u128) {
        let usage = self.store.usage();
        let line = json!({
            "level": if failure.is_some() { "ERROR" } else { "INFO" },
            "event": "message",
            "function": std::env::var("AWS_LAMBDA_FUNCTION_NAME").ok(),
            "failed": failure.is_some(),
            "internal": failure,
            "micros": u64::try_from(micros).unwrap_or(u64::MAX),
            "storeCalls": usage.calls,
            "storeUnits": usage.units,
            "storeMicros": usage.micros,
        });
        let mut fields = std::mem::take(&mut *self.lock_log_fields());
        if let Json::Object(line) = line {
            fields.extend(line);
        }
        telemetry::write_log_line(fields);
    }
}

/// Runs a function until Lambda ends the process. `connect` makes what the handler needs beside
/// the store, once, at start.
///
/// # Errors
/// When the runtime can't be started or Lambda's endpoint is gone.
pub fn serve_queue<T, H, F>(connect: impl Future<Output = T>, handle: H) -> Result<(), Error>
where
    T: Clone,
    H: Fn(T, QueueMessage) -> F,
    F: Future<Output = Result<(), StoreError>>,
{
    build_runtime()?.block_on(async {
        let store = people_storage::connect_store(&Config::from_env().store).await;
        let shared = connect.await;
        let (store, shared, handle) = (&store, &shared, &handle);
        let service = service_fn(move |event: LambdaEvent<Json>| async move {
            let each = |message| handle(shared.clone(), message);
            let invocation = LambdaInvocation {
                id: event.context.request_id,
                deadline: invocation_deadline(event.context.deadline),
            };
            Ok::<Json, Error>(handle_event(store, &event.payload, &invocation, each).await)
        });
        lambda_runtime::run(service).await
    })
}

/// Handles the messages of an event, at the same time: those of one event are small work, or it has
/// only one. The answer names those that failed. An event with none, as a check of the stack sends it,
/// fails none.
async fn handle_event<H, F>(
    store: &Store,
    event: &Json,
    invocation: &LambdaInvocation,
    handle: H,
) -> Json
where
    H: Fn(QueueMessage) -> F,
    F: Future<Output = Result<(), StoreError>>,
{
    let records = event.get("Records").and_then(Json::as_array);
    let records = records.map_or(&[][..], Vec::as_slice);
    // One that hangs must not take the others of its event with it.
    let time = if records.len() > 1 {
        Instant::now() + BATCHED_MESSAGE_TIMEOUT
    } else {
        invocation.deadline
    };
    let messages = records.iter().map(|record| async {
        let message = QueueMessage::new(store, record, invocation);
        let failed = handle_message(&message, time, &handle).await;
        failed.then(|| json!({ "itemIdentifier": record.get("messageId") }))
    });
    let failures: Vec<_> = join_all(messages).await.into_iter().flatten().collect();
    json!({ "batchItemFailures": failures })
}

/// Handles one message until `time`; whether it has to come again.
async fn handle_message<H, F>(message: &QueueMessage, time: Instant, handle: &H) -> bool
where
    H: Fn(QueueMessage) -> F,
    F: Future<Output = Result<(), StoreError>>,
{
    let start = Instant::now();
    // Making the future may panic as well as running it.
    // Boxed, for a step is many futures deep and the compiler counts them.
    let run = async { Box::pin(handle(message.clone())).await };
    let run = AssertUnwindSafe(run).catch_unwind();
    let failure = match tokio::time::timeout_at(time.into(), run).await {
        Ok(Ok(Ok(()))) => None,
        Ok(Ok(Err(error))) => Some(error.to_string()),
        Ok(Err(_)) => Some("panic".to_owned()),
        Err(_) => Some("deadline".to_owned()),
    };
    message.write_log(failure.as_deref(), start.elapsed().as_micros());
    failure.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn store() -> Store {
        people_storage::connect_store(&people_storage::Config::default()).await
    }

    fn invocation() -> LambdaInvocation {
        LambdaInvocation { id: String::new(), deadline: Instant::now() }
    }

    async fn handle(message: QueueMessage) -> Result<(), StoreError> {
        match message.body.as_str() {
            "good" => Ok(()),
            "bad" => Err(StoreError::Unavailable("test".to_owned())),
            _ => panic!("a poisoned message"),
        }
    }

    #[tokio::test]
    async fn a_message_fails_alone() {
        let record = |id: &str, body: &str| json!({ "messageId": id, "body": body });
        let event = json!({ "Records": [record("1", "bad"), record("2", "good"), record("3", "?"), record("4", "good")] });
        let failed =
            json!({ "batchItemFailures": [{ "itemIdentifier": "1" }, { "itemIdentifier": "3" }] });
        assert_eq!(handle_event(&store().await, &event, &invocation(), handle).await, failed);
    }

    #[tokio::test]
    async fn an_event_with_no_message_fails_none() {
        let none = json!({ "batchItemFailures": [] });
        for event in [json!({}), json!({ "Records": [] }), json!(null)] {
            assert_eq!(handle_event(&store().await, &event, &invocation(), handle).await, none);
        }
    }
}
