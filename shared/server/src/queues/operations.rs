//! The operations of SQS that the service, the operator's command and the tests use.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json, json};
use tokio::time::Instant;
use uuid::Uuid;

use super::error::QueueError;
use super::message::{Message, compute_md5};
use super::queue::{MessageCounts, QueueSettings, RedrivePolicy};
use super::queue_set::QueueSet;
use super::requests::{
    Batch, CreateQueue, QueueRequest, ReceiptEntry, ReceiveMessage, RedrivePolicyText, SendEntry,
    SetQueueAttributes,
};

type OperationResult = Result<String, QueueError>;

/// Entries of a batch, and messages of one receive.
const BATCH_ENTRIES_MAX: usize = 10;

/// Bytes of a message.
const MESSAGE_BYTES_MAX: usize = 1024 * 1024;

/// Seconds for which a receive waits.
const WAIT_SECONDS_MAX: u64 = 20;

/// Seconds for which a new message is hidden.
const DELAY_SECONDS_MAX: u64 = 900;

/// Seconds for which a received message is hidden.
const VISIBILITY_SECONDS_MAX: u64 = 43_200;

/// Seconds for which a message is kept.
const RETENTION_SECONDS_MAX: u64 = 1_209_600;

/// Runs one operation and returns its answer as JSON.
pub(super) async fn run_operation(
    queues: &QueueSet,
    operation: &str,
    body: &[u8],
) -> OperationResult {
    // A call to a queue that does not exist fails as a whole, that of a batch too.
    if operation != "CreateQueue" {
        let QueueRequest { queue_url } = parse_request(body)?;
        queues.with_queue(&queue_url, |_, _| ())?;
    }
    match operation {
        "CreateQueue" => create_queue(queues, &parse_request(body)?),
        "SetQueueAttributes" => set_attributes(queues, &parse_request(body)?),
        "GetQueueAttributes" => get_attributes(queues, &parse_request(body)?),
        "SendMessage" => {
            let QueueRequest { queue_url } = parse_request(body)?;
            send_message(queues, &queue_url, parse_request(body)?).map(to_text)
        }
        "SendMessageBatch" => run_batch(body, |url, entry: SendEntry| {
            let id = entry.id.clone();
            (id, send_message(queues, url, entry))
        }),
        "ReceiveMessage" => receive_messages(queues, parse_request(body)?).await,
        "DeleteMessage" => {
            let QueueRequest { queue_url } = parse_request(body)?;
            delete_message(queues, &queue_url, &parse_request(body)?).map(to_text)
        }
        "DeleteMessageBatch" => run_batch(body, |url, entry: ReceiptEntry| {
            let deleted = delete_message(queues, url, &entry);
            (entry.id, deleted)
        }),
        "ChangeMessageVisibility" => {
            let QueueRequest { queue_url } = parse_request(body)?;
            change_visibility(queues, &queue_url, &parse_request(body)?).map(to_text)
        }
        "ChangeMessageVisibilityBatch" => run_batch(body, |url, entry: ReceiptEntry| {
            let changed = change_visibility(queues, url, &entry);
            (entry.id, changed)
        }),
        other => Err(QueueError::UnsupportedOperation(other.to_owned())),
    }
}

fn to_text(answer: Map<String, Json>) -> String {
    Json::Object(answer).to_string()
}

fn parse_request<T: DeserializeOwned>(body: &[u8]) -> Result<T, QueueError> {
    serde_json::from_slice(body).map_err(|error| QueueError::InvalidRequest(error.to_string()))
}

/// Runs every entry of a batch; each succeeds or fails on its own.
fn run_batch<T: DeserializeOwned>(
    body: &[u8],
    mut run: impl FnMut(&str, T) -> (String, Result<Map<String, Json>, QueueError>),
) -> OperationResult {
    let Batch { queue_url, entries } = parse_request::<Batch<Json>>(body)?;
    let ids: HashSet<_> = entries.iter().map(|entry| entry["Id"].to_string()).collect();
    if !(1..=BATCH_ENTRIES_MAX).contains(&entries.len()) || ids.len() < entries.len() {
        return Err(QueueError::InvalidBatch);
    }
    let (mut successful, mut failed) = (Vec::new(), Vec::new());
    for entry in entries {
        let entry = serde_json::from_value(entry)
            .map_err(|error| QueueError::InvalidRequest(error.to_string()))?;
        let (id, result) = run(&queue_url, entry);
        match result {
            Ok(mut answer) => {
                answer.insert("Id".to_owned(), id.into());
                successful.push(answer);
            }
            Err(error) => failed.push(json!({
                "Id": id, "Code": "InvalidParameterValue", "Message": error.to_string(),
                "SenderFault": true,
            })),
        }
    }
    Ok(json!({ "Successful": successful, "Failed": failed }).to_string())
}

fn create_queue(queues: &QueueSet, request: &CreateQueue) -> OperationResult {
    let mut settings = QueueSettings::default();
    apply_attributes(&mut settings, &request.attributes)?;
    Ok(json!({ "QueueUrl": queues.create_queue(&request.queue_name, settings) }).to_string())
}

fn set_attributes(queues: &QueueSet, request: &SetQueueAttributes) -> OperationResult {
    let mut settings = queues.with_queue(&request.queue_url, |_, queue| queue.settings.clone())?;
    apply_attributes(&mut settings, &request.attributes)?;
    // Messages that fail too often must have somewhere to go.
    if let Some(policy) = &settings.redrive {
        queues.with_queue(&policy.target, |_, _| ())?;
    }
    queues.with_queue(&request.queue_url, |_, queue| queue.settings = settings)?;
    Ok("{}".to_owned())
}

