//! Where the stack keeps its jobs: bucket and queues, each asked for only by what needs it.

use std::time::Duration;

use people_jobs::{Config, Jobs};

use crate::args::job::{BucketArgs, NewJobArgs, QueueArgs};
use crate::failure::Failure;

const NO_BUCKET: &str = "no bucket is named: pass --bucket NAME or set PAYLOAD_BUCKET \
    (the stack's output PayloadBucket; `cargo xtask dev` writes its own into target/local/stack.json)";

const NO_SPLIT_QUEUE: &str = "no queue of payloads is named: pass --split-queue-url URL or set \
    SPLIT_QUEUE_URL (the stack's output SplitQueueUrl; `cargo xtask dev` writes its own into \
    target/local/stack.json)";

const NO_CHUNK_QUEUE: &str = "no queue of chunks is named: pass --chunk-queue-url URL or set \
    CHUNK_QUEUE_URL (the stack's output ChunkQueueUrl; `cargo xtask dev` writes its own into \
    target/local/stack.json)";

const DAY: u64 = 86_400;

const MB: u32 = 1024 * 1024;

/// Settings for what only reads.
pub(crate) fn reading(bucket: BucketArgs) -> Result<Config, Failure> {
    let bucket = bucket.bucket.ok_or(Failure::Usage(NO_BUCKET))?;
    Ok(Config { bucket, ..Config::from_env() })
}

/// Settings for an upload: the bucket itself tells of its arrival.
pub(crate) fn uploading(new: NewJobArgs) -> Result<Config, Failure> {
    Ok(Config {
        payload_limit: new.payload_limit_mb.saturating_mul(MB),
        keep: Duration::from_secs(u64::from(new.retention_days) * DAY),
        ..reading(new.bucket)?
    })
}

/// Settings for a payload that is sent through the queues.
pub(crate) fn submitting(new: NewJobArgs, queues: QueueArgs) -> Result<Config, Failure> {
    Ok(Config {
        split_queue: queues.split_queue_url.ok_or(Failure::Usage(NO_SPLIT_QUEUE))?,
        chunk_queue: queues.chunk_queue_url.ok_or(Failure::Usage(NO_CHUNK_QUEUE))?,
        ..uploading(new)?
    })
}

/// The way to them.
pub(crate) async fn open(config: Config) -> Jobs {
    Jobs::with(config).await
}
