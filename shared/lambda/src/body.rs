//! A JSON body: its size, encoding and nesting are checked before anything is built from it.

use std::io::Read;

use axum::body::to_bytes;
use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use http::header::CONTENT_ENCODING;
use people_domain::json::nesting;
use people_domain::{json, limit};
use serde_json::Value as Json;

use crate::response::ApiError;
use crate::telemetry::RequestEvent;

/// The body of a request, parsed as JSON.
#[derive(Debug)]
pub struct JsonBody(pub Json);

/// Some editors write it at the beginning of UTF-8 files.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

impl<S: Sync> FromRequest<S> for JsonBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let event = request.extensions().get::<RequestEvent>().cloned();
        let encoding = content_encoding(&request);
        let bytes = to_bytes(request.into_body(), limit::BODY_BYTES_MAX)
            .await
            .map_err(|_| ApiError::BodyTooLarge(limit::BODY_BYTES_MAX))?;
        let plain = decode_body(bytes, encoding.as_deref())?;
        if let Some(event) = event {
            event.record_field("bytesIn", plain.len());
        }
        parse_body(&plain).map(Self)
    }
}

/// The Content-Encoding, in lower case.
pub(crate) fn content_encoding(request: &Request) -> Option<Vec<u8>> {
    request.headers().get(CONTENT_ENCODING).map(|value| value.as_bytes().to_ascii_lowercase())
}

/// Whether a Content-Encoding is gzip; no other is accepted.
pub(crate) fn is_gzip_encoding(encoding: Option<&[u8]>) -> Result<bool, ApiError> {
    match encoding {
        None | Some(b"" | b"identity") => Ok(false),
        Some(b"gzip" | b"x-gzip") => Ok(true),
        Some(_) => {
            Err(ApiError::bad_request("The Content-Encoding is not supported; send gzip or none"))
        }
    }
}

/// The beginning of a gzip stream that API Gateway passed on as a text: its second byte is no
/// UTF-8.
const GZIP_AS_TEXT: &[u8] = b"\x1f\xef\xbf\xbd\x08";

/// Refuses a gzip body that its Content-Type has corrupted on the way.
pub(crate) fn check_gzip_intact(bytes: &[u8]) -> Result<(), ApiError> {
    if bytes.starts_with(GZIP_AS_TEXT) {
        return Err(ApiError::bad_request(
            "The gzip body was passed on as a text, which spoils it; send it with the header \
             Content-Type: application/octet-stream",
        ));
    }
    Ok(())
}

fn decode_body(bytes: Bytes, encoding: Option<&[u8]>) -> Result<Bytes, ApiError> {
    check_gzip_intact(&bytes)?;
    if is_gzip_encoding(encoding)? { gunzip_body(&bytes) } else { Ok(bytes) }
}

/// Stops one byte past the limit, whatever size the stream claims.
fn gunzip_body(bytes: &[u8]) -> Result<Bytes, ApiError> {
    let mut plain = Vec::new();
    let read =
        MultiGzDecoder::new(bytes).take(limit::BODY_BYTES_MAX as u64 + 1).read_to_end(&mut plain);
    match read {
        Err(_) => Err(ApiError::bad_request(
            "The body is not valid gzip, though its Content-Encoding says so",
        )),
        Ok(length) if length > limit::BODY_BYTES_MAX => {
            Err(ApiError::BodyTooLarge(limit::BODY_BYTES_MAX))
        }
        Ok(_) => Ok(plain.into()),
    }
}

fn parse_body(bytes: &[u8]) -> Result<Json, ApiError> {
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    if bytes.is_empty() {
        return Err(ApiError::bad_request("The body is empty; send JSON"));
    }
    let shape = nesting::measure_shape(bytes);
    if shape.levels > limit::NESTING_LEVELS_MAX {
        return Err(ApiError::bad_request(format!(
            "The body nests deeper than {} levels",
            limit::NESTING_LEVELS_MAX
        )));
    }
    if shape.values > limit::BODY_VALUES_MAX {
        return Err(ApiError::bad_request(format!(
            "The body holds more than {} values",
            limit::BODY_VALUES_MAX
        )));
    }
    let text =
        std::str::from_utf8(bytes).map_err(|_| ApiError::bad_request("The body is not UTF-8"))?;
    json::parse(text.as_bytes()).map_err(|error| {
        // serde_json quotes no content in its syntax errors, only their position.
        let problem = if error.to_string().starts_with("number out of range") {
            "The body holds a number that is out of range"
        } else {
            "The body is not JSON"
        };
        ApiError::bad_request(format!(
            "{problem}: line {}, column {}",
            error.line(),
            error.column()
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;

    fn gzip(bytes: &[u8]) -> Bytes {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap().into()
    }

    #[test]
    fn a_bomb_is_refused_at_the_limit() {
        let bomb = gzip(&vec![b' '; limit::BODY_BYTES_MAX + 1]);
        assert!(bomb.len() < 10_000);
        assert_eq!(
            decode_body(bomb, Some(b"gzip")),
            Err(ApiError::BodyTooLarge(limit::BODY_BYTES_MAX))
        );
        let full = gzip(&vec![b' '; limit::BODY_BYTES_MAX]);
        assert_eq!(decode_body(full, Some(b"gzip")).unwrap().len(), limit::BODY_BYTES_MAX);
    }

    #[test]
    fn values_are_limited() {
        let list = |items: usize| format!("[{}1]", "1,".repeat(items - 1));
        assert!(parse_body(list(limit::BODY_VALUES_MAX - 1).as_bytes()).is_ok());
        let refused = parse_body(list(limit::BODY_VALUES_MAX).as_bytes()).unwrap_err();
        assert_eq!(refused, ApiError::bad_request("The body holds more than 300000 values"));
    }

    #[test]
    fn what_is_not_json_says_where() {
        for (bytes, part) in [
            (&b"{\"a\":\n x}"[..], "line 2"),
            (b"", "empty"),
            (b"{\"a\":\"\xff\"}", "UTF-8"),
            (b"{\"a\":\"\\ud800\"}", "not JSON"),
            (b"{} {}", "not JSON"),
            (b"{\"a\":1e400}", "out of range: line 1"),
        ] {
            let Err(ApiError::BadRequest(text)) = parse_body(bytes) else { panic!("{bytes:?}") };
            assert!(text.contains(part), "{text}");
        }
        assert!(parse_body(b"\xef\xbb\xbf{}").is_ok());
        let repeated = parse_body(br#"{"a":1,"b":2,"a":3}"#).unwrap();
        assert_eq!(repeated.to_string(), r#"{"b":2,"a":3}"#, "the last counts, at its place");
        assert!(decode_body(Bytes::from_static(b"x"), Some(b"gzip")).is_err());
        assert!(decode_body(Bytes::from_static(b"x"), Some(b"br")).is_err());
    }
}
