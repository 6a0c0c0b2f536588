//! Every answer of a function, and the one place that maps an error to its status, code and text
//! (contract: envelope). Its form is that of the route's family of APIs.

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::StatusCode;
use people_domain::code::Code;
use people_domain::limit;
use people_domain::objects::{ObjectCode, ObjectFault};
use people_domain::px::PxError;
use people_domain::response::objects;
use people_storage::StoreError;
use serde_json::Value as Json;

use crate::access_key::AccessKeyError;

/// The answer to a request. The envelope is added last.
#[derive(Debug, Clone)]
pub enum ApiResponse {
    /// 200 with this `data`.
    Success(Json),
    /// 200 with this `data` and `message` (contract: jobs#job-status).
    Status(Json, String),
    /// 200 with this document and no envelope (contract: jobs#chunk-results); a document that is
    /// too large for an answer is a 307 to the URL where it can be downloaded (ADR 25).
    Document { document: Bytes, download_url: String },
    /// 307 to the URL of an answer that is too large (ADR 25).
    TemporaryRedirect(String),
    /// 400 of a single upsert with this `data` (contract: upsert#failed-single-put).
    Failure(Json),
    /// 200 of data objects with this `data` (contract: objects#answer-to-a-write).
    Objects(Json),
    /// 400 of data objects: code, text, `data`.
    ObjectsFailure(ObjectCode, String, Json),
    /// This status with this document and no envelope: what other systems than People answer.
    Bare(StatusCode, Json),
    /// 204 without a body.
    NoContent,
    /// The request as a whole is refused.
    Error(ApiError),
    /// 308 to the path without superfluous slashes.
    PermanentRedirect(String),
}

/// Why a request as a whole is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApiError {
    /// The route is unknown, or has nothing that this caller may see.
    NotFound,
    /// The access key is missing or invalid.
    Unauthorized(AccessKeyError),
    /// The caller exceeded a rate limit.
    TooManyRequests,
    /// The body exceeds this limit, in bytes.
    BodyTooLarge(usize),
    /// A synchronous batch has this many associations: more than its answer could name.
    TooManyAssociations(usize),
    /// The records are larger than one transaction of the store may be.
    BatchTooLarge,
    /// The body has a wrong shape; the text names the right one.
    BadRequest(String),
    /// The request is valid, but needs more than one call may (contract: query#expensive-queries);
    /// the text says what to do. It is no 4xx: clients that page skip pages that fail with one.
    TooExpensive(String),
    /// One of the documented codes.
    Code(Code),
    /// The system whose API this is has the call, and this service does not; the text says what to
    /// do instead.
    NotImplemented(&'static str),
    /// A refusal of Gainsight PX.
    Px(PxError),
    /// The store can't answer now.
    Unavailable(String),
    /// Any other failure. The text is for the log alone.
    Unexpected(String),
}

const MB: usize = 1024 * 1024;

/// Seconds after which a caller may try a busy store again.
const BUSY_RETRY_AFTER_SECONDS: u64 = 2;

/// Seconds after which a caller may repeat a call that needs too much: an operator may have indexed
/// a field by then.
const EXPENSIVE_RETRY_AFTER_SECONDS: u64 = 60;

impl ApiResponse {
    /// 400 of data objects for an object that the tenant does not have, or that the call can't use.
    #[must_use]
    pub fn unknown_object(name: &str) -> Self {
        let fault = ObjectFault::with_value(ObjectCode::Invalid, "object", name);
        Self::ObjectsFailure(fault.code, fault.message(), Json::Null)
    }

    /// 400 of data objects for one fault. A fault without a matching record has no other `data`
    /// (contract: objects#no-matching-record).
    #[must_use]
    pub fn object_fault(fault: ObjectFault) -> Self {
        let (code, text) = (fault.code, fault.message());
        let data = match code {
            ObjectCode::NoMatch => Json::Null,
            _ => objects::render_refused_batch(&[vec![fault]]),
        };
        Self::ObjectsFailure(code, text, data)
    }
}

