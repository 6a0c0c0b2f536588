//! The bodies of answers as they leave: compressed for callers that accept gzip, and never larger
//! than Lambda passes on (contract: envelope#compressed-answers, envelope#large-answers; ADR 43).

use std::convert::Infallible;

use axum::body::{Body, to_bytes};
use axum::response::Response;
use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING};
use http::{HeaderMap, Request};
use people_domain::json::escaped_len;
use people_domain::limit;
use tower::{Layer, ServiceExt, service_fn};
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::SizeAbove;

/// The most bytes that the envelope adds to an answer's `data`.
const ENVELOPE_BYTES_MAX: usize = 4 * 1024;

/// The headers `Accept-Encoding` of a request.
#[derive(Debug, Default)]
pub(crate) struct AcceptedEncodings(HeaderMap);

/// A body as it leaves.
#[derive(Debug)]
pub(crate) struct EncodedBody {
    pub(crate) bytes: Bytes,
    pub(crate) is_gzip: bool,
}

/// A body is larger than an answer may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyTooLarge {
    /// Before it is compressed, whatever the caller accepts.
    Plain,
    /// As a body that the caller does not accept compressed.
    Uncompressed,
    /// Although it is compressed.
    Compressed,
}

impl AcceptedEncodings {
    pub(crate) fn of_request(headers: &HeaderMap) -> Self {
        let values = headers.get_all(ACCEPT_ENCODING);
        Self(values.iter().map(|value| (ACCEPT_ENCODING, value.clone())).collect())
    }

    /// Compresses a body if the caller accepts that, and it is large enough to gain by it.
    pub(crate) async fn encode_body(self, body: Bytes) -> Result<EncodedBody, BodyTooLarge> {
        if body.len() > limit::PLAIN_RESPONSE_BYTES_MAX {
            return Err(BodyTooLarge::Plain);
        }
        let plain = body.clone();
        let mut request = Request::new(Body::empty());
        *request.headers_mut() = self.0;
        let Ok(response) = CompressionLayer::new()
            .quality(CompressionLevel::Fastest)
            .compress_when(SizeAbove::new(limit::COMPRESSION_BYTES_MIN))
            .layer(service_fn(move |_| {
                let response = Response::new(Body::from(body.clone()));
                async { Ok::<_, Infallible>(response) }
            }))
            .oneshot(request)
            .await;
        if !response.headers().contains_key(CONTENT_ENCODING) {
            let is_small = escaped_len(&plain) <= limit::RESPONSE_BYTES_MAX + ENVELOPE_BYTES_MAX;
            let body = EncodedBody { bytes: plain, is_gzip: false };
            return if is_small { Ok(body) } else { Err(BodyTooLarge::Uncompressed) };
        }
        // Stops at the limit. A body in memory has no other error.
        let compressed = Body::new(response.into_body());
        let bytes = to_bytes(compressed, limit::COMPRESSED_RESPONSE_BYTES_MAX).await;
        let bytes = bytes.map_err(|_| BodyTooLarge::Compressed)?;
        Ok(EncodedBody { bytes, is_gzip: true })
    }
}

impl BodyTooLarge {
    /// The text for the caller.
    pub(crate) fn message(self) -> String {
        const REMEDY: &str = "ask for less, such as fewer fields or a lower limit";
        match self {
            Self::Plain => {
                let limit = limit::PLAIN_RESPONSE_MB_MAX;
                format!("The answer would be larger than {limit} MB of JSON; {REMEDY}")
            }
            Self::Uncompressed => {
                let limit = limit::RESPONSE_MB_MAX;
                format!(
                    "The answer would be larger than {limit} MB; send the header \
                     Accept-Encoding: gzip, with which about three times as much fits, or {REMEDY}"
                )
            }
            Self::Compressed => {
                let tenths = limit::COMPRESSED_RESPONSE_BYTES_MAX / 100_000;
                let (whole, tenth) = (tenths / 10, tenths % 10);
                format!(
                    "The answer would be larger than {whole}.{tenth} MB, although it is \
                     compressed; {REMEDY}"
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::GzDecoder;
    use http::HeaderValue;

    use super::*;

    async fn encode(accept: &[&'static str], body: &[u8]) -> Result<EncodedBody, BodyTooLarge> {
        let mut headers = HeaderMap::new();
        for value in accept {
            headers.append(ACCEPT_ENCODING, HeaderValue::from_static(value));
        }
        AcceptedEncodings::of_request(&headers).encode_body(Bytes::copy_from_slice(body)).await
    }

    /// Bytes that gzip can't make smaller.
    fn random_bytes(count: usize) -> Vec<u8> {
        let mut state = 1_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 56) as u8
        };
        (0..count).map(|_| next()).collect()
    }

    #[tokio::test]
    async fn gzip_is_for_those_who_accept_it_and_for_bodies_that_gain_by_it() {
        let least = usize::from(limit::COMPRESSION_BYTES_MIN);
        for (accept, size, is_gzip) in [
            (&["gzip"][..], least, true),
            (&["gzip"], least - 1, false),
            (&["deflate, GZIP;q=0.5"], least, true),
            (&["br", "x-gzip"], least, true),
            (&[], least, false),
            (&["identity"], least, false),
            (&["gzip;q=0"], least, false),
            (&["gzip;q=0.0, br"], least, false),
            (&["gzip;q=0.1, identity;q=0.9"], least, false),
            (&["gzipped"], least, false),
            (&["gzip;q=a"], least, false),
        ] {
            let plain = vec![b'x'; size];
            let encoded = encode(accept, &plain).await.unwrap();
            assert_eq!(encoded.is_gzip, is_gzip, "{accept:?}");
            let mut read = Vec::new();
            if is_gzip {
                GzDecoder::new(&*encoded.bytes).read_to_end(&mut read).unwrap();
            } else {
                read.extend_from_slice(&encoded.bytes);
            }
            assert_eq!(read, plain, "{accept:?}");
        }
    }

    #[tokio::test]
    async fn the_limit_is_that_of_what_leaves() {
        let text = vec![b'x'; limit::RESPONSE_BYTES_MAX + ENVELOPE_BYTES_MAX + 1];
        assert_eq!(encode(&[], &text[1..]).await.unwrap().bytes.len(), text.len() - 1);
        assert_eq!(encode(&[], &text).await.unwrap_err(), BodyTooLarge::Uncompressed);
        assert!(encode(&["gzip"], &text).await.unwrap().bytes.len() < 100_000);
        let random = random_bytes(limit::COMPRESSED_RESPONSE_BYTES_MAX);
        assert_eq!(encode(&["gzip"], &random).await.unwrap_err(), BodyTooLarge::Compressed);
        let fits = encode(&["gzip"], &random[..random.len() - 10_000]).await.unwrap();
        // With its headers, the answer fits Lambda's 6 MB as base64.
        assert!(fits.bytes.len().div_ceil(3) * 4 < 6 * 1024 * 1024 - 64 * 1024);
        let large = vec![b'x'; limit::PLAIN_RESPONSE_BYTES_MAX + 1];
        assert_eq!(encode(&["gzip"], &large).await.unwrap_err(), BodyTooLarge::Plain);
    }

    #[test]
    fn messages_name_limit_and_remedy() {
        for (error, limit, remedy) in [
            (BodyTooLarge::Plain, "32 MB", "a lower limit"),
            (BodyTooLarge::Uncompressed, "5 MB", "Accept-Encoding: gzip"),
            (BodyTooLarge::Compressed, "4.6 MB", "fewer fields"),
        ] {
            let message = error.message();
            assert!(message.contains(limit) && message.contains(remedy), "{message}");
        }
    }
}
