//! Connects the runtime API with the instances. Each process has a mailbox of its own, whose number is part of the path
//! of its runtime API. A late request of a dead process can therefore not be mistaken for one of its successor.

use super::lock_mutex;
use axum::http::StatusCode;
use bytes::Bytes;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use tokio::sync::{mpsc, oneshot};

/// A request of a process to the runtime API.
pub(super) enum RuntimeRequest {
    /// The process asks for an event.
    Next(NextResponder),
    /// The process responds to the event with this id.
    Response(String, InvocationResponse),
    /// The process can't start.
    InitError(Bytes),
}

/// Where a process that asks for an event receives it.
pub(super) type NextResponder = oneshot::Sender<RuntimeEvent>;

pub(super) enum InvocationResponse {
    Success(Bytes),
    Error(Bytes),
    TooLarge(usize),
}

/// An event as the process receives it.
pub(super) struct RuntimeEvent {
    pub(super) id: String,
    /// The time by which the process must respond, in milliseconds since 1970.
    pub(super) deadline: u128,
    pub(super) arn: String,
    pub(super) trace: String,
    pub(super) body: Bytes,
}

#[derive(Clone, Default)]
pub(super) struct Mailboxes {
    senders: Arc<Mutex<HashMap<u64, mpsc::Sender<RuntimeRequest>>>>,
    next_number: Arc<AtomicU64>,
}

impl Mailboxes {
    /// Opens a mailbox for one process and returns its number and its requests.
    pub(super) fn open(&self) -> (u64, mpsc::Receiver<RuntimeRequest>) {
        let number = self.next_number.fetch_add(1, Ordering::Relaxed);
        let (sender, requests) = mpsc::channel(1);
        lock_mutex(&self.senders).insert(number, sender);
        (number, requests)
    }

    pub(super) fn close(&self, number: u64) {
        lock_mutex(&self.senders).remove(&number);
    }

    /// Passes a request on; a process whose mailbox is closed receives 410.
    pub(super) async fn send(&self, number: u64, request: RuntimeRequest) -> StatusCode {
        let sender = lock_mutex(&self.senders).get(&number).cloned();
        let Some(sender) = sender else { return StatusCode::GONE };
        match sender.send(request).await {
            Ok(()) => StatusCode::ACCEPTED,
            Err(_) => StatusCode::GONE,
        }
    }
}
