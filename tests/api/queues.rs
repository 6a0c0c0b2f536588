//! The local stack's polling of queues, on its emulator: handled messages are deleted, failed ones
//! are redelivered and end in the dead-letter queue, and concurrency is limited.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::body::Bytes;
use people_lambda_emulator::{AwsEndpoint, EventSourceMapping, InvokeError, Poller};
use people_testkit::TestStack;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;

/// The timeout of an expected event.
const EVENT_TIMEOUT: Duration = Duration::from_secs(30);

/// How long the absence of an event is observed.
const A_WHILE: Duration = Duration::from_millis(300);

/// Receives of a message before it becomes a dead letter.
const RECEIVES: u32 = 2;

fn connect_sqs() -> AwsEndpoint {
    AwsEndpoint::new(TestStack::from_env().sqs_url).unwrap()
}

/// Creates a queue for this test, polled without a pause after failures.
async fn create_queue(attributes: Value) -> EventSourceMapping {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let (process, next) = (std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let name = format!("Test-{process}-{next}");
    let made = json!({ "QueueName": name, "Attributes": attributes });
    let made = connect_sqs().call_action("AmazonSQS.CreateQueue", &made).await.unwrap();
    let url = made["QueueUrl"].as_str().unwrap().to_owned();
    let arn = read_attribute(&url, "QueueArn").await;
    EventSourceMapping {
        name,
        url,
        arn,
        batch_size: 10,
        concurrency: 2,
        retry_after: Some(Duration::ZERO),
    }
}

async fn read_attribute(url: &str, name: &str) -> String {
    let asked = json!({ "QueueUrl": url, "AttributeNames": [name] });
    let answer = connect_sqs().call_action("AmazonSQS.GetQueueAttributes", &asked).await.unwrap();
    answer["Attributes"][name].as_str().unwrap().to_owned()
}

async fn send_message(source: &EventSourceMapping, body: &str) {
    let message = json!({ "QueueUrl": source.url, "MessageBody": body, "MessageGroupId": "demo" });
    connect_sqs().call_action("AmazonSQS.SendMessage", &message).await.unwrap();
}

/// Counts the visible and the hidden messages of a queue.
async fn count_messages(source: &EventSourceMapping) -> String {
    let seen = read_attribute(&source.url, "ApproximateNumberOfMessages").await;
    let hidden = read_attribute(&source.url, "ApproximateNumberOfMessagesNotVisible").await;
    format!("{seen} seen, {hidden} hidden")
}

/// Polls a queue with a function that reports the body, receive count and group of each message; a
/// message `bad` fails, and `broken` fails its whole batch.
fn start_function(
    source: EventSourceMapping,
) -> (Poller, UnboundedReceiver<String>, UnboundedReceiver<usize>) {
    let ((report, handled), (report_failures, batch_failures)) =
        (unbounded_channel(), unbounded_channel());
    let invoke = move |event: Bytes| {
        let event: Value = serde_json::from_slice(&event).unwrap();
        let mut failures = Vec::new();
        let mut broken = false;
        for record in event["Records"].as_array().unwrap() {
            let (body, times) = (&record["body"], &record["attributes"]["ApproximateReceiveCount"]);
            let group = &record["attributes"]["MessageGroupId"];
            let (body, times) = (body.as_str().unwrap(), times.as_str().unwrap());
            report.send(format!("{body} {times} {}", group.as_str().unwrap())).unwrap();
            broken |= body == "broken";
            if body == "bad" {
                failures.push(json!({ "itemIdentifier": record["messageId"] }));
            }
        }
        async move {
            if broken {
                return Err(InvokeError::Stopped);
            }
            Ok(json!({ "batchItemFailures": failures }).to_string().into())
        }
    };
    let poller = Poller::start(Arc::new(connect_sqs()), source, Arc::new(invoke), move |round| {
        let _ = report_failures.send(round.failed.len());
    });
    (poller, handled, batch_failures)
}

async fn receive_next<T>(channel: &mut UnboundedReceiver<T>) -> T {
    timeout(EVENT_TIMEOUT, channel.recv()).await.expect("in time").expect("more")
}

#[tokio::test]
async fn what_is_handled_goes_and_what_fails_ends_among_the_dead() {
    let dead_letter_queue = create_queue(json!({})).await;
    let policy =
        json!({ "deadLetterTargetArn": dead_letter_queue.arn, "maxReceiveCount": RECEIVES });
    let main_queue = create_queue(json!({ "RedrivePolicy": policy.to_string() })).await;
    send_message(&main_queue, "bad").await;
    send_message(&main_queue, "good").await;
    let (_poller, mut handled, _) = start_function(main_queue.clone());
    let mut seen = [
        receive_next(&mut handled).await,
        receive_next(&mut handled).await,
        receive_next(&mut handled).await,
    ];
    seen.sort();
    assert_eq!(seen, ["bad 1 demo", "bad 2 demo", "good 1 demo"]);
    let gone = async {
        while count_messages(&dead_letter_queue).await != "1 seen, 0 hidden" {
            tokio::task::yield_now().await;
        }
    };
    timeout(EVENT_TIMEOUT, gone).await.unwrap();
    assert_eq!(count_messages(&main_queue).await, "0 seen, 0 hidden");
    assert!(handled.try_recv().is_err());
    let (_poller, mut handled, _) = start_function(dead_letter_queue);
    assert!(receive_next(&mut handled).await.starts_with("bad "));
}

#[tokio::test]
async fn an_error_of_the_function_leaves_every_message() {
    let source = EventSourceMapping {
        retry_after: None,
        ..create_queue(json!({ "VisibilityTimeout": "600" })).await
    };
    send_message(&source, "good").await;
    send_message(&source, "broken").await;
    let (_poller, mut handled, mut batch_failures) = start_function(source.clone());
    assert_eq!(receive_next(&mut handled).await, "good 1 demo");
    assert_eq!(receive_next(&mut handled).await, "broken 1 demo");
    assert_eq!(receive_next(&mut batch_failures).await, 2);
    assert_eq!(count_messages(&source).await, "0 seen, 2 hidden");
}

#[tokio::test]
async fn no_more_runs_at_once_than_may() {
    let source = EventSourceMapping { batch_size: 1, ..create_queue(json!({})).await };
    for _ in 0..3 {
        send_message(&source, "good").await;
    }
    let (running, gate) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let (started, open) = (Arc::clone(&running), Arc::clone(&gate));
    let invoke = move |_| {
        let (started, open) = (Arc::clone(&started), Arc::clone(&open));
        async move {
            started.add_permits(1);
            let _closed = open.acquire().await;
            Ok(Bytes::new())
        }
    };
    let _poller = Poller::start(Arc::new(connect_sqs()), source.clone(), Arc::new(invoke), |_| {});
    timeout(EVENT_TIMEOUT, running.acquire_many(2)).await.unwrap().unwrap().forget();
    assert!(timeout(A_WHILE, running.acquire()).await.is_err());
    gate.close();
    timeout(EVENT_TIMEOUT, running.acquire()).await.unwrap().unwrap().forget();
}
