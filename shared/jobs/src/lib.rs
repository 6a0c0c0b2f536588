//! Jobs: a call accepts work, which messages of queues then drive in steps (ADR 14). Payloads,
//! plans and results are objects in a bucket, and messages only name work. A step may die after any
//! of its effects, or run twice: the next delivery does what is left.

mod apply;
mod bucket;
mod chunk_run;
mod config;
mod dead_letter;
mod erase;
mod error;
mod gunzip;
mod input;
mod message;
mod multipart;
mod object_keys;
mod payload;
mod plan_file;
mod queue;
mod recover;
mod results;
mod rows;
mod scan;
mod settle;
mod snapshots;
mod split;
mod submit;
mod upload;

pub use apply::Delivery;
pub use bucket::Bucket;
pub use config::Config;
pub use error::{Error, Result, ServiceError, SubmitError};
pub use message::{ChunkMessage, DeadLetter, SplitMessage, UploadEvent};
pub use payload::JobPayload;
pub use queue::{JobQueue, JobQueues};
pub use results::ChunkResults;
pub use snapshots::QuerySnapshots;
pub use submit::UploadTicket;

use aws_config::SdkConfig;
use people_storage::{Store, TenantStore};

/// The clients and settings that the steps of jobs need next to the store.
#[derive(Debug, Clone)]
pub struct Jobs {
    bucket: Bucket,
    queues: JobQueues,
    config: Config,
}

/// The outcome of a step, for the log.
pub type StepOutcome = &'static str;

impl Jobs {
    /// Connects with the settings of the environment. The first calls open the connections.
    #[must_use]
    pub fn connect(shared: &SdkConfig) -> Self {
        Self::with_config(shared, Config::from_env())
    }

    /// Connects with these settings; region, credentials and endpoints are those of `shared`.
    #[must_use]
    pub fn with_config(shared: &SdkConfig, config: Config) -> Self {
        Self::with_endpoints(shared, shared, config)
    }

    /// Connects to a bucket and queues that have endpoints, or HTTP clients, of their own.
    #[must_use]
    pub fn with_endpoints(s3: &SdkConfig, sqs: &SdkConfig, config: Config) -> Self {
        let bucket = Bucket::connect(s3, &config.bucket);
        let queues = JobQueues::connect(sqs, &config);
        Self { bucket, queues, config }
    }

    /// The bucket as the keeper of snapshots of queries.
    #[must_use]
    pub fn query_snapshots(&self) -> QuerySnapshots {
        QuerySnapshots { bucket: self.bucket.clone() }
    }

    /// How long a job is kept.
    #[must_use]
    pub fn retention(&self) -> std::time::Duration {
        self.config.retention
    }

    /// The largest payload, in plain bytes.
    #[must_use]
    pub fn payload_bytes_max(&self) -> usize {
        self.config.payload_bytes_max as usize
    }
}

/// Opens the store of a message's tenant. It is absent when the tenant was deleted, and its work
/// with it.
pub async fn open_tenant_store(store: &Store, tenant: &str) -> Result<Option<TenantStore>> {
    Ok(store.read_tenant(tenant).await?.map(|tenant| store.for_tenant(tenant)))
}
