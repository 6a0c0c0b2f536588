//! Functions that a queue drives: each message of an event succeeds or fails on its own, and the
//! failed ones are delivered again. Each message has one log event: ids and counts, never content.

use std::fmt::Display;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use aws_config::SdkConfig;
use futures::FutureExt;
use futures::future::join_all;
use lambda_http::lambda_runtime::{self, LambdaEvent};
use lambda_http::service_fn;
use people_storage::Store;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use crate::bootstrap::{Error, build_runtime};
use crate::config::Config;
use crate::log_event::{LogEvent, LogOutcome};

/// One message, and the store with which it is handled.
#[derive(Debug, Clone)]
pub struct QueueMessage {
    /// The store, with a meter of the message's own.
    pub store: Store,
    pub body: String,
    /// When the function has to be done.
    pub deadline: Instant,
    queue_arn: String,
    receipt: String,
    function: Option<String>,
    source: MessageSource,
    recorded: Arc<Mutex<Map<String, Json>>>,
}

/// Where a message came from, for the log.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct MessageSource {
    lambda_request_id: String,
    message_id: String,
    /// How often it was delivered, as SQS counts.
    received: Option<String>,
    waited_millis: Option<u64>,
}

/// The members of a record of an SQS event that are read. One of another form is handled as a
/// message without a body, which no handler accepts, so that it is delivered again.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct SqsRecord {
    message_id: Option<String>,
    receipt_handle: String,
    body: String,
    #[serde(rename = "eventSourceARN")]
    event_source_arn: String,
    attributes: SqsAttributes,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct SqsAttributes {
    approximate_receive_count: Option<String>,
    /// Milliseconds since 1970.
    sent_timestamp: Option<String>,
}

/// One run of the function.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// Lambda's request id.
    pub id: String,
    /// The name of the function, for the log.
    pub function: Option<String>,
    /// When the function has to be done.
    pub deadline: Instant,
}

/// The time for each message of an event that has several: they are small work.
const BATCHED_MESSAGE_TIMEOUT: Duration = Duration::from_secs(20);

/// The time for an event of an emulator that sets no deadline.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(120);

/// The end of an invocation, from milliseconds since 1970: a time in the past, where an emulator
/// has no deadline.
fn invocation_deadline(millis: u64) -> Instant {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let left = Duration::from_millis(millis).checked_sub(now).unwrap_or(DEFAULT_TIMEOUT);
    Instant::now() + left
}

impl SqsAttributes {
    /// Milliseconds from when the message was sent until now.
    fn waited_millis(&self) -> Option<u64> {
        let sent = self.sent_timestamp.as_ref()?.parse::<u64>().ok()?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        u64::try_from(now).ok()?.checked_sub(sent)
    }
}

impl QueueMessage {
    fn new(store: &Store, record: SqsRecord, invocation: &Invocation) -> Self {
        let source = MessageSource {
            lambda_request_id: invocation.id.clone(),
            message_id: record.message_id.unwrap_or_default(),
            waited_millis: record.attributes.waited_millis(),
            received: record.attributes.approximate_receive_count,
        };
        Self {
            store: store.with_fresh_meter(),
            body: record.body,
            deadline: invocation.deadline,
            queue_arn: record.event_source_arn,
            receipt: record.receipt_handle,
            function: invocation.function.clone(),
            source,
            recorded: Arc::default(),
        }
    }

    /// The ARN of the queue that delivered the message.
    #[must_use]
    pub fn queue_arn(&self) -> &str {
        &self.queue_arn
    }

    /// Names this delivery to the queue.
    #[must_use]
    pub fn receipt(&self) -> &str {
        &self.receipt
    }

    /// How often the message was delivered, this time included.
    #[must_use]
    pub fn receive_count(&self) -> u32 {
        self.source.received.as_ref().and_then(|count| count.parse().ok()).unwrap_or(1)
    }

    /// Names the job that the message works on in its log event.
    pub fn record_job(&self, tenant: &str, job: &str) {
        self.record_field("tenant", tenant);
        self.record_field("job", job);
    }

    /// Adds an id or a count to the message's log event.
    pub fn record_field(&self, name: &'static str, value: impl Into<Json>) {
        self.lock_recorded().insert(name.to_owned(), value.into());
    }

    fn lock_recorded(&self) -> MutexGuard<'_, Map<String, Json>> {
        self.recorded.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_log(&self, failure: Option<&str>, elapsed: Duration) {
        let outcome = LogOutcome::Message {
            function: self.function.as_deref(),
            failed: failure.is_some(),
            internal: failure,
        };
        let recorded = self.lock_recorded();
        LogEvent::new(&self.source, &recorded, outcome, elapsed, Some(&self.store)).write();
    }
}

