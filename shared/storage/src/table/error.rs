//! What can go wrong with the store. The message is for logs; callers are never shown it.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

/// A failure of the store itself; what it refuses by a condition is no error but an outcome.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It throttles, times out or can't be reached. Trying again later can help.
    #[error("the store is unavailable: {0}")]
    Unavailable(String),
    /// The item would be larger than an item may be (400 KB).
    #[error("the item is too large")]
    TooLarge,
    /// It would have to read more than one call may; the text is for the caller, and says what to do.
    #[error("the call reads too much: {0}")]
    ReadLimitExceeded(String),
    /// Anything else: a bug of ours, or settings that don't fit the table.
    #[error("the store refused: {0}")]
    Unexpected(String),
}

impl StoreError {
    /// Whether trying again later can help.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Unavailable(_) => true,
            Self::TooLarge | Self::ReadLimitExceeded(_) | Self::Unexpected(_) => false,
        }
    }

    pub(crate) fn corrupt(what: &str) -> Self {
        Self::Unexpected(format!("a stored {what} can't be read"))
    }
}

/// Codes that DynamoDB, and the services of jobs, give when it is not able now, but may be soon.
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
    E: ProvideErrorMetadata,
{
    fn from(error: SdkError<E>) -> Self {
        let Some(service) = error.as_service_error() else {
            return Self::Unavailable(failure_kind(&error).to_owned());
        };
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

fn failure_kind<E>(error: &SdkError<E>) -> &'static str {
    match error {
        SdkError::TimeoutError(_) => "timeout",
        SdkError::DispatchFailure(_) => "no connection",
        SdkError::ResponseError(_) => "broken response",
        SdkError::ConstructionFailure(_) => "bad request",
        _ => "unknown",
    }
}
