//! The runtime API over HTTP.
#![allow(
    clippy::disallowed_types,
    reason = "Lambda's own paths, whose errors no client of the API gets"
)]

use super::door::{Answer, Door, Word};
use super::invocation::LAMBDA_PAYLOAD;
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

pub(super) async fn serve(listener: TcpListener, door: Door) {
    let invocation = "/{door}/2018-06-01/runtime/invocation";
    let router = Router::new()
        .route(&format!("{invocation}/next"), get(next))
        .route(&format!("{invocation}/{{id}}/response"), post(response))
        .route(&format!("{invocation}/{{id}}/error"), post(error))
        .route("/{door}/2018-06-01/runtime/init/error", post(init_error))
        .with_state(door);
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    // Serving has no end of its own.
    let _ = axum::serve(listener, router).await;
}

async fn next(State(door): State<Door>, Path(number): Path<u64>) -> Response {
    let (give, given) = oneshot::channel();
    let said = door.say(number, Word::Next(give)).await;
    let Ok(event) = given.await else { return said.into_response() };
    let headers = [
        ("content-type", "application/json".to_owned()),
        ("lambda-runtime-aws-request-id", event.id),
        ("lambda-runtime-deadline-ms", event.deadline.to_string()),
        ("lambda-runtime-invoked-function-arn", event.arn),
        ("lambda-runtime-trace-id", event.trace),
    ];
    (headers, event.body).into_response()
}

async fn response(
    State(door): State<Door>,
    Path((number, id)): Path<(u64, String)>,
    body: Body,
) -> StatusCode {
    match whole(body).await {
        Ok(Ok(body)) => door.say(number, Word::Answer(id, Answer::Response(body))).await,
        Ok(Err(length)) => {
            door.say(number, Word::Answer(id, Answer::TooLarge(length))).await;
            StatusCode::PAYLOAD_TOO_LARGE
        }
        Err(status) => status,
    }
}

async fn error(
    State(door): State<Door>,
    Path((number, id)): Path<(u64, String)>,
    body: Body,
) -> StatusCode {
    match whole(body).await {
        Ok(body) => {
            let body = body.unwrap_or_default();
            door.say(number, Word::Answer(id, Answer::Error(body))).await
        }
        Err(status) => status,
    }
}

async fn init_error(State(door): State<Door>, Path(number): Path<u64>, body: Body) -> StatusCode {
    match whole(body).await {
        Ok(body) => door.say(number, Word::CanNotStart(body.unwrap_or_default())).await,
        Err(status) => status,
    }
}

/// The whole body, or the length of one that is too large: it is read to its end, or the process would see a broken
/// connection in place of an answer.
async fn whole(mut body: Body) -> Result<Result<Bytes, usize>, StatusCode> {
    let (mut whole, mut length) = (BytesMut::new(), 0_usize);
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| StatusCode::BAD_REQUEST)?.into_data() else { continue };
        length = length.saturating_add(data.len());
        if length <= LAMBDA_PAYLOAD {
            whole.extend_from_slice(&data);
        }
    }
    Ok(if length > LAMBDA_PAYLOAD { Err(length) } else { Ok(whole.freeze()) })
}
