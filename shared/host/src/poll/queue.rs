//! The calls of SQS that a poller makes.

use super::Source;
use super::event::Message;
use crate::Emulator;
use anyhow::{Result, ensure};
use serde_json::{Value, json};

/// Longest that a receive waits for a message, in seconds: the most that SQS allows.
const WAIT: u8 = 20;

pub(super) struct Queue {
    pub(super) sqs: Emulator,
    pub(super) source: Source,
}

impl Queue {
    /// The next messages, none if none came for a while.
    pub(super) async fn receive(&self) -> Result<Vec<Message>> {
        let asked = json!({
            "QueueUrl": self.source.url,
            "MaxNumberOfMessages": self.source.batch,
            "WaitTimeSeconds": WAIT,
            "MessageSystemAttributeNames": ["All"],
            "MessageAttributeNames": ["All"],
        });
        let mut answer = self.sqs.action("AmazonSQS.ReceiveMessage", &asked).await?;
        match answer.get_mut("Messages").map(Value::take) {
            Some(messages) => Ok(serde_json::from_value(messages)?),
            None => Ok(Vec::new()),
        }
    }

    pub(super) async fn delete(&self, messages: &[&Message]) -> Result<()> {
        self.each("DeleteMessageBatch", messages, &json!({})).await
    }

    /// Lets failed messages be seen again, if the source says when.
    pub(super) async fn retry(&self, messages: &[&Message]) -> Result<()> {
        let Some(after) = self.source.retry else { return Ok(()) };
        let more = json!({ "VisibilityTimeout": after.as_secs() });
        self.each("ChangeMessageVisibilityBatch", messages, &more).await
    }

    /// One action for all the messages, at most ten as they were received.
    async fn each(&self, action: &str, messages: &[&Message], more: &Value) -> Result<()> {
        if messages.is_empty() {
            return Ok(());
        }
        let entries = messages.iter().enumerate().map(|(place, message)| {
            let mut entry =
                json!({ "Id": place.to_string(), "ReceiptHandle": message.receipt_handle });
            if let (Some(entry), Some(more)) = (entry.as_object_mut(), more.as_object()) {
                entry.extend(more.clone());
            }
            entry
        });
        let asked = json!({ "QueueUrl": self.source.url, "Entries": entries.collect::<Vec<_>>() });
        let answer = self.sqs.action(&format!("AmazonSQS.{action}"), &asked).await?;
        let failed = answer.get("Failed").and_then(Value::as_array).map_or(0, Vec::len);
        ensure!(failed == 0, "{action}: {failed} of {} refused", messages.len());
        Ok(())
    }
}
