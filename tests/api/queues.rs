//! Queues as the local stack polls them, on the emulator that it runs: what is handled goes, what fails comes again and
//! ends in the dead-letter queue, and no more runs at once than may.

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

/// Longest wait for what must come.
const EVENT_TIMEOUT: Duration = Duration::from_secs(30);

/// Long enough for what must not come.
const A_WHILE: Duration = Duration::from_millis(300);

/// Receives of a message before it is a dead letter.
const RECEIVES: u32 = 2;

fn sqs() -> AwsEndpoint {
    AwsEndpoint::new(TestStack::from_env().sqs_url).unwrap()
}

/// A queue of this test's own, polled without a pause after failures.
async fn queue(attributes: Value) -> EventSourceMapping {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let (process, next) = (std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let name = format!("Test-{process}-{next}");
    let made = json!({ "QueueName": name, "Attributes": attributes });
    let made = sqs().call_action("AmazonSQS.CreateQueue", &made).await.unwrap();
    let url = made["QueueUrl"].as_str().unwrap().to_owned();
    let arn = attribute(&url, "QueueArn").await;
    EventSourceMapping {
        name,
        url,
        arn,
        batch_size: 10,
        concurrency: 2,
        retry_after: Some(Duration::ZERO),
    }
}

async fn attribute(url: &str, name: &str) -> String {
    let asked = json!({ "QueueUrl": url, "AttributeNames": [name] });
    let answer = sqs().call_action("AmazonSQS.GetQueueAttributes", &asked).await.unwrap();
    answer["Attributes"][name].as_str().unwrap().to_owned()
}

async fn send(source: &EventSourceMapping, body: &str) {
    let message = json!({ "QueueUrl": source.url, "MessageBody": body, "MessageGroupId": "demo" });
    sqs().call_action("AmazonSQS.SendMessage", &message).await.unwrap();
}

/// Messages that the queue has, those that it hides too.
async fn count_messages(source: &EventSourceMapping) -> String {
    let seen = attribute(&source.url, "ApproximateNumberOfMessages").await;
    let hidden = attribute(&source.url, "ApproximateNumberOfMessagesNotVisible").await;
    format!("{seen} seen, {hidden} hidden")
}

/// The function: body and receive count of each message are told, bodies `bad` fail, `broken` fails all.
fn function(
    source: EventSourceMapping,
) -> (Poller, UnboundedReceiver<String>, UnboundedReceiver<usize>) {
    let ((tell, told), (note, rounds)) = (unbounded_channel(), unbounded_channel());
    let invoke = move |event: Bytes| {
        let event: Value = serde_json::from_slice(&event).unwrap();
        let mut failures = Vec::new();
        let mut broken = false;
        for record in event["Records"].as_array().unwrap() {
            let (body, times) = (&record["body"], &record["attributes"]["ApproximateReceiveCount"]);
            let group = &record["attributes"]["MessageGroupId"];
            let (body, times) = (body.as_str().unwrap(), times.as_str().unwrap());
            tell.send(format!("{body} {times} {}", group.as_str().unwrap())).unwrap();
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
    let poller = Poller::start(sqs(), source, Arc::new(invoke), move |round| {
        let _ = note.send(round.failed.len());
    });
    (poller, told, rounds)
}

async fn next<T>(channel: &mut UnboundedReceiver<T>) -> T {
    timeout(EVENT_TIMEOUT, channel.recv()).await.expect("in time").expect("more")
}

#[tokio::test]
async fn what_is_handled_goes_and_what_fails_ends_among_the_dead() {
    let dead = queue(json!({})).await;
    let policy = json!({ "deadLetterTargetArn": dead.arn, "maxReceiveCount": RECEIVES });
    let alive = queue(json!({ "RedrivePolicy": policy.to_string() })).await;
    send(&alive, "bad").await;
    send(&alive, "good").await;
    let (_poller, mut told, _) = function(alive.clone());
    let mut seen = [next(&mut told).await, next(&mut told).await, next(&mut told).await];
    seen.sort();
    assert_eq!(seen, ["bad 1 demo", "bad 2 demo", "good 1 demo"]);
    let gone = async {
        while count_messages(&dead).await != "1 seen, 0 hidden" {
            tokio::task::yield_now().await;
        }
    };
    timeout(EVENT_TIMEOUT, gone).await.unwrap();
    assert_eq!(count_messages(&alive).await, "0 seen, 0 hidden");
    assert!(told.try_recv().is_err());
    let (_poller, mut told, _) = function(dead);
    assert!(next(&mut told).await.starts_with("bad "));
}

#[tokio::test]
async fn an_error_of_the_function_leaves_every_message() {
    let source = EventSourceMapping {
        retry_after: None,
        ..queue(json!({ "VisibilityTimeout": "600" })).await
    };
    send(&source, "good").await;
    send(&source, "broken").await;
    let (_poller, mut told, mut rounds) = function(source.clone());
    assert_eq!(next(&mut told).await, "good 1 demo");
    assert_eq!(next(&mut told).await, "broken 1 demo");
    assert_eq!(next(&mut rounds).await, 2);
    assert_eq!(count_messages(&source).await, "0 seen, 2 hidden");
}

#[tokio::test]
async fn no_more_runs_at_once_than_may() {
    let source = EventSourceMapping { batch_size: 1, ..queue(json!({})).await };
    for _ in 0..3 {
        send(&source, "good").await;
    }
    let (arrived, gate) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let (came, open) = (Arc::clone(&arrived), Arc::clone(&gate));
    let invoke = move |_| {
        let (came, open) = (Arc::clone(&came), Arc::clone(&open));
        async move {
            came.add_permits(1);
            let _closed = open.acquire().await;
            Ok(Bytes::new())
        }
    };
    let _poller = Poller::start(sqs(), source.clone(), Arc::new(invoke), |_| {});
    timeout(EVENT_TIMEOUT, arrived.acquire_many(2)).await.unwrap().unwrap().forget();
    assert!(timeout(A_WHILE, arrived.acquire()).await.is_err());
    gate.close();
    timeout(EVENT_TIMEOUT, arrived.acquire()).await.unwrap().unwrap().forget();
}
