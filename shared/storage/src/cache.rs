//! What a process remembers: hits only, for less than the 60 s that the contract allows a
//! revoked key or a changed limit (contract 13, design).

use std::sync::Arc;
use std::time::Duration;

use moka::sync;
use people_domain::metadata::Metadata;
use people_domain::record::Record;

use crate::generation::Generation;
use crate::tenant::{StoredKey, Tenant};

/// How long something is remembered.
const TTL: Duration = Duration::from_secs(50);

/// How many things of each kind are.
const ENTRIES: u64 = 20_000;

#[derive(Debug)]
pub(crate) struct Cache {
    /// Access keys by id.
    pub(crate) keys: sync::Cache<String, Arc<StoredKey>>,
    /// Tenants by id.
    pub(crate) tenants: sync::Cache<String, Arc<Tenant>>,
    /// Metadata by tenant.
    pub(crate) metadata: sync::Cache<String, Arc<Metadata>>,
    /// Records by tenant, object and GSID, with the generation that they were read under.
    pub(crate) records: sync::Cache<(String, String, String), (Generation, Arc<Record>)>,
    /// Dropdown labels by tenant, category and item GSID.
    pub(crate) labels: sync::Cache<(String, String, String), Arc<str>>,
}

fn cache<K, V>() -> sync::Cache<K, V>
where
    K: std::hash::Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    sync::Cache::builder().max_capacity(ENTRIES).time_to_live(TTL).build()
}

impl Default for Cache {
    fn default() -> Self {
        Self {
            keys: cache(),
            tenants: cache(),
            metadata: cache(),
            records: cache(),
            labels: cache(),
        }
    }
}
