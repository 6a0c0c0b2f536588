//! Jobs: what a call accepts and queues then do in steps (ADR 14). Payloads, plans and
//! results lie in a bucket, and messages only name work. A step may die after any of its effects,
//! or run twice: the next delivery does what is left.

mod apply;
mod bucket;
mod chunk_run;
mod config;
mod dead_letter;
mod erase;
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
mod split;
mod submit;
mod submit_error;
mod upload;

pub use apply::Delivery;
pub use bucket::Bucket;
pub use config::Config;
pub use message::{ChunkMessage, DeadLetter, SplitMessage, UploadEvent};
pub use payload::JobPayload;
pub use queue::{JobQueue, JobQueues};
pub use results::ChunkResults;
pub use submit::UploadTicket;
pub use submit_error::SubmitError;

use people_storage::{Result, Store, TenantStore};

/// What the steps of jobs need beside the store.
#[derive(Debug, Clone)]
pub struct Jobs {
    bucket: Bucket,
    queues: JobQueues,
    config: Config,
}

/// What a step did, for the log.
pub type StepOutcome = &'static str;

impl Jobs {
    /// Connects as the environment says; the first calls open the connections.
    pub async fn connect() -> Self {
        Self::with_config(Config::from_env()).await
    }

    /// Connects with settings of one's own; region, credentials and endpoints are the
    /// environment's.
    pub async fn with_config(config: Config) -> Self {
        let shared = aws_config::from_env().load().await;
        let bucket = Bucket::connect(&shared, &config.bucket);
        let queues = JobQueues::connect(&shared, &config);
        Self { bucket, queues, config }
    }

    /// Bytes that a payload may have, plain.
    #[must_use]
    pub fn payload_bytes_max(&self) -> usize {
        self.config.payload_bytes_max as usize
    }
}

/// The store as the tenant of a message sees it; none when the tenant is gone, and its work with it.
///
/// # Errors
/// When the store fails.
pub async fn open_tenant_store(store: &Store, tenant: &str) -> Result<Option<TenantStore>> {
    Ok(store.read_tenant(tenant).await?.map(|tenant| store.for_tenant(tenant)))
}
