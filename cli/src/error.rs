//! Every way in which a command fails, with its message on stderr and its exit code.

use people_jobs::{ServiceError, SubmitError};
use people_storage::StoreError;

use crate::aws_resources::AwsResource;

/// Why a command failed. Each message says what to do next.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    /// The request breaks a rule, or its object does not exist.
    #[error("{0}")]
    Refused(String),
    /// A setting is missing.
    #[error("{0}")]
    Usage(&'static str),
    #[error("{0}; {next}", next = describe_next_step(.0))]
    Store(#[from] StoreError),
    #[error("{}", .0.describe_error(.1))]
    AwsResource(AwsResource, ServiceError),
    /// The bucket can't be reached.
    #[error(
        "the file could not be sent: {0}; check AWS_ENDPOINT_URL_S3, the region and the \
             network and import it again"
    )]
    UploadFailed(String),
    /// A job was not completed within the timeout.
    #[error("{0}")]
    TimedOut(String),
    /// A signal ended the command. `advice` says what continues without it.
    #[error("{advice}")]
    Interrupted { code: u8, advice: String },
    /// The result could not be written.
    #[error("{0}")]
    Output(String),
}

impl CommandError {
    /// The process's exit code; `--help` lists them.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::UploadFailed(_) => 3,
            Self::Store(error) if error.is_retryable() => 3,
            Self::AwsResource(_, error) if error.is_retryable() => 3,
            Self::TimedOut(_) => 5,
            Self::Refused(_) | Self::Store(_) | Self::AwsResource(..) | Self::Output(_) => 1,
            Self::Usage(_) => 2,
            Self::Interrupted { code, .. } => *code,
        }
    }

    /// The line to print. An interrupt is not an error, so its line does not start with `error`.
    pub(crate) fn message(&self) -> String {
        match self {
            Self::Interrupted { advice, .. } => advice.clone(),
            _ => format!("error: {self}"),
        }
    }

    /// The command succeeded but its result can't be written. `advice` says what to do then.
    pub(crate) fn from_output_error(error: &std::io::Error, advice: Option<String>) -> Self {
        let advice = advice.map(|advice| format!("; {advice}")).unwrap_or_default();
        Self::Output(format!("done, but the result can't be written: {error}{advice}"))
    }

    pub(crate) fn no_such_tenant(id: &str) -> Self {
        Self::Refused(format!(
            "there is no tenant {id}; `people tenant list` shows those there are"
        ))
    }
}

impl From<people_jobs::Error> for CommandError {
    fn from(error: people_jobs::Error) -> Self {
        use people_jobs::Error;
        match error {
            Error::Store(error) => Self::Store(error),
            Error::Bucket(error) => Self::AwsResource(AwsResource::Bucket, error),
            Error::Queue(queue, error) => Self::AwsResource(AwsResource::Queue(queue), error),
            Error::UnreadableMessage => Self::Refused(error.to_string()),
        }
    }
}

impl From<SubmitError> for CommandError {
    fn from(SubmitError(error): SubmitError) -> Self {
        error.into()
    }
}

fn describe_next_step(error: &StoreError) -> &'static str {
    match error {
        StoreError::Unavailable(_) | StoreError::Unreachable(..) => {
            "check --endpoint-url, the region and the network and try again; \
             if you were making a change, look first whether it was made"
        }
        StoreError::ReadLimitExceeded(_) => "search by a field that is indexed",
        StoreError::Unexpected(_) | StoreError::TooLarge => {
            "check that --table names the service's table, that it is in this region, and that \
             these credentials may read and write it"
        }
    }
}

#[cfg(test)]
mod tests {
    use people_jobs::{Error, JobQueue};

    use super::*;

    #[test]
    fn only_what_may_pass_by_itself_is_unreachable() {
        let down = || StoreError::Unavailable("timeout".to_owned());
        let refused = || StoreError::Unexpected("AccessDeniedException".to_owned());
        let bucket = |error| CommandError::from(Error::Bucket(error));
        let queue =
            |error| CommandError::from(SubmitError(Error::Queue(JobQueue::SmallJob, error)));
        let service_down = || ServiceError::unavailable("timeout");
        let service_refused = || ServiceError::refused("AccessDeniedException");
        for (error, code, expected) in [
            (CommandError::no_such_tenant("acme"), 1, "no tenant acme"),
            (CommandError::Usage("no table"), 2, "no table"),
            (down().into(), 3, "timeout; check --endpoint-url"),
            (refused().into(), 1, "AccessDeniedException; check that --table"),
            (bucket(service_down()), 3, "timeout; check AWS_ENDPOINT_URL_S3"),
            (bucket(service_refused()), 1, "AccessDeniedException; check that --bucket"),
            (queue(service_down()), 3, "timeout; check AWS_ENDPOINT_URL_SQS"),
            (
                queue(service_refused()),
                1,
                "AccessDeniedException; check that --small-job-queue-url",
            ),
        ] {
            assert_eq!(error.exit_code(), code, "{error}");
            assert!(error.to_string().contains(expected), "{error}");
        }
    }
}
