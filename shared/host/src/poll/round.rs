//! One round: messages received, given to the function, and deleted but for those that failed.

use super::event::{self, Message};
use super::{Queue, Source};
use anyhow::{Error, Result};
use bytes::Bytes;
use std::fmt;
use std::time::{Duration, Instant};

/// What came of one round: ids and counts, nothing of what the messages say.
#[derive(Clone, Debug)]
pub struct Round {
    /// Name of the queue.
    pub queue: String,
    /// Number of messages.
    pub received: usize,
    /// Ids of the messages that are to come again.
    pub failed: Vec<String>,
    /// Why the whole round failed, or what could not be told to the queue.
    pub error: Option<String>,
    /// Time that the function took.
    pub took: Duration,
}

impl Round {
    pub(super) fn without_messages(source: &Source, error: &Error) -> Self {
        let error = Some(format!("{error:#}"));
        let (failed, took) = (Vec::new(), Duration::ZERO);
        Self { queue: source.name.clone(), received: 0, failed, error, took }
    }
}

impl fmt::Display for Round {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (received, failed) = (self.received, self.failed.len());
        write!(f, "{}: {received} received, {failed} failed", self.queue)?;
        write!(f, ", {} ms", self.took.as_millis())?;
        if failed > 0 {
            write!(f, ", failed: {}", self.failed.join(" "))?;
        }
        self.error.iter().try_for_each(|error| write!(f, ", error: {error}"))
    }
}

pub(super) async fn run<I, F>(queue: &Queue, messages: Vec<Message>, invoke: &I) -> Round
where
    I: Fn(Bytes) -> F,
    F: Future<Output = Result<Bytes>>,
{
    let started = Instant::now();
    let answer = invoke(event::sqs(&messages, &queue.source.arn)).await;
    let took = started.elapsed();
    let (failed, error) = match answer.and_then(|answer| event::failures(&answer, &messages)) {
        Ok(failed) => (failed, None),
        Err(error) => {
            (messages.iter().map(|message| message.message_id.clone()).collect(), Some(error))
        }
    };
    let (again, done): (Vec<_>, Vec<_>) =
        messages.iter().partition(|message| failed.contains(&message.message_id));
    let told = queue.delete(&done).await.and(queue.retry(&again).await);
    let error = error.or(told.err()).map(|error| format!("{error:#}"));
    let received = messages.len();
    Round { queue: queue.source.name.clone(), received, failed, error, took }
}
