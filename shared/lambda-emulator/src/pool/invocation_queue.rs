//! Events that wait for a process, first come, first served.

use super::lock_mutex;
use crate::function::{InvokeError, InvokeResult};
use bytes::Bytes;
use std::sync::Mutex as SyncMutex;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{Mutex, oneshot};

#[derive(Debug)]
pub(super) struct PendingInvocation {
    pub(super) event: Bytes,
    /// The trace header that the function passes on.
    pub(super) trace: String,
    result: oneshot::Sender<InvokeResult>,
}

impl PendingInvocation {
    /// Gives the caller the result.
    pub(super) fn complete(self, result: InvokeResult) {
        // A caller that no longer waits needs none.
        let _ = self.result.send(result);
    }
}

#[derive(Debug)]
pub(super) struct InvocationQueue {
    event_bytes_max: usize,
    sender: SyncMutex<Option<UnboundedSender<PendingInvocation>>>,
    receiver: Mutex<UnboundedReceiver<PendingInvocation>>,
}

impl InvocationQueue {
    pub(super) fn new(event_bytes_max: usize) -> Self {
        let (sender, receiver) = unbounded_channel();
        let (sender, receiver) = (SyncMutex::new(Some(sender)), Mutex::new(receiver));
        Self { event_bytes_max, sender, receiver }
    }

    /// Adds an event and waits for its result.
    pub(super) async fn push(&self, event: Bytes, trace: String) -> InvokeResult {
        if event.len() > self.event_bytes_max {
            return Err(InvokeError::EventTooLarge(event.len()));
        }
        let (sender, receiver) = oneshot::channel();
        let invocation = PendingInvocation { event, trace, result: sender };
        let is_sent =
            lock_mutex(&self.sender).as_ref().is_some_and(|queue| queue.send(invocation).is_ok());
        if !is_sent {
            return Err(InvokeError::Stopped);
        }
        receiver.await.unwrap_or(Err(InvokeError::Stopped))
    }

    /// Waits for the next event, forever once the queue is closed.
    pub(super) async fn pop(&self) -> PendingInvocation {
        match self.receiver.lock().await.recv().await {
            Some(invocation) => invocation,
            None => std::future::pending().await,
        }
    }

    /// The next event, if there is one.
    pub(super) fn try_pop(&self) -> Option<PendingInvocation> {
        // While another instance holds the lock it waits for an event itself, so there is none.
        self.receiver.try_lock().ok()?.try_recv().ok()
    }

    /// Refuses events from now on.
    pub(super) fn close(&self) {
        lock_mutex(&self.sender).take();
    }

    /// Fails the events that still wait, when no process is left to handle them.
    pub(super) async fn reject_all(&self) {
        let mut receiver = self.receiver.lock().await;
        while let Ok(invocation) = receiver.try_recv() {
            invocation.complete(Err(InvokeError::Stopped));
        }
    }
}
