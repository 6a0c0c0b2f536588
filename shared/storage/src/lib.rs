//! The store: one DynamoDB table, and the only crate that sees an `AttributeValue`.

mod answer;
mod budget;
mod cache;
mod call_log;
mod client;
mod clock;
mod convert;
mod delete;
mod entry;
mod erasures;
mod error;
mod expect;
mod expression;
mod generation;
mod index;
mod ingest;
pub mod job;
pub mod keys;
mod metadata;
mod meter;
mod object;
mod objects;
mod partition;
mod person;
mod point;
mod query;
mod resolve;
mod schema;
mod search;
mod tenant;
mod transact;
mod window;

use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use people_domain::mint::Mint;
use people_domain::stamp::Stamp;

pub use call_log::CallLog;
pub use client::{Config, connect};
pub use error::StoreError;
pub use generation::Generation;
pub use index::{IndexPage, Unindexed};
pub use ingest::{Incoming, JobRun, Mode};
pub use meter::{Meter, Usage};
pub use object::ObjectChange;
pub use objects::ObjectsOutcome;
pub use person::{ErasedBy, Found, Refusal, Upserted};
pub use point::{POINTS, point};
pub use query::{QueryOutcome, QueryRefusal};
pub use tenant::{KeyInfo, LimitsUpdate, NewKey, Tenant, TenantSettings};
pub use window::Counted;

/// What the store answers with.
pub type Result<T> = std::result::Result<T, StoreError>;

/// The table, with what a process remembers of it.
#[derive(Debug, Clone)]
pub struct Store {
    db: Client,
    table: Arc<str>,
    clock: Arc<clock::Clock>,
    cache: Arc<cache::Cache>,
    meter: Arc<Meter>,
}

impl Store {
    /// The store behind a client.
    #[must_use]
    pub fn new(db: Client, table: &str) -> Self {
        Self {
            db,
            table: table.into(),
            clock: Arc::default(),
            cache: Arc::default(),
            meter: Arc::default(),
        }
    }

    /// The same store, counting what it does from now on in a meter of its own.
    #[must_use]
    pub fn metered(&self) -> Self {
        Self { meter: Arc::default(), ..self.clone() }
    }

    /// The same store with nothing remembered, as a fresh process has it.
    #[must_use]
    pub fn cold(&self) -> Self {
        Self { cache: Arc::default(), meter: Arc::default(), ..self.clone() }
    }

    /// A handle to this store with a clock that is ahead of the machine's.
    #[must_use]
    pub fn with_clock_ahead(&self, ahead: std::time::Duration) -> Self {
        Self { clock: Arc::new(clock::Clock::ahead(ahead)), ..self.clone() }
    }

    /// What was done and consumed so far.
    #[must_use]
    pub fn usage(&self) -> Usage {
        self.meter.usage()
    }

    /// The store as one tenant sees it, under no generation yet.
    #[must_use]
    pub fn of(&self, tenant: Arc<Tenant>) -> TenantStore {
        TenantStore { store: self.clone(), tenant, generation: None }
    }

    /// A time-ordered id, later than every one before it in this process.
    #[must_use]
    pub fn stamp(&self) -> Stamp {
        self.clock.stamp()
    }
}

/// The store as one tenant sees it: every key it builds begins with that tenant.
#[derive(Debug, Clone)]
pub struct TenantStore {
    store: Store,
    tenant: Arc<Tenant>,
    /// Which changes of companies and relationships it has to see.
    generation: Option<Generation>,
}

impl TenantStore {
    /// The tenant.
    #[must_use]
    pub fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    /// What derives the tenant's ids.
    #[must_use]
    pub fn mint(&self) -> &Mint {
        &self.tenant.mint
    }

    /// What was done and consumed so far.
    #[must_use]
    pub fn usage(&self) -> Usage {
        self.store.usage()
    }
}
