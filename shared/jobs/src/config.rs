//! Settings, all from the environment that template.yaml gives.

use std::time::Duration;

use people_domain::limit;

use people_domain::jobs::ChunkSizes;

/// Settings of jobs.
#[derive(Debug, Clone)]
pub struct Config {
    /// The bucket's name.
    pub bucket: String,
    /// URL of the queue that the bucket tells of uploads.
    pub upload_event_queue: String,
    /// URL of the queue of payloads to split.
    pub split_queue: String,
    /// URL of the queue of chunks to apply, of jobs that have several.
    pub chunk_queue: String,
    /// URL of the queue of jobs that are one chunk to apply.
    pub small_job_queue: String,
    /// URL of the queue of chunks to erase.
    pub delete_queue: String,
    /// Bytes of a payload, plain.
    pub payload_bytes_max: u32,
    /// How large chunks may be. The number of rows is for tests to lower.
    pub chunk_sizes: ChunkSizes,
    /// How long a job is kept: as long as the bucket keeps its objects.
    pub retention: Duration,
    /// How long a worker has a chunk to itself: longer than its function may take, shorter than
    /// the queue hides the message.
    pub lease: Duration,
    /// Attempts at a chunk that may die before its rows are given up.
    pub deaths_max: u32,
    /// When the message of a chain's next part is shown, while the worker of this one goes on with it.
    pub chain_delay: Duration,
    /// How long a payload may be uploaded.
    pub upload_expiry: Duration,
    /// After how long a status poll sends the messages of a job again that stands still: longer than a
    /// queue hides a message.
    pub stall_timeout: Duration,
}

const DAY_SECONDS: u64 = 86_400;

const MB: u32 = 1024 * 1024;

impl Config {
    /// Reads the environment. A name that is missing fails the first call that needs it: no
    /// function has all of them.
    #[must_use]
    pub fn from_env() -> Self {
        let text = |name| std::env::var(name).unwrap_or_default();
        let number = |name, default| text(name).parse::<u32>().unwrap_or(default);
        let seconds = |name, default| Duration::from_secs(number(name, default).into());
        let megabytes = number("PAYLOAD_LIMIT_MB", 80);
        Self {
            bucket: text("PAYLOAD_BUCKET"),
            upload_event_queue: text("ARRIVAL_QUEUE_URL"),
            split_queue: text("SPLIT_QUEUE_URL"),
            chunk_queue: text("CHUNK_QUEUE_URL"),
            small_job_queue: text("SMALL_JOB_QUEUE_URL"),
            delete_queue: text("DELETE_QUEUE_URL"),
            payload_bytes_max: megabytes.saturating_mul(MB),
            chunk_sizes: ChunkSizes {
                rows: number("CHUNK_ROWS", limit::CHUNK_ROWS_DEFAULT),
                ..ChunkSizes::default()
            },
            retention: Duration::from_secs(
                u64::from(number("JOB_RETENTION_DAYS", 7)) * DAY_SECONDS,
            ),
            lease: seconds("CHUNK_LEASE_SECONDS", 310),
            deaths_max: number("CHUNK_DEATHS", 8),
            chain_delay: seconds("CHAIN_DELAY_SECONDS", 60),
            upload_expiry: seconds("UPLOAD_EXPIRY_SECONDS", 900),
            stall_timeout: seconds("JOB_STALL_SECONDS", 900),
        }
    }
}