/// Runs a function until Lambda ends the process. `connect` makes what the handler needs next to
/// the store, once, at start. A message whose handler fails is delivered again.
///
/// # Errors
/// When the runtime can't be started or Lambda's endpoint no longer answers.
pub fn serve_queue<T, H, F, E>(
    connect: impl FnOnce(&SdkConfig) -> T,
    handle: H,
) -> Result<(), Error>
where
    T: Clone,
    H: Fn(T, QueueMessage) -> F,
    F: Future<Output = Result<(), E>>,
    E: Display,
{
    build_runtime()?.block_on(async {
        let config = aws_config::from_env().load().await;
        let store = people_storage::connect_store(&config, &Config::from_env().store);
        let function = std::env::var("AWS_LAMBDA_FUNCTION_NAME").ok();
        let (store, shared, function, handle) = (&store, &connect(&config), &function, &handle);
        let service = service_fn(move |event: LambdaEvent<Json>| async move {
            let handle_one = |message| handle(shared.clone(), message);
            let invocation = Invocation {
                id: event.context.request_id,
                function: function.clone(),
                deadline: invocation_deadline(event.context.deadline),
            };
            Ok::<Json, Error>(
                handle_queue_event(store, &event.payload, &invocation, handle_one).await,
            )
        });
        lambda_runtime::run(service).await
    })
}

/// Handles the messages of an SQS event at the same time: those of one event are small work, or it
/// has only one. The response names those that failed. An event without records, as a check of the
/// stack sends it, has no failures.
pub async fn handle_queue_event<H, F, E>(
    store: &Store,
    event: &Json,
    invocation: &Invocation,
    handle: H,
) -> Json
where
    H: Fn(QueueMessage) -> F,
    F: Future<Output = Result<(), E>>,
    E: Display,
{
    let records = event.get("Records").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
    // A message that hangs must not take the others of its event with it.
    let end = if records.len() > 1 {
        Instant::now() + BATCHED_MESSAGE_TIMEOUT
    } else {
        invocation.deadline
    };
    let handle = &handle;
    let messages = records.iter().map(|record| {
        let record = SqsRecord::deserialize(record).unwrap_or_default();
        let id = record.message_id.clone();
        let message = QueueMessage::new(store, record, invocation);
        async move {
            let failed = handle_message(&message, end, handle).await;
            failed.then(|| json!({ "itemIdentifier": id }))
        }
    });
    let failures: Vec<_> = join_all(messages).await.into_iter().flatten().collect();
    json!({ "batchItemFailures": failures })
}

/// Handles one message until `end`, and returns whether it has to be delivered again.
async fn handle_message<H, F, E>(message: &QueueMessage, end: Instant, handle: &H) -> bool
where
    H: Fn(QueueMessage) -> F,
    F: Future<Output = Result<(), E>>,
    E: Display,
{
    let start = Instant::now();
    // Making the future may panic too. Boxed, since the compiler counts how deep futures nest.
    let run = async { Box::pin(handle(message.clone())).await };
    let run = AssertUnwindSafe(run).catch_unwind();
    let failure = match tokio::time::timeout_at(end.into(), run).await {
        Ok(Ok(Ok(()))) => None,
        Ok(Ok(Err(error))) => Some(error.to_string()),
        Ok(Err(_)) => Some("panic".to_owned()),
        Err(_) => Some("deadline".to_owned()),
    };
    message.write_log(failure.as_deref(), start.elapsed());
    failure.is_some()
}

#[cfg(test)]
mod tests {
    use people_storage::StoreError;

    use super::*;

    async fn store() -> Store {
        let shared = aws_config::from_env().load().await;
        people_storage::connect_store(&shared, &people_storage::Config::default())
    }

    fn invocation() -> Invocation {
        Invocation { id: String::new(), function: None, deadline: Instant::now() }
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
        assert_eq!(handle_queue_event(&store().await, &event, &invocation(), handle).await, failed);
    }

    #[tokio::test]
    async fn an_event_with_no_message_fails_none() {
        let none = json!({ "batchItemFailures": [] });
        for event in [json!({}), json!({ "Records": [] }), json!(null)] {
            assert_eq!(
                handle_queue_event(&store().await, &event, &invocation(), handle).await,
                none
            );
        }
    }
}
