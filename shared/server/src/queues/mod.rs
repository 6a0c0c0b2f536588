//! The queues: standard queues of SQS in memory, behind its protocol on a loopback port. They are
//! fair as those of SQS: a message group with few messages in progress goes first. (rustack-sqs
//! refuses message groups in standard queues.)

mod error;
mod message;
mod operations;
mod queue;
mod queue_set;

use std::net::Ipv4Addr;
use std::sync::Arc;

use anyhow::{Result, anyhow};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use error::QueueError;
use queue_set::QueueSet;

/// The media type of the protocol.
const JSON_TYPE: HeaderValue = HeaderValue::from_static("application/x-amz-json-1.0");

/// Running queues, until they are dropped.
#[derive(Debug)]
pub(crate) struct EmbeddedQueues {
    /// The address at which they serve the protocol of SQS.
    pub(crate) url: String,
    pub(crate) sender: QueueSender,
    server: JoinHandle<()>,
}

/// Sends messages within the process.
#[derive(Clone, Debug)]
pub(crate) struct QueueSender(Arc<QueueSet>);

impl EmbeddedQueues {
    /// Starts the service, which has no queues yet.
    pub(crate) async fn start() -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let queues = Arc::new(QueueSet::new(&url));
        let routes = Router::new().fallback(answer_call).with_state(Arc::clone(&queues));
        let server = tokio::spawn(async move { _ = axum::serve(listener, routes).await });
        Ok(Self { url, sender: QueueSender(queues), server })
    }
}

impl Drop for EmbeddedQueues {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl QueueSender {
    /// Sends a message to the queue with this URL.
    pub(crate) fn send_message(&self, queue_url: &str, body: String) -> Result<()> {
        let sent = self.0.send_message(queue_url, body);
        sent.map_err(|error| anyhow!("the queue {queue_url} refuses a message: {error}"))
    }
}

/// Answers one call of the protocol.
async fn answer_call(
    State(queues): State<Arc<QueueSet>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok());
    let operation = target.and_then(|target| target.strip_prefix("AmazonSQS."));
    match operations::run_operation(&queues, operation.unwrap_or_default(), &body).await {
        Ok(answer) => ([(CONTENT_TYPE, JSON_TYPE)], Body::from(answer)).into_response(),
        Err(error) => error.into_response(),
    }
}

impl IntoResponse for QueueError {
    fn into_response(self) -> Response {
        let headers = [
            (CONTENT_TYPE, JSON_TYPE),
            // Clients read the code that the older protocol of SQS has from this header.
            (
                http::HeaderName::from_static("x-amzn-query-error"),
                HeaderValue::from_static(self.query_error()),
            ),
        ];
        (http::StatusCode::BAD_REQUEST, headers, self.to_json()).into_response()
    }
}
