//! Failures of the store. Their messages are for logs and operators, never for callers.

use aws_sdk_dynamodb::error::{BoxError, BuildError, ProvideErrorMetadata, SdkError};

/// A failure of the store. A failed condition is an outcome, not an error.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The store throttles or fails for a while. A later attempt can succeed.
    #[error("the store is unavailable: {0}")]
    Unavailable(String),
    /// No answer came from the store. A later attempt can succeed.
    #[error("the store is unavailable: {0}")]
    Unreachable(&'static str, #[source] BoxError),
    /// The item would be larger than an item may be (400 KB).
    #[error("the item is too large")]
    TooLarge,
    /// The call would have to read more than it may. The text is for the caller, and names a
    /// remedy.
    #[error("the call reads too much: {0}")]
    ReadLimitExceeded(String),
    /// Any other failure: a bug of the service, or settings that do not fit the table.
    #[error("the store refused: {0}")]
    Unexpected(String),
}

impl StoreError {
    /// Whether a later attempt can succeed.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Unavailable(_) | Self::Unreachable(..) => true,
            Self::TooLarge | Self::ReadLimitExceeded(_) | Self::Unexpected(_) => false,
        }
    }

    /// An item that the service can't have written. The parser's own error is dropped, because it
    /// may quote a stored value.
    pub(crate) fn corrupt(item: &str) -> Self {
        Self::Unexpected(format!("a stored {item} can't be read"))
    }

    /// An item that others changed at every attempt to write it.
    pub(crate) fn contended(item: &str) -> Self {
        Self::Unavailable(format!("{item} is written by too many callers at the same time"))
    }
}

impl From<BuildError> for StoreError {
    fn from(error: BuildError) -> Self {
        Self::Unexpected(error.to_string())
    }
}

/// Codes with which DynamoDB, S3 and SQS refuse a call that may succeed later. The SDK's own
/// classification has neither the limit of in-flight messages nor conflicts of transactions.
const RETRYABLE_CODES: &[&str] = &[
    "InternalServerError",
    "LimitExceededException",
    "OverLimit",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "SlowDown",
    "ServiceUnavailable",
    "ThrottlingException",
    "TransactionConflictException",
    "TransactionInProgressException",
];

impl<E> From<SdkError<E>> for StoreError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    fn from(error: SdkError<E>) -> Self {
        let Some(service) = error.as_service_error() else { return Self::from_transport(error) };
        let code = service.code().unwrap_or("no code");
        let message = service.message().unwrap_or_default();
        let status = error.raw_response().map_or(0, |response| response.status().as_u16());
        if RETRYABLE_CODES.contains(&code) || status >= 500 {
            Self::Unavailable(code.to_owned())
        } else if code == "ValidationException"
            && message.contains("size")
            && message.contains("exceeded")
        {
            Self::TooLarge
        } else {
            // A validation message may quote a value, so the code alone is kept.
            Self::Unexpected(code.to_owned())
        }
    }
}

impl StoreError {
    fn from_transport<E>(error: SdkError<E>) -> Self
    where
        E: std::error::Error + Send + Sync + 'static,
    {
        let kind = match &error {
            SdkError::TimeoutError(_) => "timeout",
            SdkError::DispatchFailure(_) => "no connection",
            SdkError::ResponseError(_) => "broken response",
            SdkError::ConstructionFailure(_) => "bad request",
            _ => "unknown",
        };
        match error.into_source() {
            Ok(source) => Self::Unreachable(kind, source),
            Err(_) => Self::Unavailable(kind.to_owned()),
        }
    }
}
