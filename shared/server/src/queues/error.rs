//! The refusals of a queue, with the codes of SQS.

use serde_json::json;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum QueueError {
    #[error("there is no queue {0}")]
    NoSuchQueue(String),
    #[error("the operation {0} is not supported")]
    UnsupportedOperation(String),
    #[error("{0}")]
    InvalidRequest(String),
    #[error("the receipt handle is not that of a message in progress")]
    InvalidReceipt,
    #[error("a batch has 1 to 10 entries with different ids")]
    InvalidBatch,
}

impl QueueError {
    /// The body of the response.
    pub(super) fn to_json(&self) -> String {
        let code = match self {
            Self::NoSuchQueue(_) => "QueueDoesNotExist",
            Self::UnsupportedOperation(_) => "UnsupportedOperation",
            Self::InvalidRequest(_) => "InvalidParameterValue",
            Self::InvalidReceipt => "ReceiptHandleIsInvalid",
            Self::InvalidBatch => "InvalidBatchEntryId",
        };
        json!({ "__type": format!("com.amazonaws.sqs#{code}"), "message": self.to_string() })
            .to_string()
    }
}
