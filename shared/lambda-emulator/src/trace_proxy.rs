//! Adds the trace header of a call to the messages that the call sends. SQS does so and its emulator does not, so that no
//! message would show how long its chain of requests is.

use crate::AwsEndpoint;
use anyhow::{Context, Result};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::net::Ipv4Addr;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// The header that contains the trace of a call.
const TRACE_HEADER: &str = "x-amzn-trace-id";

/// The header that names the action of a call.
const TARGET_HEADER: &str = "x-amz-target";
const SEND: &str = "AmazonSQS.SendMessage";
const SEND_BATCH: &str = "AmazonSQS.SendMessageBatch";

/// Largest call, in bytes: SQS takes 1 MiB of messages, which are longer as JSON.
const CALL_BYTES_MAX: usize = 8 * 1024 * 1024;

/// A proxy that serves, until it is dropped.
#[derive(Debug)]
pub struct TraceProxy {
    url: String,
    _server: JoinSet<()>,
}

impl TraceProxy {
    /// Starts on a free port of the loopback interface.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn start(sqs: AwsEndpoint) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let listener = listener.context("no port for the proxy")?;
        let url = format!("http://{}", listener.local_addr()?);
        let router = Router::new().fallback(handle_call).with_state(sqs);
        let mut server = JoinSet::new();
        server.spawn(async move {
            // The server runs until its task is aborted.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { url, _server: server })
    }

    /// Address of the proxy: the endpoint of SQS in the environment of a function.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

async fn handle_call(State(sqs): State<AwsEndpoint>, request: Request) -> Response {
    let bad_gateway = |error| (StatusCode::BAD_GATEWAY, format!("{error:#}")).into_response();
    trace_call(&sqs, request).await.unwrap_or_else(bad_gateway)
}

async fn trace_call(sqs: &AwsEndpoint, request: Request) -> Result<Response> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, CALL_BYTES_MAX).await?;
    let header = |name| parts.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    match (header(TARGET_HEADER), header(TRACE_HEADER)) {
        (Some(SEND), Some(trace)) => {
            let message = add_trace(serde_json::from_slice(&body)?, trace);
            forward_call(sqs, &parts, serde_json::to_vec(&message)?.into()).await
        }
        (Some(SEND_BATCH), Some(trace)) => send_each(sqs, &parts, &body, trace).await,
        _ => forward_call(sqs, &parts, body).await,
    }
}

async fn forward_call(sqs: &AwsEndpoint, parts: &Parts, body: Bytes) -> Result<Response> {
    let mut headers = parts.headers.clone();
    headers.remove(HOST);
    headers.remove(CONTENT_LENGTH);
    let path = parts.uri.path_and_query().map_or("", |path| path.as_str());
    let request = sqs.request(parts.method.clone(), path).headers(headers).body(body);
    let response = request.send().await?;
    let mut reply = Response::builder().status(response.status());
    if let Some(kind) = response.headers().get(CONTENT_TYPE) {
        reply = reply.header(CONTENT_TYPE, kind);
    }
    Ok(reply.body(Body::from(response.bytes().await?))?)
}

type JsonObject = Map<String, Value>;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SendMessageBatch {
    queue_url: String,
    entries: Vec<JsonObject>,
}

/// Sends the messages of a batch one by one, because the emulator drops the system attributes of a batch.
async fn send_each(
    sqs: &AwsEndpoint,
    parts: &Parts,
    body: &Bytes,
    trace: &str,
) -> Result<Response> {
    let batch: SendMessageBatch = serde_json::from_slice(body)?;
    let mut parts = parts.clone();
    parts.headers.insert(TARGET_HEADER, HeaderValue::from_static(SEND));
    let (mut sent, mut failed) = (Vec::new(), Vec::new());
    for mut message in batch.entries {
        let id = message.remove("Id").unwrap_or_default();
        message.insert("QueueUrl".to_owned(), batch.queue_url.clone().into());
        let message = serde_json::to_vec(&add_trace(message, trace))?;
        let reply = forward_call(sqs, &parts, message.into()).await?;
        let is_sent = reply.status().is_success();
        let mut result: JsonObject =
            serde_json::from_slice(&to_bytes(reply.into_body(), CALL_BYTES_MAX).await?)?;
        if is_sent {
            result.insert("Id".to_owned(), id);
            sent.push(result);
        } else {
            let (code, text) = (result.get("__type"), result.get("message"));
            failed.push(json!({ "Id": id, "Code": code, "Message": text, "SenderFault": true }));
        }
    }
    let response = json!({ "Successful": sent, "Failed": failed }).to_string();
    Ok(([(CONTENT_TYPE, "application/x-amz-json-1.0")], response).into_response())
}

/// Adds the trace of the sender to a message that has none.
fn add_trace(mut message: JsonObject, trace: &str) -> JsonObject {
    let attributes = message.entry("MessageSystemAttributes").or_insert_with(|| json!({}));
    if let Some(attributes) = attributes.as_object_mut() {
        let trace = || json!({ "DataType": "String", "StringValue": trace });
        attributes.entry("AWSTraceHeader").or_insert_with(trace);
    }
    message
}
