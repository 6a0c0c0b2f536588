//! Where a submission failed: who runs the service can mend a queue's name, and who calls it can't.

use people_storage::StoreError;

use crate::queue::Queue;

/// Why nothing was accepted.
#[derive(Debug)]
pub enum Unsubmitted {
    /// The store failed.
    Store(StoreError),
    /// The bucket did not take the payload.
    Bucket(StoreError),
    /// A queue did not take the messages.
    Queue(Queue, StoreError),
}

impl From<StoreError> for Unsubmitted {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Unsubmitted> for StoreError {
    fn from(failed: Unsubmitted) -> Self {
        match failed {
            Unsubmitted::Store(error) | Unsubmitted::Bucket(error) => error,
            // A job that nobody is told of is none: the caller may try again.
            Unsubmitted::Queue(_, error) => Self::Unavailable(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_may_always_try_again_what_was_not_sent() {
        let refused = || StoreError::Unexpected("NonExistentQueue".to_owned());
        let failed = StoreError::from(Unsubmitted::Queue(Queue::Chunk, refused()));
        assert!(failed.retryable() && failed.to_string().contains("NonExistentQueue"), "{failed}");
        assert!(!StoreError::from(Unsubmitted::Bucket(refused())).retryable());
    }
}
