//! The outermost layer: gives each request its id, keeps it within its deadline, turns a panic into
//! a 500, and wraps the answer in its envelope (contract: envelope#success,
//! envelope#request-level-failure).

use std::panic::AssertUnwindSafe;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use bytes::Bytes;
use futures::FutureExt;
use http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, StatusCode};
use people_domain::json::escaped_len;
use people_domain::limit::{self, RateLimitStatus, RateLimitWindow};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::ignored_header;
use crate::response::{ApiError, ApiResponse};
use crate::telemetry::{RequestEvent, RequestOutcome};

const REQUEST_ID_HEADERS: [HeaderName; 2] =
    [HeaderName::from_static("x-request-id"), HeaderName::from_static("x-gs-request-id")];

/// The most bytes that the envelope adds to an answer's `data`.
const ENVELOPE_BYTES_MAX: usize = 4 * 1024;

/// Whether this process has answered before.
static HAS_ANSWERED: LazyLock<AtomicBool> = LazyLock::new(|| AtomicBool::new(false));

/// Answers one request and writes its log event.
pub(crate) async fn wrap_response(
    State(deadline): State<Duration>,
    mut request: Request,
    next: Next,
) -> Response {
    let start = Instant::now();
    let id = Uuid::now_v7().to_string();
    let event = RequestEvent::new(&id, &request, !HAS_ANSWERED.swap(true, Ordering::Relaxed));
    request.extensions_mut().insert(event.clone());
    let run = AssertUnwindSafe(next.run(request)).catch_unwind();
    let (answer, limit_status) = match tokio::time::timeout(deadline, run).await {
        Ok(Ok(response)) => take_response(response),
        Ok(Err(_)) => (ApiResponse::Error(ApiError::Unexpected("panic".to_owned())), None),
        Err(_) => (ApiResponse::Error(ApiError::Unavailable("deadline".to_owned())), None),
    };
    let (answer, status, body) = bound_response(answer, &id);
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    let limit_status = limit_status.or_else(|| event.rate_limit_status());
    let bytes = body.map_or(0, |body| set_body(&mut response, body));
    set_headers(&mut response, &id, &answer, limit_status);
    let ignored =
        ignored_header::format_header(&event.ignored()).map(|names| HeaderValue::from_str(&names));
    if let Some(Ok(names)) = ignored {
        response.headers_mut().insert(ignored_header::HEADER_NAME, names);
    }
    event.write_log(&RequestOutcome { status, response: &answer, bytes, elapsed: start.elapsed() });
    response
}

/// Takes the answer of a handler or of the authentication layer. An answer of the router itself (a
/// wrong method on a known path) is an unknown route.
fn take_response(mut response: Response) -> (ApiResponse, Option<RateLimitStatus>) {
    let answer = response.extensions_mut().remove::<ApiResponse>();
    let limit_status = response.extensions_mut().remove::<RateLimitStatus>();
    (answer.unwrap_or(ApiResponse::Error(ApiError::NotFound)), limit_status)
}

/// Renders an answer. One that is larger than Lambda passes on becomes an error; answers of writes
/// are made to fit before (contract: query#expensive-queries; ADR 25).
fn bound_response(answer: ApiResponse, id: &str) -> (ApiResponse, StatusCode, Option<Bytes>) {
    let (status, body) = render_response(&answer, id);
    if body
        .as_deref()
        .is_none_or(|body| escaped_len(body) <= limit::RESPONSE_BYTES_MAX + ENVELOPE_BYTES_MAX)
    {
        return (answer, status, body);
    }
    let text =
        format!("The answer would be larger than {} MB; ask for less", limit::RESPONSE_MB_MAX);
    // A refusal stays a refusal.
    let error = if status.is_client_error() {
        ApiError::BadRequest(text)
    } else {
        ApiError::TooExpensive(text)
    };
    let answer = ApiResponse::Error(error);
    let (status, body) = render_response(&answer, id);
    (answer, status, body)
}

