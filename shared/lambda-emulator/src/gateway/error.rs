//! The answers that the gateway gives by itself, with the texts of API Gateway.

use crate::InvokeError;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

pub(super) enum GatewayError {
    /// The request can't be read to its end.
    MalformedRequest,
    /// The body is larger than API Gateway takes.
    BodyTooLarge,
    /// No route matches, and there is no `$default`.
    NoRoute,
    /// The function gave no response.
    Invoke(InvokeError),
    /// The response of the function is not one of payload format 2.0.
    MalformedResponse,
}

impl IntoResponse for GatewayError {
    fn into_response(self) -> Response {
        let (status, message) = match self {
            Self::MalformedRequest => (StatusCode::BAD_REQUEST, "Bad Request"),
            Self::NoRoute => (StatusCode::NOT_FOUND, "Not Found"),
            Self::BodyTooLarge | Self::Invoke(InvokeError::EventTooLarge(_)) => {
                (StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large")
            }
            Self::Invoke(InvokeError::TimedOut(_)) => {
                (StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable")
            }
            Self::Invoke(InvokeError::Unreachable(_)) => {
                (StatusCode::BAD_GATEWAY, "Internal Server Error")
            }
            Self::Invoke(_) | Self::MalformedResponse => {
                (StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
            }
        };
        let body = format!(r#"{{"message":"{message}"}}"#);
        (status, [(CONTENT_TYPE, "application/json")], body).into_response()
    }
}
