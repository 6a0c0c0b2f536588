//! The calls to SQS that a poller makes.

use super::EventSourceMapping;
use crate::CallAction;
use anyhow::{Result, ensure};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Longest wait of a receive for a message, in seconds: SQS allows no more.
const RECEIVE_WAIT_SECONDS: u8 = 20;

/// A message as SQS returns it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ReceivedMessage {
    /// Identifies the message, in `batchItemFailures` too.
    pub(super) message_id: String,
    /// Identifies this receipt of the message.
    pub(super) receipt_handle: String,
    pub(super) body: String,
    /// Checksum of the body, as SQS computed it.
    #[serde(rename = "MD5OfBody")]
    pub(super) md5_of_body: String,
    /// `ApproximateReceiveCount`, `MessageGroupId` and the like.
    #[serde(default)]
    pub(super) attributes: Map<String, Value>,
    /// Attributes that the sender set.
    #[serde(default)]
    pub(super) message_attributes: Map<String, Value>,
}

pub(super) struct QueueClient {
    pub(super) sqs: Arc<dyn CallAction>,
    pub(super) mapping: EventSourceMapping,
}

impl QueueClient {
    /// Waits for messages for a while and returns them, if any came.
    pub(super) async fn receive_messages(&self) -> Result<Vec<ReceivedMessage>> {
        let request = json!({
            "QueueUrl": self.mapping.url,
            "MaxNumberOfMessages": self.mapping.batch_size,
            "WaitTimeSeconds": RECEIVE_WAIT_SECONDS,
            "MessageSystemAttributeNames": ["All"],
            "MessageAttributeNames": ["All"],
        });
        let mut response = self.sqs.call_action("AmazonSQS.ReceiveMessage", &request).await?;
        match response.get_mut("Messages").map(Value::take) {
            Some(messages) => Ok(serde_json::from_value(messages)?),
            None => Ok(Vec::new()),
        }
    }

    pub(super) async fn delete_messages(&self, messages: &[&ReceivedMessage]) -> Result<()> {
        self.call_batch_action("DeleteMessageBatch", messages, &json!({})).await
    }

    /// Sets when failed messages become visible again, if the mapping says so.
    pub(super) async fn schedule_retry(&self, messages: &[&ReceivedMessage]) -> Result<()> {
        let Some(retry_after) = self.mapping.retry_after else { return Ok(()) };
        let fields = json!({ "VisibilityTimeout": retry_after.as_secs() });
        self.call_batch_action("ChangeMessageVisibilityBatch", messages, &fields).await
    }

    /// Calls an action for all the messages, which are ten at most because they were received together.
    async fn call_batch_action(
        &self,
        action: &str,
        messages: &[&ReceivedMessage],
        fields: &Value,
    ) -> Result<()> {
        if messages.is_empty() {
            return Ok(());
        }
        let entries = messages.iter().enumerate().map(|(index, message)| {
            let mut entry =
                json!({ "Id": index.to_string(), "ReceiptHandle": message.receipt_handle });
            if let (Some(entry), Some(fields)) = (entry.as_object_mut(), fields.as_object()) {
                entry.extend(fields.clone());
            }
            entry
        });
        let entries: Vec<_> = entries.collect();
        let request = json!({ "QueueUrl": self.mapping.url, "Entries": entries });
        let response = self.sqs.call_action(&format!("AmazonSQS.{action}"), &request).await?;
        let failed = response.get("Failed").and_then(Value::as_array).map_or(0, Vec::len);
        ensure!(failed == 0, "{action} failed for {failed} of {} messages", messages.len());
        Ok(())
    }
}
