//! All queues of the process, by name.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Map;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::error::QueueError;
use super::message::{Message, ReceivedMessage};
use super::queue::{Queue, QueueSettings};

/// The account in the URLs and ARNs of queues.
const ACCOUNT: &str = "000000000000";

#[derive(Debug)]
pub(super) struct QueueSet {
    /// The address of the service.
    url: String,
    queues: Mutex<BTreeMap<String, Queue>>,
    /// Wakes receivers that wait for a message.
    sent: Notify,
}

impl QueueSet {
    pub(super) fn new(url: &str) -> Self {
        Self { url: url.to_owned(), queues: Mutex::default(), sent: Notify::new() }
    }

    /// Creates a queue unless it exists, and returns its URL.
    pub(super) fn create_queue(&self, name: &str, settings: QueueSettings) -> String {
        self.lock().entry(name.to_owned()).or_insert_with(|| Queue::new(settings));
        format!("{}/{ACCOUNT}/{name}", self.url)
    }

    /// The ARN of a queue by its name.
    pub(super) fn format_arn(name: &str) -> String {
        format!("arn:aws:sqs:{}:{ACCOUNT}:{name}", crate::connections::REGION)
    }

    /// Calls `work` with the queue of this URL; its last part is the queue's name.
    pub(super) fn with_queue<T>(
        &self,
        url: &str,
        work: impl FnOnce(&str, &mut Queue) -> T,
    ) -> Result<T, QueueError> {
        let name = url.rsplit('/').next().unwrap_or_default();
        let mut queues = self.lock();
        let queue = queues.get_mut(name).ok_or_else(|| QueueError::NoSuchQueue(name.to_owned()))?;
        Ok(work(name, queue))
    }

    /// Sends a message without group and attributes.
    pub(super) fn send_message(&self, url: &str, body: String) -> Result<(), QueueError> {
        self.add_message(url, Message::new(body, None, Map::new(), Duration::ZERO))
    }

    pub(super) fn add_message(&self, url: &str, message: Message) -> Result<(), QueueError> {
        self.with_queue(url, |_, queue| queue.add_message(message))?;
        self.sent.notify_waiters();
        Ok(())
    }

    /// Wakes receivers, since a message has become visible by another way than being sent.
    pub(super) fn wake_receivers(&self) {
        self.sent.notify_waiters();
    }

    /// Receives messages, and waits for them until `deadline`.
    pub(super) async fn receive_messages(
        &self,
        url: &str,
        max: usize,
        visibility_timeout: Option<Duration>,
        deadline: Instant,
    ) -> Result<Vec<ReceivedMessage>, QueueError> {
        loop {
            // Registered before the look, so that a message sent after it is not missed.
            let sent = self.sent.notified();
            tokio::pin!(sent);
            sent.as_mut().enable();
            let (messages, next) = self.try_receive(url, max, visibility_timeout)?;
            if !messages.is_empty() || Instant::now() >= deadline {
                return Ok(messages);
            }
            let wake = next.map_or(deadline, |next| next.min(deadline));
            tokio::select! {
                () = sent => {}
                () = tokio::time::sleep_until(wake) => {}
            }
        }
    }

    /// Returns what is visible now, and when something else will be.
    fn try_receive(
        &self,
        url: &str,
        max: usize,
        visibility_timeout: Option<Duration>,
    ) -> Result<(Vec<ReceivedMessage>, Option<Instant>), QueueError> {
        let (receive, target, next) = self.with_queue(url, |_, queue| {
            let timeout = visibility_timeout.unwrap_or(queue.settings.visibility_timeout);
            let receive = queue.receive_messages(max, timeout, Instant::now());
            let target = queue.settings.redrive.as_ref().map(|policy| policy.target.clone());
            (receive, target, queue.next_visible_at())
        })?;
        for message in receive.dead {
            let message = Message { receive_count: 0, receipt: None, ..message };
            // It exists: queues are never deleted, and SetQueueAttributes has looked for it.
            if let Some(target) = &target {
                self.add_message(target, message)?;
            }
        }
        Ok((receive.messages, next))
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Queue>> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