fn render_response(answer: &ApiResponse, id: &str) -> (StatusCode, Option<Bytes>) {
    if let ApiResponse::Document(document) = answer {
        return (StatusCode::OK, Some(document.clone()));
    }
    let (status, body) = build_envelope(answer, id);
    (status, body.map(|body| body.to_string().into()))
}

fn build_envelope(answer: &ApiResponse, id: &str) -> (StatusCode, Option<Json>) {
    match answer {
        ApiResponse::Success(data) => {
            (StatusCode::OK, Some(json!({ "result": true, "requestId": id, "data": data })))
        }
        ApiResponse::Status(data, message) => (
            StatusCode::OK,
            Some(json!({ "result": true, "requestId": id, "data": data, "message": message })),
        ),
        ApiResponse::Failure(data) => (
            StatusCode::BAD_REQUEST,
            Some(json!({ "result": false, "requestId": id, "data": data })),
        ),
        ApiResponse::Objects(data) => {
            (StatusCode::OK, Some(build_full_envelope(true, [Json::Null, Json::Null], id, data)))
        }
        ApiResponse::ObjectsFailure(code, text, data) => {
            let code_and_text = [code.as_str().into(), text.as_str().into()];
            (StatusCode::BAD_REQUEST, Some(build_full_envelope(false, code_and_text, id, data)))
        }
        ApiResponse::Error(error) => {
            let (code, text) = error.code_and_message();
            (
                error.status(),
                Some(build_full_envelope(false, [code.into(), text.into()], id, &Json::Null)),
            )
        }
        ApiResponse::PermanentRedirect(_) => (StatusCode::PERMANENT_REDIRECT, None),
        ApiResponse::TemporaryRedirect(_) => (StatusCode::TEMPORARY_REDIRECT, None),
        ApiResponse::Document(_) => (StatusCode::OK, None),
    }
}

/// Builds the long form of the envelope, with all its nulls.
fn build_full_envelope(result: bool, [code, text]: [Json; 2], id: &str, data: &Json) -> Json {
    json!({ "result": result, "errorCode": code, "errorDesc": text, "requestId": id, "data": data, "message": null })
}

fn set_body(response: &mut Response, body: Bytes) -> usize {
    let bytes = body.len();
    *response.body_mut() = Body::from(body);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    bytes
}

fn set_headers(
    response: &mut Response,
    id: &str,
    answer: &ApiResponse,
    limit_status: Option<RateLimitStatus>,
) {
    let mut set = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    };
    REQUEST_ID_HEADERS.into_iter().for_each(|name| set(name, id));
    if let Some(status) = limit_status {
        let RateLimitWindow { name, seconds, limit } = status.window;
        set(HeaderName::from_static("ratelimit-limit"), &limit.to_string());
        set(HeaderName::from_static("ratelimit-remaining"), &status.remaining.to_string());
        set(HeaderName::from_static("ratelimit-reset"), &status.reset_seconds.to_string());
        // Names the limit in the form of the draft of IETF's httpapi group.
        let policy = format!("\"{name}\";q={limit};w={seconds}");
        set(HeaderName::from_static("ratelimit-policy"), &policy);
    }
    match answer {
        ApiResponse::PermanentRedirect(url) | ApiResponse::TemporaryRedirect(url) => {
            set(LOCATION, url)
        }
        ApiResponse::Error(error) => {
            if let ApiError::Unauthorized(key_error) = error {
                set(WWW_AUTHENTICATE, &key_error.www_authenticate());
                // Some kinds of API of API Gateway rename WWW-Authenticate in answers.
                set(HeaderName::from_static("x-people-key"), key_error.as_str());
            }
            let reset = limit_status.map(|status| status.reset_seconds);
            if let Some(seconds) = error.retry_after(reset) {
                set(RETRY_AFTER, &seconds.to_string());
            }
        }
        _ => {}
    }
}
