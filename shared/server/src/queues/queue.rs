//! One queue: which messages may be received, in what order, and which have failed too often.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use tokio::time::Instant;
use uuid::Uuid;

use super::error::QueueError;
use super::message::{Message, ReceivedMessage};

/// The settings of a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct QueueSettings {
    /// How long a received message is hidden.
    pub(super) visibility_timeout: Duration,
    /// How long a new message is hidden.
    pub(super) delay: Duration,
    /// How long a message is kept.
    pub(super) retention: Duration,
    /// Where messages go that are received too often.
    pub(super) redrive: Option<RedrivePolicy>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RedrivePolicy {
    /// The name of the dead-letter queue.
    pub(super) target: String,
    pub(super) max_receive_count: u32,
}

#[derive(Debug)]
pub(super) struct Queue {
    pub(super) settings: QueueSettings,
    /// The messages in the order in which they were sent.
    messages: BTreeMap<u64, Message>,
    next: u64,
}

/// The outcome of a receive.
#[derive(Debug, Default)]
pub(super) struct Receive {
    pub(super) messages: Vec<ReceivedMessage>,
    /// Messages that leave the queue for its dead-letter queue.
    pub(super) dead: Vec<Message>,
}

/// The number of messages that may be received, and that are in progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MessageCounts {
    pub(super) visible: usize,
    pub(super) in_progress: usize,
}

impl Default for QueueSettings {
    fn default() -> Self {
        Self {
            visibility_timeout: Duration::from_secs(30),
            delay: Duration::ZERO,
            retention: Duration::from_secs(4 * 86_400),
            redrive: None,
        }
    }
}

impl Queue {
    pub(super) fn new(settings: QueueSettings) -> Self {
        Self { settings, messages: BTreeMap::new(), next: 0 }
    }

    pub(super) fn add_message(&mut self, message: Message) {
        self.messages.insert(self.next, message);
        self.next += 1;
    }

    /// Receives up to `max` messages and hides each for `visibility_timeout`.
    pub(super) fn receive_messages(
        &mut self,
        max: usize,
        visibility_timeout: Duration,
        now: Instant,
    ) -> Receive {
        let retention = self.settings.retention;
        self.messages.retain(|_, message| message.sent + retention > now);
        let mut receive = Receive { dead: self.take_dead_letters(now), messages: Vec::new() };
        while receive.messages.len() < max
            && let Some(message) = self.find_next_message(now)
        {
            // A timeout of zero leaves it visible; it must not be received twice by one call.
            let hidden_until = now + visibility_timeout.max(Duration::from_nanos(1));
            receive.messages.push(message.mark_received(hidden_until));
        }
        receive
    }

    /// Finds the oldest visible message of the group that has the fewest in progress.
    fn find_next_message(&mut self, now: Instant) -> Option<&mut Message> {
        let mut in_progress = HashMap::<Option<&str>, usize>::new();
        for message in self.messages.values().filter(|message| message.is_in_progress(now)) {
            *in_progress.entry(message.group.as_deref()).or_default() += 1;
        }
        let visible = self.messages.iter().filter(|(_, message)| message.visible_at <= now);
        let load = |message: &Message| {
            in_progress.get(&message.group.as_deref()).copied().unwrap_or_default()
        };
        let next = visible.min_by_key(|(number, message)| (load(message), **number));
        let number = next.map(|(number, _)| *number)?;
        self.messages.get_mut(&number)
    }

    /// Takes the visible messages that were received as often as the redrive policy allows.
    fn take_dead_letters(&mut self, now: Instant) -> Vec<Message> {
        let Some(policy) = &self.settings.redrive else { return Vec::new() };
        let is_dead = |message: &Message| {
            message.visible_at <= now && message.receive_count >= policy.max_receive_count
        };
        let dead: Vec<_> = self
            .messages
            .iter()
            .filter(|(_, message)| is_dead(message))
            .map(|(number, _)| *number)
            .collect();
        dead.iter().filter_map(|number| self.messages.remove(number)).collect()
    }

    /// Deletes the message of the receipt. A message that was received again since stays.
    pub(super) fn delete_message(&mut self, receipt: Uuid) {
        self.messages.retain(|_, message| message.receipt != Some(receipt));
    }

    /// Makes the message of the receipt visible after `timeout`.
    pub(super) fn change_visibility(
        &mut self,
        receipt: Uuid,
        timeout: Duration,
        now: Instant,
    ) -> Result<(), QueueError> {
        let mut messages = self.messages.values_mut();
        let message = messages
            .find(|message| message.receipt == Some(receipt) && message.is_in_progress(now))
            .ok_or(QueueError::InvalidReceipt)?;
        message.visible_at = now + timeout;
        Ok(())
    }

