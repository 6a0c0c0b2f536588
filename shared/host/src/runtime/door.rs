//! What a process says to its place, and hears from it. Each process has a door of its own, a number in the path of the
//! API: so nothing that a dead process has sent can be taken for a word of the one after it.

use super::lock;
use axum::http::StatusCode;
use bytes::Bytes;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use tokio::sync::{mpsc, oneshot};

/// What a process says.
pub(super) enum Word {
    /// It asks for an event.
    Next(oneshot::Sender<Event>),
    /// It answers an event, with its id.
    Answer(String, Answer),
    /// It can't start.
    CanNotStart(Bytes),
}

pub(super) enum Answer {
    Response(Bytes),
    Error(Bytes),
    TooLarge(usize),
}

/// An event as the process gets it.
pub(super) struct Event {
    pub(super) id: String,
    /// Milliseconds since 1970 by which the answer must be there.
    pub(super) deadline: u128,
    pub(super) arn: String,
    pub(super) trace: String,
    pub(super) body: Bytes,
}

type Doors = Arc<Mutex<HashMap<u64, mpsc::Sender<Word>>>>;

#[derive(Clone, Default)]
pub(super) struct Door {
    doors: Doors,
    next: Arc<AtomicU64>,
}

impl Door {
    /// A door for one process: its number, and what the process says.
    pub(super) fn open(&self) -> (u64, mpsc::Receiver<Word>) {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let (say, words) = mpsc::channel(1);
        lock(&self.doors).insert(number, say);
        (number, words)
    }

    pub(super) fn close(&self, number: u64) {
        lock(&self.doors).remove(&number);
    }

    /// Passes a word on; a process that is given up is told so.
    pub(super) async fn say(&self, number: u64, word: Word) -> StatusCode {
        let door = lock(&self.doors).get(&number).cloned();
        let Some(door) = door else { return StatusCode::GONE };
        match door.send(word).await {
            Ok(()) => StatusCode::ACCEPTED,
            Err(_) => StatusCode::GONE,
        }
    }
}
