//! The outermost layer: gives each request its id, keeps it within its deadline, turns a panic
//! into a 500, and puts the envelope of contract: envelope#success, envelope#request-level-failure
//! around the answer.

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
use people_domain::limit::{self, Standing, Window};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::answer::{Answer, Refusal};
use crate::ignored;
use crate::telemetry::{Event, Outcome};

const REQUEST_ID: [HeaderName; 2] =
    [HeaderName::from_static("x-request-id"), HeaderName::from_static("x-gs-request-id")];

/// Bytes of the envelope around an answer's `data`, at most.
const FRAME: usize = 4 * 1024;

/// Whether this process has answered before.
static WARM: LazyLock<AtomicBool> = LazyLock::new(|| AtomicBool::new(false));

/// Answers one request.
pub(crate) async fn envelope(
    State(deadline): State<Duration>,
    mut request: Request,
    next: Next,
) -> Response {
    let start = Instant::now();
    let id = Uuid::now_v7().to_string();
    let event = Event::new(&id, &request, !WARM.swap(true, Ordering::Relaxed));
    request.extensions_mut().insert(event.clone());
    let run = AssertUnwindSafe(next.run(request)).catch_unwind();
    let (answer, standing) = match tokio::time::timeout(deadline, run).await {
        Ok(Ok(response)) => parts(response),
        Ok(Err(_)) => (Answer::Refused(Refusal::Unexpected("panic".to_owned())), None),
        Err(_) => (Answer::Refused(Refusal::Unavailable("deadline".to_owned())), None),
    };
    let (answer, status, body) = bound_answer(answer, &id);
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    let standing = standing.or_else(|| event.standing());
    let bytes = body.map_or(0, |body| set_body(&mut response, body));
    set_headers(&mut response, &id, &answer, standing);
    let ignored =
        ignored::print_header(&event.ignored()).map(|names| HeaderValue::from_str(&names));
    if let Some(Ok(names)) = ignored {
        response.headers_mut().insert(ignored::NAME, names);
    }
    event.log(&Outcome { status, answer: &answer, bytes, took: start.elapsed() });
    response
}

/// The answer that a handler or a gate gave. One that did not come from us (a wrong method on a
/// known path) is no route of ours.
fn parts(mut response: Response) -> (Answer, Option<Standing>) {
    let answer = response.extensions_mut().remove::<Answer>();
    let standing = response.extensions_mut().remove::<Standing>();
    (answer.unwrap_or(Answer::Refused(Refusal::NotFound)), standing)
}

/// The answer as it is sent. One that Lambda would not pass on is told as such; those of writes are
/// made to fit before (contract: query#expensive-queries; ADR 25).
fn bound_answer(answer: Answer, id: &str) -> (Answer, StatusCode, Option<Bytes>) {
    let (status, body) = render(&answer, id);
    if body.as_deref().is_none_or(|body| escaped_len(body) <= limit::ANSWER + FRAME) {
        return (answer, status, body);
    }
    let text = format!("The answer would be larger than {} MB; ask for less", limit::ANSWER_MB);
    // What was refused stays refused.
    let refusal = match status.is_client_error() {
        true => Refusal::BadRequest(text),
        false => Refusal::TooMuch(text),
    };
    let answer = Answer::Refused(refusal);
    let (status, body) = render(&answer, id);
    (answer, status, body)
}

fn render(answer: &Answer, id: &str) -> (StatusCode, Option<Bytes>) {
    if let Answer::Document(document) = answer {
        return (StatusCode::OK, Some(document.clone()));
    }
    let (status, body) = enveloped(answer, id);
    (status, body.map(|body| body.to_string().into()))
}

fn enveloped(answer: &Answer, id: &str) -> (StatusCode, Option<Json>) {
    match answer {
        Answer::Success(data) => {
            (StatusCode::OK, Some(json!({ "result": true, "requestId": id, "data": data })))
        }
        Answer::Status(data, message) => (
            StatusCode::OK,
            Some(json!({ "result": true, "requestId": id, "data": data, "message": message })),
        ),
        Answer::Failure(data) => (
            StatusCode::BAD_REQUEST,
            Some(json!({ "result": false, "requestId": id, "data": data })),
        ),
        Answer::Objects(data) => {
            (StatusCode::OK, Some(objects(true, [Json::Null, Json::Null], id, data)))
        }
        Answer::ObjectsRefused(code, text, data) => {
            let words = [code.as_str().into(), text.as_str().into()];
            (StatusCode::BAD_REQUEST, Some(objects(false, words, id, data)))
        }
        Answer::Refused(refusal) => {
            let (code, text) = refusal.words();
            (refusal.status(), Some(objects(false, [code.into(), text.into()], id, &Json::Null)))
        }
        Answer::Moved(_) => (StatusCode::PERMANENT_REDIRECT, None),
        Answer::Elsewhere(_) => (StatusCode::TEMPORARY_REDIRECT, None),
        Answer::Document(_) => (StatusCode::OK, None),
    }
}

/// The long form of the envelope, with all its nulls.
fn objects(result: bool, [code, text]: [Json; 2], id: &str, data: &Json) -> Json {
    json!({ "result": result, "errorCode": code, "errorDesc": text, "requestId": id, "data": data, "message": null })
}

fn set_body(response: &mut Response, body: Bytes) -> usize {
    let bytes = body.len();
    *response.body_mut() = Body::from(body);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    bytes
}

fn set_headers(response: &mut Response, id: &str, answer: &Answer, standing: Option<Standing>) {
    let mut set = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    };
    REQUEST_ID.into_iter().for_each(|name| set(name, id));
    if let Some(standing) = standing {
        let Window { name, seconds, limit } = standing.window;
        set(HeaderName::from_static("ratelimit-limit"), &limit.to_string());
        set(HeaderName::from_static("ratelimit-remaining"), &standing.remaining.to_string());
        set(HeaderName::from_static("ratelimit-reset"), &standing.reset.to_string());
        // Which limit it is, as the draft of IETF's httpapi group writes it.
        let policy = format!("\"{name}\";q={limit};w={seconds}");
        set(HeaderName::from_static("ratelimit-policy"), &policy);
    }
    match answer {
        Answer::Moved(url) | Answer::Elsewhere(url) => set(LOCATION, url),
        Answer::Refused(refusal) => {
            if let Refusal::Unauthorized(fault) = refusal {
                set(WWW_AUTHENTICATE, &fault.challenge());
                // API Gateway renames that one in the answers of some of its kinds of API.
                set(HeaderName::from_static("x-people-key"), fault.as_str());
            }
            if let Some(seconds) = refusal.retry_after(standing.map(|standing| standing.reset)) {
                set(RETRY_AFTER, &seconds.to_string());
            }
        }
        _ => {}
    }
}
