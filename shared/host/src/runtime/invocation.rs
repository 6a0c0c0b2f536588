//! Events that wait for a process, and what may come of them.

use super::lock;
use bytes::Bytes;
use std::process::ExitStatus;
use std::sync::Mutex as Plain;
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{Mutex, oneshot};

/// Lambda's limit for an event and for an answer, in bytes.
pub const LAMBDA_PAYLOAD: usize = 6 * 1024 * 1024 + 100;

/// Why an invocation has no answer.
#[derive(Debug, thiserror::Error)]
pub enum InvokeError {
    /// The event is larger than Lambda takes.
    #[error("an event of {0} bytes; Lambda takes {LAMBDA_PAYLOAD}")]
    EventTooLarge(usize),
    /// The answer is larger than Lambda takes.
    #[error("an answer of {0} bytes; Lambda takes {LAMBDA_PAYLOAD}")]
    AnswerTooLarge(usize),
    /// The function answered an error, which may quote the event.
    #[error("the function answered an error")]
    Function(Bytes),
    /// The process ended while it had the event.
    #[error("the process ended with {0}")]
    Died(ExitStatus),
    /// The process had the event for too long, and was killed.
    #[error("no answer in {0:?}")]
    TimedOut(Duration),
    /// No process came so far as to ask for an event.
    #[error("the function does not start: {0}")]
    Start(String),
    /// One chain of requests has invoked the function too often, and it does not allow recursion.
    #[error("the function feeds itself, and RecursiveLoop does not allow it")]
    RecursiveInvocation,
    /// The host was stopped.
    #[error("the host was stopped")]
    Stopped,
}

pub(super) type Outcome = Result<Bytes, InvokeError>;

#[derive(Debug)]
pub(super) struct Invocation {
    pub(super) event: Bytes,
    /// The trace header that the function passes on.
    pub(super) trace: String,
    outcome: oneshot::Sender<Outcome>,
}

impl Invocation {
    pub(super) fn end(self, outcome: Outcome) {
        // A caller who no longer waits needs none.
        let _ = self.outcome.send(outcome);
    }
}

/// First come, first served.
#[derive(Debug)]
pub(super) struct Queue {
    sender: Plain<Option<UnboundedSender<Invocation>>>,
    waiting: Mutex<UnboundedReceiver<Invocation>>,
}

impl Default for Queue {
    fn default() -> Self {
        let (sender, waiting) = unbounded_channel();
        Self { sender: Plain::new(Some(sender)), waiting: Mutex::new(waiting) }
    }
}

impl Queue {
    pub(super) async fn give(&self, event: Bytes, trace: String) -> Outcome {
        if event.len() > LAMBDA_PAYLOAD {
            return Err(InvokeError::EventTooLarge(event.len()));
        }
        let (outcome, told) = oneshot::channel();
        let sent = lock(&self.sender)
            .as_ref()
            .is_some_and(|sender| sender.send(Invocation { event, trace, outcome }).is_ok());
        if !sent {
            return Err(InvokeError::Stopped);
        }
        told.await.unwrap_or(Err(InvokeError::Stopped))
    }

    /// The next event; never again one when the queue is closed.
    pub(super) async fn take(&self) -> Invocation {
        match self.waiting.lock().await.recv().await {
            Some(invocation) => invocation,
            None => std::future::pending().await,
        }
    }

    /// An event that waits now.
    pub(super) fn waiting(&self) -> Option<Invocation> {
        // Whoever holds the lock waits himself: there is none.
        self.waiting.try_lock().ok()?.try_recv().ok()
    }

    /// Takes no more.
    pub(super) fn close(&self) {
        lock(&self.sender).take();
    }

    /// Turns away those that wait, when no process is left to come for them.
    pub(super) async fn clear(&self) {
        let mut waiting = self.waiting.lock().await;
        while let Ok(invocation) = waiting.try_recv() {
            invocation.end(Err(InvokeError::Stopped));
        }
    }
}