    /// When the next hidden message becomes visible.
    pub(super) fn next_visible_at(&self) -> Option<Instant> {
        self.messages.values().map(|message| message.visible_at).min()
    }

    pub(super) fn count_messages(&self, now: Instant) -> MessageCounts {
        let visible = self.messages.values().filter(|message| message.visible_at <= now).count();
        let in_progress =
            self.messages.values().filter(|message| message.is_in_progress(now)).count();
        MessageCounts { visible, in_progress }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn queue(settings: QueueSettings) -> Queue {
        Queue::new(settings)
    }

    fn send(queue: &mut Queue, body: &str, group: &str) {
        let group = Some(group.to_owned());
        queue.add_message(Message::new(body.to_owned(), group, Map::new(), Duration::ZERO));
    }

    /// Receives up to `max` messages: their bodies and receipts.
    fn receive(queue: &mut Queue, max: usize, now: Instant) -> Vec<(String, Uuid)> {
        let received = queue.receive_messages(max, SECOND * 30, now).messages;
        let read = |message: &ReceivedMessage| {
            let message = json!(message);
            let text = |name: &str| message[name].as_str().unwrap().to_owned();
            (text("Body"), text("ReceiptHandle").parse().unwrap())
        };
        received.iter().map(read).collect()
    }

    fn bodies(received: &[(String, Uuid)]) -> Vec<&str> {
        received.iter().map(|(body, _)| &**body).collect()
    }

    #[test]
    fn a_message_is_hidden_until_its_timeout_is_over_or_it_is_deleted() {
        let mut queue = queue(QueueSettings::default());
        send(&mut queue, "a", "x");
        let now = Instant::now();
        let first = receive(&mut queue, 10, now);
        assert_eq!(bodies(&first), ["a"]);
        assert!(receive(&mut queue, 10, now + SECOND * 29).is_empty());
        assert_eq!(queue.next_visible_at(), Some(now + SECOND * 30));
        let second = receive(&mut queue, 10, now + SECOND * 30);
        assert_eq!(bodies(&second), ["a"]);
        // The handle of the first receive is worth nothing any more.
        queue.delete_message(first[0].1);
        let later = now + SECOND * 31;
        assert_eq!(
            queue.change_visibility(first[0].1, SECOND, later),
            Err(QueueError::InvalidReceipt)
        );
        queue.change_visibility(second[0].1, Duration::ZERO, later).unwrap();
        let third = receive(&mut queue, 10, later);
        queue.delete_message(third[0].1);
        assert!(receive(&mut queue, 10, later + SECOND * 99).is_empty());
    }

    #[test]
    fn a_group_with_many_messages_delays_no_other() {
        let mut queue = queue(QueueSettings::default());
        for n in 0..5 {
            send(&mut queue, &format!("big {n}"), "big");
        }
        send(&mut queue, "small", "small");
        let now = Instant::now();
        let received = receive(&mut queue, 3, now);
        assert_eq!(bodies(&received), ["big 0", "small", "big 1"]);
        send(&mut queue, "small again", "small");
        let now = Instant::now();
        assert_eq!(bodies(&receive(&mut queue, 2, now)), ["small again", "big 2"]);
        let left = MessageCounts { visible: 2, in_progress: 5 };
        assert_eq!(queue.count_messages(now), left);
    }

    #[test]
    fn what_is_received_too_often_goes_to_the_dead_letter_queue() {
        let redrive = RedrivePolicy { target: "dead".to_owned(), max_receive_count: 2 };
        let mut queue = queue(QueueSettings { redrive: Some(redrive), ..QueueSettings::default() });
        send(&mut queue, "a", "x");
        let now = Instant::now();
        for n in 0..2 {
            assert_eq!(bodies(&receive(&mut queue, 1, now + SECOND * 30 * n)), ["a"]);
        }
        let last = queue.receive_messages(1, SECOND, now + SECOND * 60);
        assert!(last.messages.is_empty());
        let dead: Vec<_> = last.dead.iter().map(|message| message.body.as_str()).collect();
        assert_eq!(dead, ["a"]);
        assert_eq!(queue.next_visible_at(), None);
    }

    #[test]
    fn a_message_is_kept_for_its_retention() {
        let retention = SECOND * 60;
        let mut queue = queue(QueueSettings { retention, ..QueueSettings::default() });
        send(&mut queue, "a", "x");
        assert!(receive(&mut queue, 1, Instant::now() + SECOND * 61).is_empty());
        assert_eq!(queue.next_visible_at(), None);
    }
}
