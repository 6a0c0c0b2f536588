//! The gateway's own answers, in API Gateway's words.

use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

pub(super) enum Refusal {
    /// The emulator can't be reached, or gave no answer.
    Emulator,
    /// The request can't be read to its end.
    Malformed,
    /// The body is larger than API Gateway takes, or its event than Lambda does.
    TooLarge,
    /// The answer is larger than Lambda takes; whatever the function did is done.
    AnswerTooLarge,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, body) = match self {
            Self::Emulator => (StatusCode::BAD_GATEWAY, r#"{"message":"Internal Server Error"}"#),
            Self::AnswerTooLarge => {
                (StatusCode::INTERNAL_SERVER_ERROR, r#"{"message":"Internal Server Error"}"#)
            }
            Self::Malformed => (StatusCode::BAD_REQUEST, r#"{"message":"Bad Request"}"#),
            Self::TooLarge => {
                (StatusCode::PAYLOAD_TOO_LARGE, r#"{"message":"Request Entity Too Large"}"#)
            }
        };
        (status, [(CONTENT_TYPE, "application/json")], body).into_response()
    }
}
