//! The error document of PX (contract: identify).

use serde_json::{Value as Json, json};

use super::{PxFault, PxObject};

/// The status of an error; its name is on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PxStatus {
    BadRequest,
    Unauthorized,
    NotFound,
    PayloadTooLarge,
    TooManyRequests,
    InternalServerError,
    NotImplemented,
    ServiceUnavailable,
}

impl PxStatus {
    /// The HTTP status.
    #[must_use]
    pub fn code(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::Unauthorized => 401,
            Self::NotFound => 404,
            Self::PayloadTooLarge => 413,
            Self::TooManyRequests => 429,
            Self::InternalServerError => 500,
            Self::NotImplemented => 501,
            Self::ServiceUnavailable => 503,
        }
    }

    /// The status with this HTTP status. Refusals without a status of their own are a bad request
    /// or a failure.
    #[must_use]
    pub fn from_code(code: u16) -> Self {
        match code {
            401 | 403 => Self::Unauthorized,
            404 => Self::NotFound,
            413 => Self::PayloadTooLarge,
            429 => Self::TooManyRequests,
            501 => Self::NotImplemented,
            503 => Self::ServiceUnavailable,
            400..=499 => Self::BadRequest,
            _ => Self::InternalServerError,
        }
    }

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BadRequest => "BAD_REQUEST",
            Self::Unauthorized => "UNAUTHORIZED",
            Self::NotFound => "NOT_FOUND",
            Self::PayloadTooLarge => "PAYLOAD_TOO_LARGE",
            Self::TooManyRequests => "TOO_MANY_REQUESTS",
            Self::InternalServerError => "INTERNAL_SERVER_ERROR",
            Self::NotImplemented => "NOT_IMPLEMENTED",
            Self::ServiceUnavailable => "SERVICE_UNAVAILABLE",
        }
    }
}

/// An error as PX answers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PxError {
    pub status: PxStatus,
    pub message: String,
    /// The faults of a body; empty for other errors.
    pub faults: Vec<PxFault>,
}

impl PxError {
    #[must_use]
    pub fn new(status: PxStatus, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), faults: Vec::new() }
    }

    #[must_use]
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(PxStatus::BadRequest, message)
    }

    /// A body with faults.
    #[must_use]
    pub fn validation(faults: Vec<PxFault>) -> Self {
        Self { faults, ..Self::bad_request("Validation error") }
    }

    /// A key that is missing or unknown.
    #[must_use]
    pub fn unauthorized() -> Self {
        Self::new(PxStatus::Unauthorized, "Authentication failed in loginAwareAuthentication")
    }

    /// Nobody and nothing has the id.
    #[must_use]
    pub fn not_found(object: PxObject, id: &str) -> Self {
        let label = object.label();
        Self::new(PxStatus::NotFound, format!("{label} was not found for parameters {{id={id}}}"))
    }

    /// A create of a known id.
    #[must_use]
    pub fn already_exists(object: PxObject, id: &str) -> Self {
        Self::bad_request(format!("{} already exists for parameters {{id={id}}}", object.label()))
    }

    /// The document.
    #[must_use]
    pub fn to_json(&self) -> Json {
        let faults: Vec<_> = self.faults.iter().map(PxFault::to_json).collect();
        json!({ "externalapierror": {
            "status": self.status.as_str(),
            "message": self.message,
            "debugMessage": null,
            "subErrors": (!faults.is_empty()).then_some(faults),
        } })
    }
}
