//! Reads the body of a request. Its content type alone decides whether it becomes a text or base64 in the event.

use super::error::GatewayError;
use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http_body_util::BodyExt;

/// Largest body that API Gateway takes, in bytes.
pub const GATEWAY_BODY_BYTES_MAX: usize = 10 * 1024 * 1024;

/// Content types, apart from text/*, whose bodies become a text. All others, and a body without a type, become base64.
const TEXT_TYPES: [&str; 3] = ["application/json", "application/xml", "application/javascript"];

/// A body as the event contains it.
pub(super) struct EventBody {
    pub(super) text: String,
    pub(super) is_base64: bool,
    /// Length of the body that the function sees, in bytes.
    pub(super) length: usize,
}

/// Reads the whole body. The rest of one that is too large is read and dropped, because many clients look for an answer
/// only after they have sent everything.
pub(super) async fn read_body(
    headers: &HeaderMap,
    mut body: Body,
    bytes_max: usize,
) -> Result<EventBody, GatewayError> {
    let (mut bytes, mut length) = (Vec::new(), 0_usize);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| GatewayError::MalformedRequest)?;
        let Ok(data) = frame.into_data() else { continue };
        length = length.saturating_add(data.len());
        if length <= bytes_max {
            bytes.extend_from_slice(&data);
        }
    }
    if length > bytes_max {
        return Err(GatewayError::BodyTooLarge);
    }
    Ok(EventBody::encode(bytes, has_text_type(headers)))
}

impl EventBody {
    fn encode(bytes: Vec<u8>, is_text: bool) -> Self {
        if is_text {
            // Bytes that are not UTF-8, such as a gzip stream, do not survive this. Neither do they on AWS.
            let text = String::from_utf8(bytes)
                .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
            return Self { length: text.len(), text, is_base64: false };
        }
        Self { text: STANDARD.encode(&bytes), is_base64: true, length: bytes.len() }
    }
}

fn has_text_type(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind.starts_with("text/") || TEXT_TYPES.contains(&kind.as_str())
}
