//! Polls a queue for a function as its event source mapping says. Two things must never happen: a message that is deleted
//! without having been handled, and an error that spins.

mod batch;
mod queue_client;
mod sqs_event;

use crate::{CallAction, Invoke};
pub use batch::BatchReport;
use queue_client::QueueClient;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, JoinSet};

/// Pause of a poller after an error. Without it, a function that fails everything would race through a deep queue.
const ERROR_BACKOFF: Duration = Duration::from_millis(500);

/// One event source mapping.
#[derive(Clone, Debug)]
pub struct EventSourceMapping {
    /// The queue, as the log names it.
    pub name: String,
    /// URL of the queue.
    pub url: String,
    /// ARN of the queue.
    pub arn: String,
    /// Most messages of one invocation.
    pub batch_size: usize,
    /// Most invocations that run at the same time.
    pub concurrency: usize,
    /// When a message that failed becomes visible again. `None` leaves it to the visibility timeout of the queue, as AWS
    /// does.
    pub retry_after: Option<Duration>,
}

/// Polls until it is dropped.
#[derive(Debug)]
pub struct Poller {
    task: JoinHandle<()>,
}

impl Poller {
    /// Polls the queue of the mapping for the function. `on_batch` is called after each batch, and after each receive that
    /// failed.
    pub fn start(
        sqs: Arc<dyn CallAction>,
        mapping: EventSourceMapping,
        function: Arc<dyn Invoke>,
        on_batch: impl Fn(BatchReport) + Send + Sync + 'static,
    ) -> Self {
        let queue = Arc::new(QueueClient { sqs, mapping });
        Self { task: tokio::spawn(poll_queue(queue, function, Arc::new(on_batch))) }
    }
}

impl Drop for Poller {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One receive waits at a time, and only while there is a permit for what it brings.
async fn poll_queue(
    queue: Arc<QueueClient>,
    function: Arc<dyn Invoke>,
    on_batch: Arc<dyn Fn(BatchReport) + Send + Sync>,
) {
    let permits = Arc::new(Semaphore::new(queue.mapping.concurrency));
    let mut batches = JoinSet::new();
    // The semaphore is never closed.
    while let Ok(permit) = Arc::clone(&permits).acquire_owned().await {
        while batches.try_join_next().is_some() {}
        match queue.receive_messages().await {
            Ok(messages) if messages.is_empty() => {}
            Ok(messages) => {
                let (queue, function, on_batch) =
                    (Arc::clone(&queue), Arc::clone(&function), Arc::clone(&on_batch));
                batches.spawn(async move {
                    let report = batch::handle_batch(&queue, messages, &*function).await;
                    let is_failure = report.error.is_some();
                    on_batch(report);
                    if is_failure {
                        tokio::time::sleep(ERROR_BACKOFF).await;
                    }
                    drop(permit);
                });
            }
            Err(error) => {
                on_batch(BatchReport::for_failed_receive(&queue.mapping, &error));
                tokio::time::sleep(ERROR_BACKOFF).await;
            }
        }
    }
}
