//! Requests and answers as API Gateway passes them on: what belongs to one connection is left out, and a body reaches
//! the function as a text or as bytes, by its content type alone.

use super::refusal::Refusal;
use super::size::SizeLimits;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::uri::{Authority, PathAndQuery, Scheme};
use axum::http::{HeaderMap, HeaderValue, Uri, Version};
use axum::response::Response;
use http_body_util::BodyExt;

/// Headers of one connection; those that `Connection` names are too.
const HOP_BY_HOP: [&str; 9] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Content types whose bodies API Gateway hands to a function as a text, beside text/*. All others, and a body without a
/// type, are bytes.
const TEXTS: [&str; 3] = ["application/json", "application/xml", "application/javascript"];

/// The emulator of Lambda takes a body without a type for a text, which must be UTF-8; one of this type it encodes.
const BINARY: HeaderValue = HeaderValue::from_static("application/octet-stream");

/// The request for the emulator, once all of it is here.
pub(super) async fn inward(
    request: Request,
    emulator: &Authority,
    limits: SizeLimits,
) -> Result<Request, Refusal> {
    let (mut parts, body) = request.into_parts();
    let mut body = whole(body, limits.body()).await?;
    let is_text = is_text(&parts.headers);
    if is_text {
        body = as_text(body);
    }
    match limits.takes_event(&parts, &body, is_text) {
        Ok(true) => {}
        Ok(false) => return Err(Refusal::TooLarge),
        Err(_) => return Err(Refusal::Malformed),
    }
    parts.uri = at(emulator, &parts.uri)?;
    parts.version = Version::HTTP_11;
    unhop(&mut parts.headers);
    if !parts.headers.contains_key(CONTENT_TYPE) && std::str::from_utf8(&body).is_err() {
        parts.headers.insert(CONTENT_TYPE, BINARY);
    }
    // A text that was none is as long as it is now.
    parts.headers.remove(CONTENT_LENGTH);
    Ok(Request::from_parts(parts, Body::from(body)))
}

/// Whether API Gateway takes a body with these headers for a text.
fn is_text(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind.starts_with("text/") || TEXTS.contains(&kind.as_str())
}

/// A body as a text. What is no UTF-8, a gzip stream say, does not survive it.
fn as_text(body: Vec<u8>) -> Vec<u8> {
    match String::from_utf8(body) {
        Ok(text) => text.into_bytes(),
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned().into_bytes(),
    }
}

/// The emulator's answer for the caller.
pub(super) async fn outward(answer: Response, limits: SizeLimits) -> Result<Response, Refusal> {
    let (mut parts, body) = answer.into_parts();
    unhop(&mut parts.headers);
    let body = body.collect().await.map_err(|_| Refusal::Emulator)?.to_bytes();
    match limits.takes_answer(&parts.headers, &body) {
        Ok(true) => Ok(Response::from_parts(parts, Body::from(body))),
        _ => Err(Refusal::AnswerTooLarge),
    }
}

/// The same path and query, byte for byte, at the emulator.
fn at(emulator: &Authority, uri: &Uri) -> Result<Uri, Refusal> {
    let path = uri.path_and_query().cloned().unwrap_or(PathAndQuery::from_static("/"));
    let builder = Uri::builder().scheme(Scheme::HTTP).authority(emulator.clone());
    builder.path_and_query(path).build().map_err(|_| Refusal::Malformed)
}

/// The whole body. Of one that is too large the rest is read and dropped: many clients see no answer before they
/// have sent everything.
async fn whole(mut body: Body, largest: usize) -> Result<Vec<u8>, Refusal> {
    let (mut whole, mut length) = (Vec::new(), 0_usize);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Refusal::Malformed)?;
        let Ok(data) = frame.into_data() else { continue };
        length = length.saturating_add(data.len());
        if length <= largest {
            whole.extend_from_slice(&data);
        }
    }
    if length > largest { Err(Refusal::TooLarge) } else { Ok(whole) }
}

fn unhop(headers: &mut HeaderMap) {
    let mut named = Vec::new();
    for value in headers.get_all(CONNECTION) {
        let names = value.to_str().unwrap_or_default().split(',');
        named.extend(names.map(|name| name.trim().to_owned()));
    }
    for name in named.iter().map(String::as_str).chain(HOP_BY_HOP) {
        headers.remove(name);
    }
}
