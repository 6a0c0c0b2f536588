//! Handles one batch: gives the received messages to the function, and deletes all but those that failed.

use super::queue_client::{QueueClient, ReceivedMessage};
use super::{EventSourceMapping, sqs_event};
use crate::Invoke;
use anyhow::Error;
use std::fmt;
use std::time::{Duration, Instant};

/// The outcome of one batch: ids and counts, no contents of messages.
#[derive(Clone, Debug)]
pub struct BatchReport {
    /// Name of the queue.
    pub queue: String,
    /// Number of messages.
    pub received: usize,
    /// Ids of the messages that will be delivered again.
    pub failed: Vec<String>,
    /// Why the whole batch failed, or which call to the queue failed.
    pub error: Option<String>,
    /// Duration of the invocation.
    pub duration: Duration,
}

impl BatchReport {
    pub(super) fn for_failed_receive(mapping: &EventSourceMapping, error: &Error) -> Self {
        Self {
            queue: mapping.name.clone(),
            received: 0,
            failed: Vec::new(),
            error: Some(format!("{error:#}")),
            duration: Duration::ZERO,
        }
    }
}

impl fmt::Display for BatchReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (received, failed) = (self.received, self.failed.len());
        write!(f, "{}: {received} received, {failed} failed", self.queue)?;
        write!(f, ", {} ms", self.duration.as_millis())?;
        if failed > 0 {
            write!(f, ", failed: {}", self.failed.join(" "))?;
        }
        self.error.iter().try_for_each(|error| write!(f, ", error: {error}"))
    }
}

pub(super) async fn handle_batch(
    queue: &QueueClient,
    messages: Vec<ReceivedMessage>,
    function: &dyn Invoke,
) -> BatchReport {
    let started = Instant::now();
    let response = function.invoke(sqs_event::build_event(&messages, &queue.mapping.arn)).await;
    let duration = started.elapsed();
    let failed = response
        .map_err(Error::from)
        .and_then(|response| sqs_event::parse_failures(&response, &messages));
    let (failed, error) = match failed {
        Ok(failed) => (failed, None),
        Err(error) => {
            (messages.iter().map(|message| message.message_id.clone()).collect(), Some(error))
        }
    };
    let (failures, successes): (Vec<_>, Vec<_>) =
        messages.iter().partition(|message| failed.contains(&message.message_id));
    let deleted = queue.delete_messages(&successes).await;
    let settled = deleted.and(queue.schedule_retry(&failures).await);
    let error = error.or(settled.err()).map(|error| format!("{error:#}"));
    let received = messages.len();
    BatchReport { queue: queue.mapping.name.clone(), received, failed, error, duration }
}
