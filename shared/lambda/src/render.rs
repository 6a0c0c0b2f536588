//! Renders an answer: its status, its body with the envelope, and what its headers and the log say
//! of it (contract: envelope#success, envelope#request-level-failure).

use bytes::Bytes;
use http::StatusCode;
use serde_json::Value as Json;

use crate::api_family::ApiFamily;
use crate::response::{ApiError, ApiResponse};

/// A rendered answer. The values from which it was made are gone: they take several times the
/// memory of its body.
#[derive(Debug)]
pub(crate) struct RenderedAnswer {
    pub(crate) status: StatusCode,
    pub(crate) body: Option<Bytes>,
    /// Why the request is refused.
    pub(crate) error: Option<ApiError>,
    /// The target of a redirect.
    pub(crate) location: Option<String>,
    /// Where the body can be downloaded if it is too large for an answer.
    pub(crate) download_url: Option<String>,
}

impl RenderedAnswer {
    /// Renders the answer to the request with this id, a refusal in the form of the family.
    pub(crate) fn new(answer: ApiResponse, id: &str, family: ApiFamily) -> Self {
        match answer {
            ApiResponse::Success(data) => Self::with_body(
                StatusCode::OK,
                print_object([("result", true.into()), ("requestId", id.into()), ("data", data)]),
            ),
            ApiResponse::Status(data, message) => Self::with_body(
                StatusCode::OK,
                print_object([
                    ("result", true.into()),
                    ("requestId", id.into()),
                    ("data", data),
                    ("message", message.into()),
                ]),
            ),
            ApiResponse::Failure(data) => Self::with_body(
                StatusCode::BAD_REQUEST,
                print_object([("result", false.into()), ("requestId", id.into()), ("data", data)]),
            ),
            ApiResponse::Objects(data) => {
                let body = print_full_envelope(true, [Json::Null, Json::Null], id, data);
                Self::with_body(StatusCode::OK, body)
            }
            ApiResponse::ObjectsFailure(code, text, data) => {
                let body =
                    print_full_envelope(false, [code.as_str().into(), text.into()], id, data);
                Self::with_body(StatusCode::BAD_REQUEST, body)
            }
            ApiResponse::Bare(status, document) => {
                Self::with_body(status, document.to_string().into())
            }
            ApiResponse::NoContent => Self::without_content(StatusCode::NO_CONTENT, None),
            ApiResponse::Error(error) => Self::refusal(error, id, family),
            ApiResponse::Document { document, download_url } => Self {
                download_url: Some(download_url),
                ..Self::with_body(StatusCode::OK, document)
            },
            ApiResponse::PermanentRedirect(url) => {
                Self::redirect(StatusCode::PERMANENT_REDIRECT, url)
            }
            ApiResponse::TemporaryRedirect(url) => {
                Self::redirect(StatusCode::TEMPORARY_REDIRECT, url)
            }
        }
    }

    /// Renders the refusal of a request.
    pub(crate) fn refusal(error: ApiError, id: &str, family: ApiFamily) -> Self {
        let answer = Self::with_body(error.status(), family.print_refusal(&error, id));
        Self { error: Some(error), ..answer }
    }

    /// The answer instead when the body is too large (contract: envelope#large-answers).
    /// Answers of writes are made to fit before.
    pub(crate) fn without_body(self, message: String, id: &str, family: ApiFamily) -> Self {
        match self.download_url {
            Some(url) => Self::redirect(StatusCode::TEMPORARY_REDIRECT, url),
            // A refusal stays a refusal.
            None if self.status.is_client_error() => {
                Self::refusal(ApiError::BadRequest(message), id, family)
            }
            None => Self::refusal(ApiError::TooExpensive(message), id, family),
        }
    }

    fn with_body(status: StatusCode, body: Bytes) -> Self {
        Self { status, body: Some(body), error: None, location: None, download_url: None }
    }

    fn redirect(status: StatusCode, url: String) -> Self {
        Self::without_content(status, Some(url))
    }

    fn without_content(status: StatusCode, location: Option<String>) -> Self {
        Self { status, body: None, error: None, location, download_url: None }
    }
}

/// Prints the long form of the envelope, with all its nulls.
pub(crate) fn print_full_envelope(
    result: bool,
    [code, text]: [Json; 2],
    id: &str,
    data: Json,
) -> Bytes {
    print_object([
        ("result", result.into()),
        ("errorCode", code),
        ("errorDesc", text),
        ("requestId", id.into()),
        ("data", data),
        ("message", Json::Null),
    ])
}

/// Prints an object whose members are moved into it: a copy of `data` may be large.
fn print_object<const N: usize>(members: [(&str, Json); N]) -> Bytes {
    let members = members.into_iter().map(|(name, value)| (name.to_owned(), value));
    Json::Object(members.collect()).to_string().into()
}
