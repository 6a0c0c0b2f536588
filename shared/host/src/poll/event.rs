//! The event that a function gets for messages of a queue, and what its answer says of them.

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// A message as SQS gives it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Message {
    /// Names the message, and goes into `batchItemFailures`.
    pub message_id: String,
    /// Names this receipt of it.
    pub receipt_handle: String,
    /// What was sent.
    pub body: String,
    /// Checksum of the body, as SQS computed it.
    #[serde(rename = "MD5OfBody")]
    pub md5_of_body: String,
    /// `ApproximateReceiveCount`, `MessageGroupId` and the like.
    #[serde(default)]
    pub attributes: Map<String, Value>,
    /// Attributes of the sender's own.
    #[serde(default)]
    pub message_attributes: Map<String, Value>,
}

/// The event that AWS Lambda makes of messages from the queue with this ARN.
#[must_use]
pub fn sqs(messages: &[Message], arn: &str) -> Bytes {
    let records: Vec<_> = messages.iter().map(|message| record(message, arn)).collect();
    json!({ "Records": records }).to_string().into()
}

fn record(message: &Message, arn: &str) -> Value {
    let own = message.message_attributes.iter();
    let own: Map<_, _> = own.map(|(name, value)| (name.clone(), attribute(value))).collect();
    json!({
        "messageId": message.message_id,
        "receiptHandle": message.receipt_handle,
        "body": message.body,
        "attributes": message.attributes,
        "messageAttributes": own,
        "md5OfBody": message.md5_of_body,
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": arn.split(':').nth(3),
    })
}

fn attribute(value: &Value) -> Value {
    let mut shaped = json!({ "stringListValues": [], "binaryListValues": [] });
    let names =
        [("stringValue", "StringValue"), ("binaryValue", "BinaryValue"), ("dataType", "DataType")];
    for (name, sent) in names {
        if let (Some(part), Some(shaped)) = (value.get(sent), shaped.as_object_mut()) {
            shaped.insert(name.to_owned(), part.clone());
        }
    }
    shaped
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    #[serde(default)]
    batch_item_failures: Option<Vec<Failure>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Failure {
    item_identifier: String,
}

/// The ids of the messages that failed. An empty answer, null or no list says none; an id that was not sent fails the
/// whole batch, as on AWS.
///
/// # Errors
/// When the answer can't be understood: then all of them failed.
pub fn failures(answer: &[u8], messages: &[Message]) -> Result<Vec<String>> {
    if answer.is_empty() {
        return Ok(Vec::new());
    }
    let answer: Option<Answer> =
        serde_json::from_slice(answer).context("no answer to an event of a queue")?;
    let failures = answer.and_then(|answer| answer.batch_item_failures).unwrap_or_default();
    let ids: Vec<_> = failures.into_iter().map(|failure| failure.item_identifier).collect();
    let sent = |id: &String| messages.iter().any(|message| message.message_id == *id);
    ensure!(ids.iter().all(sent), "an answer that names messages which were not sent");
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:sqs:us-east-1:000000000000:ChunkQueue";

    fn message(id: &str) -> Message {
        let received = json!({
            "MessageId": id, "ReceiptHandle": "handle", "Body": "{}", "MD5OfBody": "sum",
            "Attributes": { "ApproximateReceiveCount": "2", "MessageGroupId": "demo" },
            "MessageAttributes": { "Own": { "StringValue": "text", "DataType": "String" } },
        });
        serde_json::from_value(received).unwrap()
    }

    #[test]
    fn a_record_has_what_lambda_gives() {
        let event: Value = serde_json::from_slice(&sqs(&[message("one")], ARN)).unwrap();
        let expected = json!({ "Records": [{
            "messageId": "one",
            "receiptHandle": "handle",
            "body": "{}",
            "attributes": { "ApproximateReceiveCount": "2", "MessageGroupId": "demo" },
            "messageAttributes": { "Own": {
                "stringListValues": [], "binaryListValues": [],
                "stringValue": "text", "dataType": "String",
            } },
            "md5OfBody": "sum",
            "eventSource": "aws:sqs",
            "eventSourceARN": ARN,
            "awsRegion": "us-east-1",
        }] });
        assert_eq!(event, expected);
    }

    #[track_caller]
    fn check(answer: &str, expected: Option<&[&str]>) {
        let failed = failures(answer.as_bytes(), &[message("one"), message("two")]).ok();
        assert_eq!(
            failed.as_deref(),
            expected.map(|ids| ids.iter().map(ToString::to_string).collect::<Vec<_>>()).as_deref()
        );
    }

    #[test]
    fn only_the_named_messages_failed() {
        check("", Some(&[]));
        check("null", Some(&[]));
        check("{}", Some(&[]));
        check(r#"{"batchItemFailures":null}"#, Some(&[]));
        check(r#"{"batchItemFailures":[]}"#, Some(&[]));
        check(r#"{"batchItemFailures":[{"itemIdentifier":"two"}]}"#, Some(&["two"]));
    }

    #[test]
    fn an_answer_not_understood_fails_all() {
        check("done", None);
        check(r#"{"batchItemFailures":[{"itemIdentifier":"three"}]}"#, None);
        check(r#"{"batchItemFailures":[{"itemIdentifier":null}]}"#, None);
        check(r#"{"batchItemFailures":[{"id":"one"}]}"#, None);
    }
}
