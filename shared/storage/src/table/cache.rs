//! The caches of a process. They hold hits only, for less than the 60 s that the contract allows a
//! revoked key or a changed limit (contract: keys#revocation; ADR 13).

use std::sync::Arc;
use std::time::Duration;

use moka::sync;
use people_domain::objects::record::{self, Record};
use people_domain::schema::metadata::Metadata;

use crate::objects::generation::Generation;
use crate::tenants::Tenant;
use crate::tenants::access_keys::StoredAccessKey;

const CACHE_TTL: Duration = Duration::from_secs(50);

/// Entries of each cache that is bounded by entries.
const CACHE_ENTRIES_MAX: u64 = 20_000;

/// Bytes of each cache that is bounded by bytes: a function may have 256 MB.
const CACHE_BYTES_MAX: u64 = 32 * 1024 * 1024;

/// Bytes of a cached record in addition to its attributes: its ids and its cache key.
const RECORD_OVERHEAD_BYTES: usize = 400;

/// Approximate bytes of a field's metadata.
const FIELD_METADATA_BYTES: usize = 500;

#[derive(Debug)]
pub(crate) struct StoreCache {
    /// Access keys by id.
    pub(crate) keys: sync::Cache<String, Arc<StoredAccessKey>>,
    /// Tenants by id.
    pub(crate) tenants: sync::Cache<String, Arc<Tenant>>,
    /// Metadata by tenant.
    pub(crate) metadata: sync::Cache<String, Arc<Metadata>>,
    /// Records by tenant, object and GSID, with the generation of the call that read them.
    pub(crate) records: sync::Cache<(String, String, String), (Generation, Arc<Record>)>,
    /// Dropdown labels by tenant, category and item GSID.
    pub(crate) labels: sync::Cache<(String, String, String), Arc<str>>,
}

fn build_cache<K, V>(ttl: Duration) -> sync::Cache<K, V>
where
    K: std::hash::Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    sync::Cache::builder().max_capacity(CACHE_ENTRIES_MAX).time_to_live(ttl).build()
}

/// A cache that is bounded by the bytes of its values.
fn build_cache_by_bytes<K, V>(
    ttl: Duration,
    bytes: impl Fn(&V) -> usize + Send + Sync + 'static,
) -> sync::Cache<K, V>
where
    K: std::hash::Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    let weigh = move |_: &K, value: &V| u32::try_from(bytes(value)).unwrap_or(u32::MAX);
    sync::Cache::builder().weigher(weigh).max_capacity(CACHE_BYTES_MAX).time_to_live(ttl).build()
}

fn record_bytes((_, record): &(Generation, Arc<Record>)) -> usize {
    record::estimate_bytes(&record.attributes) + RECORD_OVERHEAD_BYTES
}

fn metadata_bytes(metadata: &Arc<Metadata>) -> usize {
    metadata.objects().map(|object| object.fields().len() * FIELD_METADATA_BYTES).sum()
}

impl StoreCache {
    /// Empty caches whose entries are kept for `ttl`.
    pub(crate) fn with_ttl(ttl: Duration) -> Self {
        Self {
            keys: build_cache(ttl),
            tenants: build_cache(ttl),
            metadata: build_cache_by_bytes(ttl, metadata_bytes),
            records: build_cache_by_bytes(ttl, record_bytes),
            labels: build_cache(ttl),
        }
    }
}

impl Default for StoreCache {
    fn default() -> Self {
        Self::with_ttl(CACHE_TTL)
    }
}
