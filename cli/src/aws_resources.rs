//! The bucket and queues that hold the stack's jobs. Each command asks only for those that it
//! needs.

use std::time::Duration;

use people_jobs::{Config, JobQueue, Jobs, ServiceError};

use crate::args::job::{BucketArgs, NewJobArgs, QueueArgs};
use crate::error::CommandError;

const NO_BUCKET: &str = "no bucket is named: pass --bucket NAME or set PAYLOAD_BUCKET \
    (the stack's output PayloadBucketName; beside `people serve`, read the file of variables that it \
    names)";

const NO_SPLIT_QUEUE: &str = "no queue of payloads is named: pass --split-queue-url URL or set \
    SPLIT_QUEUE_URL (the stack's output SplitQueueUrl; beside `people serve`, read \
    the file of variables that it names)";

const NO_SMALL_JOB_QUEUE: &str = "no queue of small jobs is named: pass --small-job-queue-url URL or \
    set SMALL_JOB_QUEUE_URL (the stack's output SmallJobQueueUrl; beside `people serve`, read \
    the file of variables that it names)";

const SECONDS_PER_DAY: u64 = 86_400;

const BYTES_PER_MB: u32 = 1024 * 1024;

/// An AWS resource other than the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AwsResource {
    Bucket,
    Queue(JobQueue),
}

/// Settings for commands that only read; `None` if no bucket is named.
pub(crate) fn config_if_named(bucket: BucketArgs) -> Option<Config> {
    bucket.bucket.map(|bucket| Config { bucket, ..Config::from_env() })
}

/// Settings for commands that read and require the bucket.
pub(crate) fn config_for_reads(bucket: BucketArgs) -> Result<Config, CommandError> {
    config_if_named(bucket).ok_or(CommandError::Usage(NO_BUCKET))
}

/// Settings for an upload. No queue is needed: the bucket announces the upload itself.
pub(crate) fn config_for_upload(new: NewJobArgs) -> Result<Config, CommandError> {
    Ok(Config {
        payload_bytes_max: new.payload_limit_mb.saturating_mul(BYTES_PER_MB),
        retention: Duration::from_secs(u64::from(new.retention_days) * SECONDS_PER_DAY),
        ..config_for_reads(new.bucket)?
    })
}

/// Settings for a payload that is submitted through the queues.
pub(crate) fn config_for_submit(
    new: NewJobArgs,
    queues: QueueArgs,
) -> Result<Config, CommandError> {
    Ok(Config {
        split_queue: queues.split_queue_url.ok_or(CommandError::Usage(NO_SPLIT_QUEUE))?,
        small_job_queue: queues
            .small_job_queue_url
            .ok_or(CommandError::Usage(NO_SMALL_JOB_QUEUE))?,
        ..config_for_upload(new)?
    })
}

pub(crate) async fn connect_jobs(config: Config) -> Jobs {
    Jobs::with_config(&aws_config::from_env().load().await, config)
}

impl AwsResource {
    /// Describes the failure and names the setting to check: the endpoint of a resource that does
    /// not answer, the name of one that refuses.
    pub(crate) fn describe_error(self, error: &ServiceError) -> String {
        let (resource, named_by, address) = match self {
            Self::Bucket => ("the bucket", "--bucket", "AWS_ENDPOINT_URL_S3"),
            Self::Queue(queue) => {
                let (queue, named_by) = match queue {
                    JobQueue::UploadEvent => ("the queue of arrivals", "ARRIVAL_QUEUE_URL"),
                    JobQueue::Split => ("the queue of payloads", "--split-queue-url"),
                    JobQueue::Chunk => ("the queue of chunks", "CHUNK_QUEUE_URL"),
                    JobQueue::SmallJob => ("the queue of small jobs", "--small-job-queue-url"),
                    JobQueue::Delete => ("the queue of deletes", "DELETE_QUEUE_URL"),
                };
                (queue, named_by, "AWS_ENDPOINT_URL_SQS")
            }
        };
        match error {
            ServiceError::Unavailable { reason, .. } => format!(
                "{resource} can't be reached: {reason}; check {address}, the region and the network and \
                 try again"
            ),
            ServiceError::Refused(reason) => format!(
                "{resource} refused: {reason}; check that {named_by} names the stack's own, that it is \
                 in this region, and that these credentials may use it"
            ),
        }
    }
}
