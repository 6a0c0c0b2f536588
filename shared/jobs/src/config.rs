//! Settings of jobs, from the environment that template.yaml sets.

use std::time::Duration;

use people_domain::jobs::ChunkSizes;
use people_domain::limit;

/// Settings of jobs. A queue is named by its URL; [`crate::JobQueue`] says what each is for.
#[derive(Debug, Clone)]
pub struct Config {
    pub bucket: String,
    pub upload_event_queue: String,
    pub split_queue: String,
    pub chunk_queue: String,
    pub small_job_queue: String,
    pub delete_queue: String,
    /// The largest payload, in plain bytes.
    pub payload_bytes_max: u32,
    /// How large chunks may be. Tests lower the number of rows.
    pub chunk_sizes: ChunkSizes,
    /// How long a job is kept: as long as the bucket keeps its objects.
    pub retention: Duration,
    /// How long a worker leases a chunk: longer than its function may run, shorter than the queue
    /// hides the message.
    pub lease: Duration,
    /// Attempts at a chunk that may die before its rows are given up.
    pub deaths_max: u32,
    /// How long the message of a chain's next part is delayed while the worker of this part applies
    /// the next one itself.
    pub chain_delay: Duration,
    /// How long a payload may be uploaded.
    pub upload_expiry: Duration,
    /// How long a job stalls before a status poll sends its messages again: longer than a queue
    /// hides a message.
    pub stall_timeout: Duration,
}

const DAY_SECONDS: u64 = 86_400;

const MB: u32 = 1024 * 1024;

impl Config {
    /// Reads the environment. A variable that is missing fails the first call that needs it: no
    /// function has all of them.
    #[must_use]
    pub fn from_env() -> Self {
        Self::from_variables(|name| std::env::var(name).ok())
    }

    /// Reads variables that are not those of the process.
    pub fn from_variables(read: impl Fn(&str) -> Option<String>) -> Self {
        let text = |name: &str| read(name).unwrap_or_default();
        let number = |name: &str, default| text(name).parse::<u32>().unwrap_or(default);
        let seconds = |name: &str, default| Duration::from_secs(number(name, default).into());
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
