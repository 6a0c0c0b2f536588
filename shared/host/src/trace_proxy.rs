//! SQS keeps the trace header of a call with the messages that the call sends. The emulator does not, so a proxy before
//! it does: without the header, no message would tell how long its chain of requests is.

use crate::Emulator;
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

/// Where the trace stands in a call.
const HEADER: &str = "x-amzn-trace-id";

/// Names the action of a call.
const TARGET: &str = "x-amz-target";
const ONE: &str = "AmazonSQS.SendMessage";
const BATCH: &str = "AmazonSQS.SendMessageBatch";

/// Longest call, in bytes: SQS takes 1 MiB of messages, which are longer as JSON.
const LARGEST: usize = 8 * 1024 * 1024;

/// A proxy before the emulator of SQS, until it is dropped.
#[derive(Debug)]
pub struct TraceProxy {
    url: String,
    _server: JoinSet<()>,
}

impl TraceProxy {
    /// Starts on a free port of the loopback interface.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start(sqs: Emulator) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let listener = listener.context("a port for the proxy")?;
        let url = format!("http://{}", listener.local_addr()?);
        let router = Router::new().fallback(answer).with_state(sqs);
        let mut server = JoinSet::new();
        server.spawn(async move {
            // Serving has no end of its own.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { url, _server: server })
    }

    /// Where it answers: the endpoint that a function is given for SQS.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

async fn answer(State(sqs): State<Emulator>, request: Request) -> Response {
    let refused = |error| (StatusCode::BAD_GATEWAY, format!("{error:#}")).into_response();
    pass(&sqs, request).await.unwrap_or_else(refused)
}

async fn pass(sqs: &Emulator, request: Request) -> Result<Response> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, LARGEST).await?;
    let header = |name| parts.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    match (header(TARGET), header(HEADER)) {
        (Some(ONE), Some(trace)) => {
            let message = traced(serde_json::from_slice(&body)?, trace);
            forward(sqs, &parts, serde_json::to_vec(&message)?.into()).await
        }
        (Some(BATCH), Some(trace)) => send_each(sqs, &parts, &body, trace).await,
        _ => forward(sqs, &parts, body).await,
    }
}

async fn forward(sqs: &Emulator, parts: &Parts, body: Bytes) -> Result<Response> {
    let mut headers = parts.headers.clone();
    headers.remove(HOST);
    headers.remove(CONTENT_LENGTH);
    let path = parts.uri.path_and_query().map_or("", |path| path.as_str());
    let request = sqs.request(parts.method.clone(), path).headers(headers).body(body);
    let response = request.send().await?;
    let mut answer = Response::builder().status(response.status());
    if let Some(kind) = response.headers().get(CONTENT_TYPE) {
        answer = answer.header(CONTENT_TYPE, kind);
    }
    Ok(answer.body(Body::from(response.bytes().await?))?)
}

type Message = Map<String, Value>;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Batch {
    queue_url: String,
    entries: Vec<Message>,
}

/// Sends the messages of a batch one by one: the emulator drops the system attributes of a batch.
async fn send_each(sqs: &Emulator, parts: &Parts, body: &Bytes, trace: &str) -> Result<Response> {
    let batch: Batch = serde_json::from_slice(body)?;
    let mut parts = parts.clone();
    parts.headers.insert(TARGET, HeaderValue::from_static(ONE));
    let (mut sent, mut failed) = (Vec::new(), Vec::new());
    for mut message in batch.entries {
        let id = message.remove("Id").unwrap_or_default();
        message.insert("QueueUrl".to_owned(), batch.queue_url.clone().into());
        let message = serde_json::to_vec(&traced(message, trace))?;
        let answer = forward(sqs, &parts, message.into()).await?;
        let is_sent = answer.status().is_success();
        let mut told: Message =
            serde_json::from_slice(&to_bytes(answer.into_body(), LARGEST).await?)?;
        if is_sent {
            told.insert("Id".to_owned(), id);
            sent.push(told);
        } else {
            let (code, text) = (told.get("__type"), told.get("message"));
            failed.push(json!({ "Id": id, "Code": code, "Message": text, "SenderFault": true }));
        }
    }
    let answer = json!({ "Successful": sent, "Failed": failed }).to_string();
    Ok(([(CONTENT_TYPE, "application/x-amz-json-1.0")], answer).into_response())
}

/// A message with the trace of its sender, unless it has one.
fn traced(mut message: Message, trace: &str) -> Message {
    let attributes = message.entry("MessageSystemAttributes").or_insert_with(|| json!({}));
    if let Some(attributes) = attributes.as_object_mut() {
        let trace = || json!({ "DataType": "String", "StringValue": trace });
        attributes.entry("AWSTraceHeader").or_insert_with(trace);
    }
    message
}
