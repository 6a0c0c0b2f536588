//! Serves the Lambda runtime API over HTTP.
#![allow(
    clippy::disallowed_types,
    reason = "the paths of Lambda's runtime API, whose errors no client of People API gets"
)]

use super::mailbox::{InvocationResponse, Mailboxes, RuntimeRequest};
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::serve::ListenerExt;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

#[derive(Clone)]
struct RuntimeApi {
    mailboxes: Mailboxes,
    response_bytes_max: usize,
}

pub(super) async fn serve_runtime_api(
    listener: TcpListener,
    mailboxes: Mailboxes,
    response_bytes_max: usize,
) {
    let invocation = "/{mailbox}/2018-06-01/runtime/invocation";
    let router = Router::new()
        .route(&format!("{invocation}/next"), get(next_event))
        .route(&format!("{invocation}/{{id}}/response"), post(take_response))
        .route(&format!("{invocation}/{{id}}/error"), post(take_error))
        .route("/{mailbox}/2018-06-01/runtime/init/error", post(take_init_error))
        .with_state(RuntimeApi { mailboxes, response_bytes_max });
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    // The server runs until its task is aborted.
    let _ = axum::serve(listener, router).await;
}

async fn next_event(State(api): State<RuntimeApi>, Path(number): Path<u64>) -> Response {
    let (responder, event) = oneshot::channel();
    let status = api.mailboxes.send(number, RuntimeRequest::Next(responder)).await;
    let Ok(event) = event.await else { return status.into_response() };
    let headers = [
        ("content-type", "application/json".to_owned()),
        ("lambda-runtime-aws-request-id", event.id),
        ("lambda-runtime-deadline-ms", event.deadline.to_string()),
        ("lambda-runtime-invoked-function-arn", event.arn),
        ("lambda-runtime-trace-id", event.trace),
    ];
    (headers, event.body).into_response()
}

async fn take_response(
    State(api): State<RuntimeApi>,
    Path((number, id)): Path<(u64, String)>,
    body: Body,
) -> StatusCode {
    let (response, status) = match read_body(body, api.response_bytes_max).await {
        Ok(Ok(body)) => (InvocationResponse::Success(body), None),
        Ok(Err(length)) => {
            (InvocationResponse::TooLarge(length), Some(StatusCode::PAYLOAD_TOO_LARGE))
        }
        Err(status) => return status,
    };
    let accepted = api.mailboxes.send(number, RuntimeRequest::Response(id, response)).await;
    status.unwrap_or(accepted)
}

async fn take_error(
    State(api): State<RuntimeApi>,
    Path((number, id)): Path<(u64, String)>,
    body: Body,
) -> StatusCode {
    match read_body(body, api.response_bytes_max).await {
        Ok(body) => {
            let error = InvocationResponse::Error(body.unwrap_or_default());
            api.mailboxes.send(number, RuntimeRequest::Response(id, error)).await
        }
        Err(status) => status,
    }
}

async fn take_init_error(
    State(api): State<RuntimeApi>,
    Path(number): Path<u64>,
    body: Body,
) -> StatusCode {
    match read_body(body, api.response_bytes_max).await {
        Ok(body) => {
            let error = RuntimeRequest::InitError(body.unwrap_or_default());
            api.mailboxes.send(number, error).await
        }
        Err(status) => status,
    }
}

/// The body, or the length of one that is too large. Such a body is read to its end as well: otherwise the process would
/// see a broken connection instead of a response.
async fn read_body(mut body: Body, bytes_max: usize) -> Result<Result<Bytes, usize>, StatusCode> {
    let (mut bytes, mut length) = (BytesMut::new(), 0_usize);
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| StatusCode::BAD_REQUEST)?.into_data() else { continue };
        length = length.saturating_add(data.len());
        if length <= bytes_max {
            bytes.extend_from_slice(&data);
        }
    }
    Ok(if length > bytes_max { Err(length) } else { Ok(bytes.freeze()) })
}
