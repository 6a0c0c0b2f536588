//! Why a step of a job failed, and whether trying again later can help.

use std::error::Error as StdError;

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use people_storage::StoreError;

use crate::queue::JobQueue;

/// The result of a step of a job.
pub type Result<T> = std::result::Result<T, Error>;

/// A failed step of a job. The texts are for logs and operators: callers never see them.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The table failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The bucket failed, or one of its objects is not what the job planned.
    #[error("the bucket {0}")]
    Bucket(#[from] ServiceError),
    /// A queue failed.
    #[error("queue {0:?} {1}")]
    Queue(JobQueue, #[source] ServiceError),
    /// A message is not in a form that this release reads.
    #[error("the message can't be read")]
    UnreadableMessage,
}

/// A failure of S3 or of SQS.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// It throttles, times out or can't be reached. Trying again later can help.
    #[error("is unavailable: {reason}")]
    Unavailable {
        /// The code that the service answered, or what broke on the way.
        reason: String,
        /// The failed call.
        source: Option<Box<dyn StdError + Send + Sync>>,
    },
    /// It refused the call, or answered something that no later try changes.
    #[error("refused: {0}")]
    Refused(
        /// The code that the service answered, or the object and its state.
        String,
    ),
}

/// A failed submission: nothing was accepted.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct SubmitError(#[from] pub Error);

impl Error {
    /// Whether trying again later can help.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Store(error) => error.is_retryable(),
            Self::Bucket(error) | Self::Queue(_, error) => error.is_retryable(),
            Self::UnreadableMessage => false,
        }
    }
}

impl ServiceError {
    /// A failure that may pass by itself.
    #[must_use]
    pub fn unavailable(reason: impl Into<String>) -> Self {
        Self::Unavailable { reason: reason.into(), source: None }
    }

    /// A failure that stays.
    #[must_use]
    pub fn refused(reason: impl Into<String>) -> Self {
        Self::Refused(reason.into())
    }

    /// Whether trying again later can help.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }
}

impl<E> From<SdkError<E>> for ServiceError
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
{
    fn from(error: SdkError<E>) -> Self {
        match StoreError::from(error) {
            StoreError::Unavailable(reason) => Self::unavailable(reason),
            StoreError::Unreachable(reason, source) => {
                Self::Unavailable { reason: reason.to_owned(), source: Some(source) }
            }
            StoreError::Unexpected(reason) => Self::refused(reason),
            other => Self::refused(other.to_string()),
        }
    }
}

impl From<StoreError> for SubmitError {
    fn from(error: StoreError) -> Self {
        Self(error.into())
    }
}

impl From<ServiceError> for SubmitError {
    fn from(error: ServiceError) -> Self {
        Self(error.into())
    }
}

/// A request that waits for a step fails as if the store had failed: it may be sent again or not.
impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        match error {
            Error::Store(error) => error,
            error if error.is_retryable() => Self::Unavailable(error.to_string()),
            error => Self::Unexpected(error.to_string()),
        }
    }
}

impl From<SubmitError> for StoreError {
    fn from(SubmitError(error): SubmitError) -> Self {
        match error {
            // A job whose messages were not sent does not count as accepted: the caller may always
            // send it again.
            Error::Queue(..) => Self::Unavailable(error.to_string()),
            error => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_may_always_try_again_what_was_not_sent() {
        let refused = || ServiceError::refused("NonExistentQueue");
        let failed = StoreError::from(SubmitError(Error::Queue(JobQueue::Chunk, refused())));
        assert!(
            failed.is_retryable() && failed.to_string().contains("NonExistentQueue"),
            "{failed}"
        );
        assert!(!StoreError::from(SubmitError(Error::Bucket(refused()))).is_retryable());
    }
}
