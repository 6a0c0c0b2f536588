//! The store: one DynamoDB table, and the only crate that sees an `AttributeValue`.

mod export;
pub mod jobs;
mod objects;
mod people;
mod px;
mod query;
mod table;
mod tenants;

use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use people_domain::ids::stamp::Stamp;
use people_domain::ids::tenant_ids::TenantIds;

pub use people_domain::people::outcome::UpsertedPerson;

pub use export::{AssociatedRecords, PeoplePage, PeoplePosition, PeopleSelection, RecordsPage};
pub use objects::batches::ObjectsOutcome;
pub use objects::generation::Generation;
pub use objects::import::{ImportOutcome, ImportedRecords};
pub use objects::index::{IndexPage, PendingIndex};
pub use objects::records::ObjectChange;
pub use people::identity::IdentityOutcome;
pub use people::ingest::{ApplyMode, JobContext, RawRow, RecordOutcome};
pub use people::{ErasureContext, ErasureTarget, WriteRefusal};
pub use px::{PxAccountOutcome, PxPage};
pub use query::{QueryCaller, QueryLimits, QueryOutcome, QueryRefusal, SnapshotBucket};
pub use table::call_log::CallLog;
pub use table::client::{Config, connect_store, connect_store_for_passes};
pub use table::error::StoreError;
pub use table::failpoint::{FAILPOINTS, failpoint};
pub use table::keys;
pub use table::meter::{Meter, Usage};
pub use tenants::rate_limit::RecordedCall;
pub use tenants::{
    AccessKeyInfo, LimitsUpdate, NewAccessKey, SettingsUpdate, Tenant, TenantSettings,
};

pub type Result<T> = std::result::Result<T, StoreError>;

/// The table, with the process's clock, caches and meter.
#[derive(Debug, Clone)]
pub struct Store {
    db: Client,
    table: Arc<str>,
    clock: Arc<table::clock::Clock>,
    cache: Arc<table::cache::StoreCache>,
    meter: Arc<Meter>,
}

impl Store {
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

    /// A handle to this store with a meter of its own, which starts at zero.
    #[must_use]
    pub fn with_fresh_meter(&self) -> Self {
        Self { meter: Arc::default(), ..self.clone() }
    }

    /// A handle to this store with empty caches and an own meter, like that of a new process.
    #[must_use]
    pub fn without_cache(&self) -> Self {
        Self { cache: Arc::default(), meter: Arc::default(), ..self.clone() }
    }

    /// A handle to this store with empty caches whose entries are kept for `ttl`.
    #[must_use]
    pub fn with_cache_ttl(&self, ttl: std::time::Duration) -> Self {
        Self { cache: Arc::new(table::cache::StoreCache::with_ttl(ttl)), ..self.clone() }
    }

    /// A handle to this store with a clock that is ahead of the machine's.
    #[must_use]
    pub fn with_clock_ahead(&self, ahead: std::time::Duration) -> Self {
        Self { clock: Arc::new(table::clock::Clock::with_lead(ahead)), ..self.clone() }
    }

    #[must_use]
    pub fn usage(&self) -> Usage {
        self.meter.usage()
    }

    /// The store restricted to one tenant, without a generation.
    #[must_use]
    pub fn for_tenant(&self, tenant: Arc<Tenant>) -> TenantStore {
        TenantStore { store: self.clone(), tenant, generation: None }
    }

    /// A stamp later than every earlier one of this process.
    #[must_use]
    pub fn new_stamp(&self) -> Stamp {
        self.clock.new_stamp()
    }
}

/// The store restricted to one tenant: every key that it builds begins with the tenant's id.
#[derive(Debug, Clone)]
pub struct TenantStore {
    store: Store,
    tenant: Arc<Tenant>,
    /// The generation of companies and relationships that its calls must see.
    generation: Option<Generation>,
}

impl TenantStore {
    #[must_use]
    pub fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    #[must_use]
    pub fn ids(&self) -> &TenantIds {
        &self.tenant.ids
    }

    #[must_use]
    pub fn usage(&self) -> Usage {
        self.store.usage()
    }
}
