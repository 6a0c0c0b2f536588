//! The queues: standard queues of SQS in memory, behind its protocol. They are fair as those of SQS:
//! a message group with few messages in progress goes first. (rustack-sqs refuses message groups in
//! standard queues.)

mod error;
mod message;
mod operations;
mod queue;
mod queue_set;
mod requests;

use std::sync::Arc;

use anyhow::{Result, anyhow};
use people_lambda_emulator::{ActionFuture, CallAction};
use serde_json::Value as Json;

use crate::services::ServiceAnswer;
use queue_set::QueueSet;

/// The queues of the process. Clones share them.
#[derive(Clone, Debug)]
pub(crate) struct EmbeddedQueues(Arc<QueueSet>);

impl EmbeddedQueues {
    /// No queues yet; their URLs begin with this one.
    pub(crate) fn new(url: &str) -> Self {
        Self(Arc::new(QueueSet::new(url)))
    }

    /// Sends a message to the queue with this URL.
    pub(crate) fn send_message(&self, queue_url: &str, body: String) -> Result<()> {
        let sent = self.0.send_message(queue_url, body);
        sent.map_err(|error| anyhow!("the queue {queue_url} refuses a message: {error}"))
    }

    /// Runs an operation, such as `ReceiveMessage`, as the protocol of SQS says.
    pub(crate) async fn run_operation(&self, operation: &str, body: &[u8]) -> ServiceAnswer {
        match operations::run_operation(&self.0, operation, body).await {
            Ok(body) => ServiceAnswer::success(body),
            Err(error) => ServiceAnswer { status: 400, body: error.to_json() },
        }
    }
}

impl CallAction for EmbeddedQueues {
    fn call_action<'a>(&'a self, action: &'a str, body: &'a Json) -> ActionFuture<'a> {
        Box::pin(async move {
            let operation = action.rsplit('.').next().unwrap_or_default();
            let body = body.to_string();
            self.run_operation(operation, body.as_bytes()).await.into_result(action)
        })
    }
}
