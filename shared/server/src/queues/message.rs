//! A message, as a queue keeps it and as it is received.

use std::time::Duration;

use md5::{Digest, Md5};
use serde::Serialize;
use serde_json::{Map, Value as Json};
use tokio::time::Instant;
use uuid::Uuid;

/// A message in a queue.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) id: Uuid,
    pub(super) body: String,
    /// The message group: messages of different groups do not delay one another.
    pub(super) group: Option<String>,
    /// Attributes that the sender set.
    pub(super) attributes: Map<String, Json>,
    pub(super) sent: Instant,
    /// Milliseconds since 1970.
    pub(super) sent_millis: i64,
    /// When it may be received.
    pub(super) visible_at: Instant,
    pub(super) receive_count: u32,
    /// The handle of the last receive.
    pub(super) receipt: Option<Uuid>,
}

/// A message that was received, under the names of SQS.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ReceivedMessage {
    message_id: String,
    receipt_handle: String,
    body: String,
    #[serde(rename = "MD5OfBody")]
    md5_of_body: String,
    attributes: Map<String, Json>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    message_attributes: Map<String, Json>,
}

impl Message {
    pub(super) fn new(
        body: String,
        group: Option<String>,
        attributes: Map<String, Json>,
        delay: Duration,
    ) -> Self {
        let now = Instant::now();
        Self {
            id: Uuid::now_v7(),
            body,
            group,
            attributes,
            sent: now,
            sent_millis: jiff::Timestamp::now().as_millisecond(),
            visible_at: now + delay,
            receive_count: 0,
            receipt: None,
        }
    }

    /// Whether it was received, and is hidden until its visibility timeout is over.
    pub(super) fn is_in_progress(&self, now: Instant) -> bool {
        self.receipt.is_some() && self.visible_at > now
    }

    /// Marks the message as received, and hides it.
    pub(super) fn mark_received(&mut self, hidden_until: Instant) -> ReceivedMessage {
        let receipt = Uuid::now_v7();
        self.receipt = Some(receipt);
        self.receive_count += 1;
        self.visible_at = hidden_until;
        let mut attributes = Map::new();
        let mut set = |name: &str, value: String| attributes.insert(name.to_owned(), value.into());
        set("ApproximateReceiveCount", self.receive_count.to_string());
        set("SentTimestamp", self.sent_millis.to_string());
        if let Some(group) = &self.group {
            set("MessageGroupId", group.clone());
        }
        ReceivedMessage {
            message_id: self.id.to_string(),
            receipt_handle: receipt.to_string(),
            body: self.body.clone(),
            md5_of_body: compute_md5(&self.body),
            attributes,
            message_attributes: self.attributes.clone(),
        }
    }
}

pub(super) fn compute_md5(body: &str) -> String {
    Md5::digest(body.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