impl ApiError {
    #[must_use]
    pub fn bad_request(text: impl Into<String>) -> Self {
        Self::BadRequest(text.into())
    }

    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Unauthorized(_) => StatusCode::UNAUTHORIZED,
            Self::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            Self::BodyTooLarge(_) | Self::BatchTooLarge | Self::TooManyAssociations(_) => {
                StatusCode::PAYLOAD_TOO_LARGE
            }
            Self::BadRequest(_) | Self::Code(_) => StatusCode::BAD_REQUEST,
            Self::Unavailable(_) | Self::TooExpensive(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::NotImplemented(_) => StatusCode::NOT_IMPLEMENTED,
            Self::Px(error) => StatusCode::from_u16(error.status.code())
                .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            Self::Unexpected(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// `errorCode` and `errorDesc`, which never have internal details.
    #[must_use]
    pub fn code_and_message(&self) -> (&'static str, String) {
        match self {
            Self::NotFound => ("GS_APIG_1000", "Not Found".to_owned()),
            Self::Unauthorized(_) => ("GS_APIG_2401", "Unauthorized".to_owned()),
            Self::TooManyRequests => ("GS_APIG_2404", "Too many request".to_owned()),
            Self::BodyTooLarge(bytes) => {
                (Code::RowInfo.as_str(), format!("The body is larger than {} MB", bytes / MB))
            }
            Self::TooManyAssociations(count) => {
                let text = format!(
                    "A call takes at most {} companies and relationships in all, not {count}; send \
                     fewer records at a time",
                    limit::BATCH_ASSOCIATIONS_MAX
                );
                (Code::RowInfo.as_str(), text)
            }
            Self::BatchTooLarge => {
                let text = format!(
                    "A record takes at most 400 KB, and all of a call {} MB; send fewer at a time",
                    limit::TRANSACTION_BYTES_MAX / MB
                );
                (Code::RowInfo.as_str(), text)
            }
            Self::BadRequest(text) | Self::TooExpensive(text) => {
                (Code::RowInfo.as_str(), text.clone())
            }
            Self::Px(error) => (error.status.as_str(), error.message.clone()),
            Self::NotImplemented(text) => (Code::RowInfo.as_str(), (*text).to_owned()),
            Self::Code(code) => (code.as_str(), code.message().to_owned()),
            Self::Unavailable(_) | Self::Unexpected(_) => {
                ("GU_1101", "Oops, something went wrong".to_owned())
            }
        }
    }

    /// Seconds until the caller should try again. `reset`: seconds until its rate limit starts
    /// anew.
    #[must_use]
    pub fn retry_after(&self, reset: Option<u64>) -> Option<u64> {
        match self {
            Self::TooManyRequests => reset,
            Self::Unavailable(_) => Some(BUSY_RETRY_AFTER_SECONDS),
            Self::TooExpensive(_) => Some(EXPENSIVE_RETRY_AFTER_SECONDS),
            _ => None,
        }
    }

    /// The detail that only the log has.
    #[must_use]
    pub fn internal_detail(&self) -> Option<&str> {
        match self {
            Self::Unavailable(text) | Self::Unexpected(text) => Some(text),
            _ => None,
        }
    }
}

/// Errors of the store, and those of jobs that convert into one.
impl<E: Into<StoreError>> From<E> for ApiError {
    fn from(error: E) -> Self {
        let error = error.into();
        match error {
            StoreError::Unavailable(_) | StoreError::Unreachable(..) => {
                Self::Unavailable(error.to_string())
            }
            StoreError::TooLarge => Self::BatchTooLarge,
            StoreError::ReadLimitExceeded(text) => Self::TooExpensive(text),
            StoreError::Unexpected(_) => Self::Unexpected(error.to_string()),
        }
    }
}

impl IntoResponse for ApiResponse {
    /// Carries the answer to the envelope, which renders it.
    fn into_response(self) -> Response {
        let mut response = Response::default();
        response.extensions_mut().insert(self);
        response
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        ApiResponse::Error(self).into_response()
    }
}
