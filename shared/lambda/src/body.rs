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

use crate::answer::Refusal;
use crate::telemetry::Event;

/// A body that is JSON.
#[derive(Debug)]
pub struct JsonBody(pub Json);

/// What UTF-8 files of some editors begin with.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

impl<S: Sync> FromRequest<S> for JsonBody {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refusal> {
        let event = request.extensions().get::<Event>().cloned();
        let encoding = encoding(&request);
        let bytes = to_bytes(request.into_body(), limit::BODY)
            .await
            .map_err(|_| Refusal::BodyTooLarge(limit::BODY))?;
        let plain = decode(bytes, encoding.as_deref())?;
        if let Some(event) = event {
            event.set("bytesIn", plain.len());
        }
        parse(&plain).map(Self)
    }
}

/// The Content-Encoding, in lower case.
pub(crate) fn encoding(request: &Request) -> Option<Vec<u8>> {
    request.headers().get(CONTENT_ENCODING).map(|value| value.as_bytes().to_ascii_lowercase())
}

/// Whether a Content-Encoding is gzip; no other is taken.
pub(crate) fn is_gzip(encoding: Option<&[u8]>) -> Result<bool, Refusal> {
    match encoding {
        None | Some(b"" | b"identity") => Ok(false),
        Some(b"gzip" | b"x-gzip") => Ok(true),
        Some(_) => Err(Refusal::bad("The Content-Encoding is not supported; send gzip or none")),
    }
}

/// How a gzip stream begins once API Gateway has passed it on as a text: its second byte is no UTF-8.
const GZIP_AS_TEXT: &[u8] = b"\x1f\xef\xbf\xbd\x08";

/// Refuses a gzip body that its Content-Type has spoilt on the way.
pub(crate) fn check_gzip(bytes: &[u8]) -> Result<(), Refusal> {
    match bytes.starts_with(GZIP_AS_TEXT) {
        true => Err(Refusal::bad(
            "The gzip body was passed on as a text, which spoils it; send it with the header \
             Content-Type: application/octet-stream",
        )),
        false => Ok(()),
    }
}

fn decode(bytes: Bytes, encoding: Option<&[u8]>) -> Result<Bytes, Refusal> {
    check_gzip(&bytes)?;
    if is_gzip(encoding)? { gunzip(&bytes) } else { Ok(bytes) }
}

/// Stops reading one byte past the limit, whatever the stream claims to hold.
fn gunzip(bytes: &[u8]) -> Result<Bytes, Refusal> {
    let mut plain = Vec::new();
    let read = MultiGzDecoder::new(bytes).take(limit::BODY as u64 + 1).read_to_end(&mut plain);
    match read {
        Err(_) => {
            Err(Refusal::bad("The body is not valid gzip, though its Content-Encoding says so"))
        }
        Ok(length) if length > limit::BODY => Err(Refusal::BodyTooLarge(limit::BODY)),
        Ok(_) => Ok(plain.into()),
    }
}

fn parse(bytes: &[u8]) -> Result<Json, Refusal> {
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    if bytes.is_empty() {
        return Err(Refusal::bad("The body is empty; send JSON"));
    }
    let shape = nesting::measure(bytes);
    if shape.levels > limit::NESTING {
        return Err(Refusal::bad(format!("The body nests deeper than {} levels", limit::NESTING)));
    }
    if shape.values > limit::BODY_VALUES {
        return Err(Refusal::bad(format!(
            "The body holds more than {} values",
            limit::BODY_VALUES
        )));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| Refusal::bad("The body is not UTF-8"))?;
    json::parse(text.as_bytes()).map_err(|error| {
        // serde_json quotes no content in errors of syntax, only where they are.
        let what = match error.to_string().starts_with("number out of range") {
            true => "The body holds a number that is out of range",
            false => "The body is not JSON",
        };
        Refusal::bad(format!("{what}: line {}, column {}", error.line(), error.column()))
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
        let bomb = gzip(&vec![b' '; limit::BODY + 1]);
        assert!(bomb.len() < 10_000);
        assert_eq!(decode(bomb, Some(b"gzip")), Err(Refusal::BodyTooLarge(limit::BODY)));
        let full = gzip(&vec![b' '; limit::BODY]);
        assert_eq!(decode(full, Some(b"gzip")).unwrap().len(), limit::BODY);
    }

    #[test]
    fn values_are_limited() {
        let list = |items: usize| format!("[{}1]", "1,".repeat(items - 1));
        assert!(parse(list(limit::BODY_VALUES - 1).as_bytes()).is_ok());
        let refused = parse(list(limit::BODY_VALUES).as_bytes()).unwrap_err();
        assert_eq!(refused, Refusal::bad("The body holds more than 300000 values"));
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
            let Err(Refusal::BadRequest(text)) = parse(bytes) else { panic!("{bytes:?}") };
            assert!(text.contains(part), "{text}");
        }
        assert!(parse(b"\xef\xbb\xbf{}").is_ok());
        let repeated = parse(br#"{"a":1,"b":2,"a":3}"#).unwrap();
        assert_eq!(repeated.to_string(), r#"{"b":2,"a":3}"#, "the last counts, at its place");
        assert!(decode(Bytes::from_static(b"x"), Some(b"gzip")).is_err());
        assert!(decode(Bytes::from_static(b"x"), Some(b"br")).is_err());
    }
}
