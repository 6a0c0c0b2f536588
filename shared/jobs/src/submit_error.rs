//! Where a submission failed: who runs the service can mend a queue's name, and who calls it can't.

use people_storage::StoreError;

use crate::queue::JobQueue;

/// Why nothing was accepted.
#[derive(Debug)]
pub enum SubmitError {
    /// The store failed.
    Store(StoreError),
    /// The bucket did not take the payload.
    Bucket(StoreError),
    /// A queue did not take the messages.
    Queue(JobQueue, StoreError),
}

impl From<StoreError> for SubmitError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<SubmitError> for StoreError {
    fn from(failed: SubmitError) -> Self {
        match failed {
            SubmitError::Store(error) | SubmitError::Bucket(error) => error,
            // A job that nobody is told of is none: the caller may try again.
            SubmitError::Queue(_, error) => Self::Unavailable(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_may_always_try_again_what_was_not_sent() {
        let refused = || StoreError::Unexpected("NonExistentQueue".to_owned());
        let failed = StoreError::from(SubmitError::Queue(JobQueue::Chunk, refused()));
        assert!(
            failed.is_retryable() && failed.to_string().contains("NonExistentQueue"),
            "{failed}"
        );
        assert!(!StoreError::from(SubmitError::Bucket(refused())).is_retryable());
    }
}
