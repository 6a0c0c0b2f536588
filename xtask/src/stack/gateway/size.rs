//! The sizes that AWS takes: API Gateway a body, Lambda an event and an answer. Both are JSON that holds the body as a
//! text, so a quote counts as two bytes, and a body that is no text as four bytes for three.

use anyhow::Result;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use clap::ValueEnum;
use people_host::LAMBDA_PAYLOAD;
use std::io;

/// Bytes of a body that API Gateway takes.
const BODY: usize = 10 * 1024 * 1024;

/// Bytes of a body that the gateway takes when the limits are off, for payloads of jobs.
const BODY_WITHOUT_LIMITS: usize = 100 * 1024 * 1024;

/// Bytes of an event or answer beside path, query, headers and body: about what API Gateway writes.
const FRAME: usize = 1_000;

/// Bytes of a header beside its name and value.
const HEADER: usize = 6;

/// Whether requests and answers may be as large as behind API Gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SizeLimits {
    /// Refuse what API Gateway and Lambda refuse: bodies over 10 MB, events and answers over 6 MB
    On,
    /// Take bodies of up to 100 MB
    Off,
}

impl SizeLimits {
    /// Bytes of a body.
    pub(super) fn body(self) -> usize {
        match self {
            Self::On => BODY,
            Self::Off => BODY_WITHOUT_LIMITS,
        }
    }

    /// Whether Lambda takes the event of a request.
    pub(super) fn takes_event(self, parts: &Parts, body: &[u8], is_text: bool) -> Result<bool> {
        // The path stands there three times.
        let path = parts.uri.path().len() * 3 + parts.uri.query().map_or(0, str::len) * 2;
        Ok(self == Self::Off
            || path + payload_size(&parts.headers, body, is_text)? <= LAMBDA_PAYLOAD)
    }

    /// Whether Lambda takes an answer.
    pub(super) fn takes_answer(self, headers: &HeaderMap, body: &[u8]) -> Result<bool> {
        let is_text = std::str::from_utf8(body).is_ok();
        Ok(self == Self::Off || payload_size(headers, body, is_text)? <= LAMBDA_PAYLOAD)
    }
}

fn payload_size(headers: &HeaderMap, body: &[u8], is_text: bool) -> Result<usize> {
    let header = |(name, value): (&axum::http::HeaderName, &axum::http::HeaderValue)| {
        name.as_str().len() + value.len() + HEADER
    };
    let headers = headers.iter().map(header).sum::<usize>();
    let body = match is_text {
        true => escaped_len(std::str::from_utf8(body)?)?,
        false => body.len().div_ceil(3) * 4,
    };
    Ok(FRAME + headers + body)
}

/// Bytes of a text within JSON.
fn escaped_len(text: &str) -> Result<usize> {
    struct Count(usize);
    impl io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    serde_json::to_writer(&mut count, text)?;
    Ok(count.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_counted_as_json_holds_it() {
        for text in ["", "plain", "{\"a\":\"b\\n\"}", "\n\t\u{1}é"] {
            assert_eq!(escaped_len(text).unwrap(), serde_json::to_string(text).unwrap().len());
        }
    }

    #[test]
    fn a_body_that_is_no_text_takes_a_third_more() {
        let of =
            |body: &[u8], is_text| payload_size(&HeaderMap::new(), body, is_text).unwrap() - FRAME;
        assert_eq!(of(&[b'a'; 300], true), 302);
        assert_eq!(of(&[b'a'; 300], false), 400);
        assert_eq!(of(&[b'"'; 300], true), 602);
    }
}
