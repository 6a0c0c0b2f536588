//! Turns the response of a function, payload format 2.0, into one of HTTP.

use super::error::GatewayError;
use super::remove_hop_by_hop_headers;
use axum::body::Body;
use axum::http::header::{CONTENT_LENGTH, SET_COOKIE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The type of `aws_lambda_events` is not used, since it takes no response without `cookies`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FunctionResponse {
    status_code: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    cookies: Vec<String>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

pub(super) fn parse_response(response: &[u8]) -> Result<Response, GatewayError> {
    let response: FunctionResponse =
        serde_json::from_slice(response).map_err(|_| GatewayError::MalformedResponse)?;
    response.into_http().ok_or(GatewayError::MalformedResponse)
}

impl FunctionResponse {
    /// `None` if a part of it is not valid in HTTP.
    fn into_http(self) -> Option<Response> {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
            headers.insert(name, HeaderValue::from_bytes(value.as_bytes()).ok()?);
        }
        for cookie in &self.cookies {
            headers.append(SET_COOKIE, HeaderValue::from_str(cookie).ok()?);
        }
        remove_hop_by_hop_headers(&mut headers);
        // The server counts the bytes itself.
        headers.remove(CONTENT_LENGTH);
        let body = self.body.unwrap_or_default();
        let body = if self.is_base64_encoded {
            Body::from(STANDARD.decode(body).ok()?)
        } else {
            Body::from(body)
        };
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::from_u16(self.status_code).ok()?;
        *response.headers_mut() = headers;
        Some(response)
    }
}
