//! Jobs: what a call accepts and queues then do in steps (ADR 14). Payloads, plans and
//! results lie in a bucket, and messages only name work. A step may die after any of its effects,
//! or run twice: the next delivery does what is left.

mod apply;
mod attend;
mod bucket;
mod config;
mod dead;
mod erase;
mod gunzip;
mod input;
mod layout;
mod message;
mod multipart;
mod objects;
mod payload;
mod queue;
mod results;
mod rows;
mod scan;
mod settle;
mod split;
mod submit;
mod unsubmitted;
mod upload;

pub use apply::Delivery;
pub use bucket::Bucket;
pub use config::Config;
pub use message::{Arrival, ChunkMessage, DeadMessage, SplitMessage};
pub use payload::Payload;
pub use queue::{Queue, Queues};
pub use results::Results;
pub use submit::Offer;
pub use unsubmitted::Unsubmitted;

use people_storage::{Result, Store, TenantStore};

/// What the steps of jobs need beside the store.
#[derive(Debug, Clone)]
pub struct Jobs {
    bucket: Bucket,
    queues: Queues,
    config: Config,
}

/// What a step did, for the log.
pub type Outcome = &'static str;

impl Jobs {
    /// Connects as the environment says; the first calls open the connections.
    pub async fn connect() -> Self {
        Self::with(Config::from_env()).await
    }

    /// Connects with settings of one's own; region, credentials and endpoints are the
    /// environment's.
    pub async fn with(config: Config) -> Self {
        let shared = aws_config::from_env().load().await;
        let bucket = Bucket::connect(&shared, &config.bucket);
        let queues = Queues::connect(&shared, &config);
        Self { bucket, queues, config }
    }

    /// Bytes that a payload may have, plain.
    #[must_use]
    pub fn payload_limit(&self) -> usize {
        self.config.payload_limit as usize
    }
}

/// The store as the tenant of a message sees it; none when the tenant is gone, and its work with it.
///
/// # Errors
/// When the store fails.
pub async fn tenant_store(store: &Store, tenant: &str) -> Result<Option<TenantStore>> {
    Ok(store.tenant(tenant).await?.map(|tenant| store.of(tenant)))
}
