//! A queue polled for a function, as its event source mapping says. What must not be: a message deleted that was not
//! handled, or an error that spins.

pub mod event;
mod queue;
mod round;

use crate::Emulator;
use anyhow::Result;
use bytes::Bytes;
use queue::Queue;
pub use round::Round;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, JoinSet};

/// How long a place rests after an error. A function that fails everything would otherwise go through a deep queue at
/// full speed.
const REST: Duration = Duration::from_millis(500);

/// One event source mapping.
#[derive(Clone, Debug)]
pub struct Source {
    /// The queue, as the log names it.
    pub name: String,
    /// URL of the queue.
    pub url: String,
    /// ARN of the queue.
    pub arn: String,
    /// Most messages of one invocation.
    pub batch: usize,
    /// Most invocations at once.
    pub concurrency: usize,
    /// When a message that failed is seen again; `None` leaves it to the visibility timeout of the queue, as AWS does.
    pub retry: Option<Duration>,
}

/// Polls until it is dropped.
#[derive(Debug)]
pub struct Poller {
    task: JoinHandle<()>,
}

impl Poller {
    /// Polls the source of an emulator: `invoke` gives an event to the function, an error of it fails all messages;
    /// `note` is told of each round, and of each receive that failed.
    pub fn start<I, F, N>(sqs: Emulator, source: Source, invoke: I, note: N) -> Self
    where
        I: Fn(Bytes) -> F + Send + Sync + 'static,
        F: Future<Output = Result<Bytes>> + Send + 'static,
        N: Fn(Round) + Send + Sync + 'static,
    {
        let shared = Arc::new((invoke, note));
        Self { task: tokio::spawn(poll(Arc::new(Queue { sqs, source }), shared)) }
    }
}

impl Drop for Poller {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One receive waits at a time, and only while there is a place for what it brings.
async fn poll<I, F, N>(queue: Arc<Queue>, shared: Arc<(I, N)>)
where
    I: Fn(Bytes) -> F + Send + Sync + 'static,
    F: Future<Output = Result<Bytes>> + Send + 'static,
    N: Fn(Round) + Send + Sync + 'static,
{
    let places = Arc::new(Semaphore::new(queue.source.concurrency));
    let mut rounds = JoinSet::new();
    // The places are never closed.
    while let Ok(place) = Arc::clone(&places).acquire_owned().await {
        while rounds.try_join_next().is_some() {}
        match queue.receive().await {
            Ok(messages) if messages.is_empty() => {}
            Ok(messages) => {
                let (queue, shared) = (Arc::clone(&queue), Arc::clone(&shared));
                rounds.spawn(async move {
                    let (invoke, note) = &*shared;
                    let round = round::run(&queue, messages, invoke).await;
                    let failed = round.error.is_some();
                    note(round);
                    if failed {
                        tokio::time::sleep(REST).await;
                    }
                    drop(place);
                });
            }
            Err(error) => {
                (shared.1)(Round::without_messages(&queue.source, &error));
                tokio::time::sleep(REST).await;
            }
        }
    }
}
