//! Forms the event of a batch of messages and reads which of them failed. The types of `aws_lambda_events` are not used:
//! its event can't be built outside of that crate, and its response must not be null, which Lambda allows.

use super::queue_client::ReceivedMessage;
use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// Forms the event that Lambda passes on for messages of the queue with this ARN.
pub(super) fn build_event(messages: &[ReceivedMessage], arn: &str) -> Bytes {
    let records: Vec<_> = messages.iter().map(|message| build_record(message, arn)).collect();
    json!({ "Records": records }).to_string().into()
}

fn build_record(message: &ReceivedMessage, arn: &str) -> Value {
    let attributes = message.message_attributes.iter();
    let attributes: Map<_, _> =
        attributes.map(|(name, value)| (name.clone(), build_attribute(value))).collect();
    json!({
        "messageId": message.message_id,
        "receiptHandle": message.receipt_handle,
        "body": message.body,
        "attributes": message.attributes,
        "messageAttributes": attributes,
        "md5OfBody": message.md5_of_body,
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": arn.split(':').nth(3),
    })
}

fn build_attribute(value: &Value) -> Value {
    let mut attribute = json!({ "stringListValues": [], "binaryListValues": [] });
    let names =
        [("stringValue", "StringValue"), ("binaryValue", "BinaryValue"), ("dataType", "DataType")];
    for (name, sqs_name) in names {
        if let (Some(part), Some(attribute)) = (value.get(sqs_name), attribute.as_object_mut()) {
            attribute.insert(name.to_owned(), part.clone());
        }
    }
    attribute
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BatchResponse {
    #[serde(default)]
    batch_item_failures: Option<Vec<BatchItemFailure>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BatchItemFailure {
    item_identifier: String,
}

/// Reads the ids of the messages that failed. An empty response, null or no list means none; an id that was not sent fails
/// the whole batch, as on AWS.
///
/// # Errors
/// When the response can't be read. All messages have failed then.
pub(super) fn parse_failures(response: &[u8], messages: &[ReceivedMessage]) -> Result<Vec<String>> {
    if response.is_empty() {
        return Ok(Vec::new());
    }
    let response: Option<BatchResponse> = serde_json::from_slice(response)
        .context("the response is not one to an event of a queue")?;
    let failures = response.and_then(|response| response.batch_item_failures).unwrap_or_default();
    let ids: Vec<_> = failures.into_iter().map(|failure| failure.item_identifier).collect();
    let is_known = |id: &String| messages.iter().any(|message| message.message_id == *id);
    ensure!(ids.iter().all(is_known), "the response names messages that were not sent");
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:sqs:us-east-1:000000000000:ChunkQueue";

    fn message(id: &str) -> ReceivedMessage {
        let received = json!({
            "MessageId": id, "ReceiptHandle": "handle", "Body": "{}", "MD5OfBody": "sum",
            "Attributes": { "ApproximateReceiveCount": "2", "MessageGroupId": "demo" },
            "MessageAttributes": { "Own": { "StringValue": "text", "DataType": "String" } },
        });
        serde_json::from_value(received).unwrap()
    }

    #[test]
    fn a_record_has_what_lambda_gives() {
        let event: Value = serde_json::from_slice(&build_event(&[message("one")], ARN)).unwrap();
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
        let failed = parse_failures(answer.as_bytes(), &[message("one"), message("two")]).ok();
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
