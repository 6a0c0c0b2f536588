//! The queues: rustack-sqs, in memory, on a loopback port.

use std::net::Ipv4Addr;
use std::sync::Arc;

use anyhow::{Result, anyhow};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use http::HeaderMap;
use rustack_sqs_core::config::SqsConfig;
use rustack_sqs_core::handler::RustackSqsHandler;
use rustack_sqs_core::provider::RustackSqs;
use rustack_sqs_http::dispatch::SqsHandler;
use rustack_sqs_http::response::error_to_response;
use rustack_sqs_http::router::resolve_operation;
use rustack_sqs_model::error::SqsError;
use rustack_sqs_model::input::SendMessageInput;
use rustack_sqs_model::operations::SqsOperation;
use serde_json::Value as Json;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use uuid::Uuid;

/// The member that names the message group of a message.
const MESSAGE_GROUP: &str = "MessageGroupId";

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
pub(crate) struct QueueSender(Arc<RustackSqs>);

impl EmbeddedQueues {
    /// Starts the service, which has no queues yet.
    pub(crate) async fn start() -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let config = SqsConfig {
            host: address.ip().to_string(),
            port: address.port(),
            ..SqsConfig::default()
        };
        let queues = Arc::new(RustackSqs::new(config));
        let handler = Arc::new(RustackSqsHandler::new(Arc::clone(&queues)));
        let routes =
            Router::new().route("/", post(handle_call)).fallback(handle_call).with_state(handler);
        let server = tokio::spawn(async move { _ = axum::serve(listener, routes).await });
        Ok(Self { url: format!("http://{address}"), sender: QueueSender(queues), server })
    }
}

impl Drop for EmbeddedQueues {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl QueueSender {
    /// Sends a message to the queue with this URL.
    pub(crate) async fn send_message(&self, queue_url: &str, body: String) -> Result<()> {
        let input = SendMessageInput {
            queue_url: queue_url.to_owned(),
            message_body: body,
            ..SendMessageInput::default()
        };
        self.0.send_message(input).await.map_err(|error| anyhow!("{error}"))?;
        Ok(())
    }
}

async fn handle_call(
    State(handler): State<Arc<RustackSqsHandler>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let answer = match resolve_operation(&headers) {
        Ok(operation) => call_operation(&handler, operation, body).await,
        Err(error) => Err(error),
    };
    let answer =
        answer.unwrap_or_else(|error| error_to_response(&error, &Uuid::now_v7().to_string()));
    answer.map(Body::new)
}

async fn call_operation(
    handler: &RustackSqsHandler,
    operation: SqsOperation,
    body: Bytes,
) -> Result<http::Response<rustack_sqs_http::body::SqsResponseBody>, SqsError> {
    let is_send = matches!(operation, SqsOperation::SendMessage | SqsOperation::SendMessageBatch);
    let body = if is_send { remove_message_groups(body) } else { body };
    handler.handle_operation(operation, body).await
}

/// Removes the message groups of messages. SQS takes them for any queue since it has fair queues;
/// rustack refuses them for standard ones. A server of one process has no tenants to be fair to.
fn remove_message_groups(body: Bytes) -> Bytes {
    let Ok(Json::Object(mut request)) = serde_json::from_slice(&body) else { return body };
    request.remove(MESSAGE_GROUP);
    let entries = request.get_mut("Entries").and_then(Json::as_array_mut);
    for entry in entries.into_iter().flatten().filter_map(Json::as_object_mut) {
        entry.remove(MESSAGE_GROUP);
    }
    Json::Object(request).to_string().into()
}