/// Changes the settings that the attributes name. Others, such as encryption, mean nothing here.
fn apply_attributes(
    settings: &mut QueueSettings,
    attributes: &BTreeMap<String, String>,
) -> Result<(), QueueError> {
    let invalid = |name: &str| QueueError::InvalidRequest(format!("{name} is invalid"));
    for (name, value) in attributes {
        let seconds = |max| parse_seconds(name, value.parse().map_err(|_| invalid(name))?, max);
        match name.as_str() {
            "VisibilityTimeout" => settings.visibility_timeout = seconds(VISIBILITY_SECONDS_MAX)?,
            "DelaySeconds" => settings.delay = seconds(DELAY_SECONDS_MAX)?,
            "MessageRetentionPeriod" => settings.retention = seconds(RETENTION_SECONDS_MAX)?,
            "RedrivePolicy" => {
                settings.redrive = Some(parse_redrive(value).ok_or_else(|| invalid(name))?);
            }
            _ => {}
        }
    }
    Ok(())
}

fn parse_seconds(name: &str, seconds: u64, max: u64) -> Result<Duration, QueueError> {
    if seconds > max {
        return Err(QueueError::InvalidRequest(format!("{name} is at most {max}")));
    }
    Ok(Duration::from_secs(seconds))
}

fn parse_redrive(text: &str) -> Option<RedrivePolicy> {
    let policy: RedrivePolicyText = serde_json::from_str(text).ok()?;
    let count = match policy.max_receive_count {
        Json::String(text) => text.parse().ok()?,
        number => u32::try_from(number.as_u64()?).ok()?,
    };
    let target = policy.dead_letter_target_arn.rsplit(':').next()?.to_owned();
    Some(RedrivePolicy { target, max_receive_count: count })
}

/// Returns all attributes, whichever were asked for.
fn get_attributes(queues: &QueueSet, request: &QueueRequest) -> OperationResult {
    let attributes = queues.with_queue(&request.queue_url, |name, queue| {
        let MessageCounts { visible, in_progress } = queue.count_messages(Instant::now());
        json!({
            "QueueArn": QueueSet::format_arn(name),
            "ApproximateNumberOfMessages": visible.to_string(),
            "ApproximateNumberOfMessagesNotVisible": in_progress.to_string(),
            "VisibilityTimeout": queue.settings.visibility_timeout.as_secs().to_string(),
        })
    })?;
    Ok(json!({ "Attributes": attributes }).to_string())
}

fn send_message(
    queues: &QueueSet,
    url: &str,
    entry: SendEntry,
) -> Result<Map<String, Json>, QueueError> {
    if entry.message_body.is_empty() || entry.message_body.len() > MESSAGE_BYTES_MAX {
        let limit = format!("a message has 1 to {MESSAGE_BYTES_MAX} bytes");
        return Err(QueueError::InvalidRequest(limit));
    }
    let delay = match entry.delay_seconds {
        Some(delay) => parse_seconds("DelaySeconds", delay, DELAY_SECONDS_MAX)?,
        None => queues.with_queue(url, |_, queue| queue.settings.delay)?,
    };
    let md5 = compute_md5(&entry.message_body);
    let SendEntry { message_body, message_group_id, message_attributes, .. } = entry;
    let message = Message::new(message_body, message_group_id, message_attributes, delay);
    let id = message.id.to_string();
    queues.add_message(url, message)?;
    let members = [("MessageId", id), ("MD5OfMessageBody", md5)];
    Ok(members.map(|(name, value)| (name.to_owned(), value.into())).into_iter().collect())
}

async fn receive_messages(queues: &QueueSet, request: ReceiveMessage) -> OperationResult {
    let wait = request.wait_time_seconds.unwrap_or_default().min(WAIT_SECONDS_MAX);
    let deadline = Instant::now() + Duration::from_secs(wait);
    let max = request.max_number_of_messages.unwrap_or(1);
    if !(1..=BATCH_ENTRIES_MAX).contains(&max) {
        let limit = format!("MaxNumberOfMessages is 1 to {BATCH_ENTRIES_MAX}");
        return Err(QueueError::InvalidRequest(limit));
    }
    let timeout = request.visibility_timeout;
    let timeout = timeout.map(parse_visibility).transpose()?;
    let messages = queues.receive_messages(&request.queue_url, max, timeout, deadline).await?;
    Ok(json!({ "Messages": messages }).to_string())
}

fn delete_message(
    queues: &QueueSet,
    url: &str,
    entry: &ReceiptEntry,
) -> Result<Map<String, Json>, QueueError> {
    let receipt = parse_receipt(entry)?;
    queues.with_queue(url, |_, queue| queue.delete_message(receipt))?;
    Ok(Map::new())
}

fn change_visibility(
    queues: &QueueSet,
    url: &str,
    entry: &ReceiptEntry,
) -> Result<Map<String, Json>, QueueError> {
    let receipt = parse_receipt(entry)?;
    let timeout = parse_visibility(entry.visibility_timeout.unwrap_or_default())?;
    queues
        .with_queue(url, |_, queue| queue.change_visibility(receipt, timeout, Instant::now()))??;
    queues.wake_receivers();
    Ok(Map::new())
}

fn parse_visibility(seconds: u64) -> Result<Duration, QueueError> {
    parse_seconds("VisibilityTimeout", seconds, VISIBILITY_SECONDS_MAX)
}

fn parse_receipt(entry: &ReceiptEntry) -> Result<Uuid, QueueError> {
    entry.receipt_handle.parse().map_err(|_| QueueError::InvalidReceipt)
}
