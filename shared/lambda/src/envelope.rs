//! The outermost layer: gives each request its id, keeps it within its deadline, turns a panic into
//! a 500, renders the answer in its envelope, and compresses it for callers that accept that
//! (contract: envelope#request-ids, envelope#compressed-answers).

use std::panic::AssertUnwindSafe;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use futures::FutureExt;
use http::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, LOCATION, RETRY_AFTER, VARY, WWW_AUTHENTICATE,
};
use http::{HeaderName, HeaderValue};
use people_domain::limit::{RateLimitStatus, RateLimitWindow};
use uuid::Uuid;

use crate::access_key::AccessKeyError;
use crate::api_family::ApiFamily;
use crate::compression::{AcceptedEncodings, EncodedBody};
use crate::ignored_header;
use crate::render::RenderedAnswer;
use crate::response::{ApiError, ApiResponse};
use crate::telemetry::{RequestEvent, RequestOutcome};

const REQUEST_ID_HEADERS: [HeaderName; 2] =
    [HeaderName::from_static("x-request-id"), HeaderName::from_static("x-gs-request-id")];

/// Whether this process has answered before.
static HAS_ANSWERED: LazyLock<AtomicBool> = LazyLock::new(|| AtomicBool::new(false));

/// The state of the outermost layer of one function.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EnvelopeLayer {
    /// How long a call may take.
    pub(crate) deadline: Duration,
    /// `None` for the function of unknown routes: the path tells the family.
    pub(crate) family: Option<ApiFamily>,
}

/// Answers one request and writes its log event.
pub(crate) async fn wrap_response(
    State(layer): State<EnvelopeLayer>,
    mut request: Request,
    next: Next,
) -> Response {
    let start = Instant::now();
    let id = Uuid::now_v7().to_string();
    let event = RequestEvent::new(&id, &request, !HAS_ANSWERED.swap(true, Ordering::Relaxed));
    request.extensions_mut().insert(event.clone());
    let accepted = AcceptedEncodings::of_request(request.headers());
    let path = request.uri().path();
    let family = layer.family.unwrap_or_else(|| ApiFamily::of_unknown_path(path));
    let run = AssertUnwindSafe(next.run(request)).catch_unwind();
    let answer = match tokio::time::timeout(layer.deadline, run).await {
        Ok(Ok(response)) => take_answer(response),
        Ok(Err(_)) => ApiResponse::Error(ApiError::Unexpected("panic".to_owned())),
        Err(_) => ApiResponse::Error(ApiError::Unavailable("deadline".to_owned())),
    };
    let rendered = RenderedAnswer::new(answer, &id, family);
    let (answer, body) = encode_answer(rendered, accepted, &id, family).await;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = answer.status;
    let bytes = body.map_or(0, |body| set_body(&mut response, body));
    set_headers(&mut response, &id, &answer, event.rate_limit_status());
    set_handler_headers(&mut response, &event);
    if let Some(ApiError::Unauthorized(key_error)) = answer.error {
        set_key_headers(&mut response, key_error, family);
    }
    let (status, error) = (answer.status, answer.error.as_ref());
    event.write_log(&RequestOutcome { status, error, bytes, elapsed: start.elapsed() });
    response
}

/// Takes the answer of a handler or of the authentication layer. An answer of the router itself (a
/// wrong method on a known path) is an unknown route.
fn take_answer(mut response: Response) -> ApiResponse {
    let answer = response.extensions_mut().remove::<ApiResponse>();
    answer.unwrap_or(ApiResponse::Error(ApiError::NotFound))
}

/// Encodes the body for the caller. An answer that is larger than Lambda passes on becomes another.
async fn encode_answer(
    mut answer: RenderedAnswer,
    accepted: AcceptedEncodings,
    id: &str,
    family: ApiFamily,
) -> (RenderedAnswer, Option<EncodedBody>) {
    let Some(body) = answer.body.take() else { return (answer, None) };
    match accepted.encode_body(body).await {
        Ok(body) => (answer, Some(body)),
        Err(error) => {
            let mut answer = answer.without_body(error.message(), id, family);
            let body = answer.body.take().map(|bytes| EncodedBody { bytes, is_gzip: false });
            (answer, body)
        }
    }
}

fn set_body(response: &mut Response, body: EncodedBody) -> usize {
    let bytes = body.bytes.len();
    *response.body_mut() = Body::from(body.bytes);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if body.is_gzip {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    bytes
}

fn set_headers(
    response: &mut Response,
    id: &str,
    answer: &RenderedAnswer,
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
    // Also of an answer that is not compressed: the same request may get another one.
    set(VARY, ACCEPT_ENCODING.as_str());
    if let Some(url) = &answer.location {
        set(LOCATION, url);
    }
    let reset = limit_status.map(|status| status.reset_seconds);
    if let Some(seconds) = answer.error.as_ref().and_then(|error| error.retry_after(reset)) {
        set(RETRY_AFTER, &seconds.to_string());
    }
}

/// The headers that the handler asked for.
fn set_handler_headers(response: &mut Response, event: &RequestEvent) {
    let headers = response.headers_mut();
    if event.is_event_dropped() {
        headers.insert("x-people-events", HeaderValue::from_static("dropped"));
    }
    let ignored =
        ignored_header::format_header(&event.ignored()).map(|names| HeaderValue::from_str(&names));
    if let Some(Ok(names)) = ignored {
        headers.insert(ignored_header::HEADER_NAME, names);
    }
}

/// The headers that say why a key is refused.
fn set_key_headers(response: &mut Response, error: AccessKeyError, family: ApiFamily) {
    let headers = response.headers_mut();
    if let Ok(challenge) = HeaderValue::from_str(&error.www_authenticate(family)) {
        headers.insert(WWW_AUTHENTICATE, challenge);
    }
    // Some kinds of API of API Gateway rename WWW-Authenticate in answers.
    headers.insert("x-people-key", HeaderValue::from_static(error.as_str()));
}
