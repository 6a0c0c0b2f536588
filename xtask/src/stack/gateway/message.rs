//! Requests and answers as they are passed on: unchanged, but for what belongs to one connection, and for the content
//! type of a body that is no text.

use super::refusal::Refusal;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{CONNECTION, CONTENT_TYPE};
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

/// The emulator encodes a body of this type; of text/* and application/json, or without a type, it wants UTF-8.
const BINARY: HeaderValue = HeaderValue::from_static("application/octet-stream");

/// The request for the emulator, once all of it is here.
pub(super) async fn inward(
    request: Request,
    emulator: &Authority,
    largest: usize,
) -> Result<Request, Refusal> {
    let (mut parts, body) = request.into_parts();
    let body = whole(body, largest).await?;
    parts.uri = at(emulator, &parts.uri)?;
    parts.version = Version::HTTP_11;
    unhop(&mut parts.headers);
    if is_read_as_text(&parts.headers) && std::str::from_utf8(&body).is_err() {
        parts.headers.insert(CONTENT_TYPE, BINARY);
    }
    Ok(Request::from_parts(parts, Body::from(body)))
}

/// Whether the emulator takes a body with these headers for text.
fn is_read_as_text(headers: &HeaderMap) -> bool {
    let Some(kind) = headers.get(CONTENT_TYPE) else { return true };
    kind.as_bytes().starts_with(b"text/") || kind.as_bytes().starts_with(b"application/json")
}

/// The emulator's answer for the caller.
pub(super) fn outward(mut answer: Response) -> Response {
    unhop(answer.headers_mut());
    answer
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
