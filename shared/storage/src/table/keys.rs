//! All keys of the table (ADR 11). The keys of a tenant's items begin with its id, which has no
//! `#`. The keys of the service's own items begin with `#`, so that no tenant's id can collide with
//! them.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use people_domain::ids::stamp::Stamp;
use people_domain::ids::tenant_ids::{Locator, TenantIds};

/// Partition key.
pub const PK: &str = "pk";

/// Sort key.
pub const SK: &str = "sk";

/// The key of one item.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ItemKey {
    pub pk: String,
    pub sk: String,
}

impl ItemKey {
    fn new(pk: impl Into<String>, sk: impl Into<String>) -> Self {
        Self { pk: pk.into(), sk: sk.into() }
    }

    pub(crate) fn to_attributes(&self) -> HashMap<String, AttributeValue> {
        let text = |text: &String| AttributeValue::S(text.clone());
        HashMap::from([(PK.to_owned(), text(&self.pk)), (SK.to_owned(), text(&self.sk))])
    }

    pub(crate) fn from_item(item: &HashMap<String, AttributeValue>) -> Option<Self> {
        let text = |name| item.get(name)?.as_s().ok().cloned();
        Some(Self { pk: text(PK)?, sk: text(SK)? })
    }
}

/// A slot: the position of a person, an alias or a tombstone.
#[must_use]
pub fn slot_key(tenant: &str, slot: &Locator) -> ItemKey {
    redirect_key(tenant, slot.as_str())
}

/// The redirect of a person that moved away from the home slot that its record part names.
#[must_use]
pub fn redirect_key(tenant: &str, record_part: &str) -> ItemKey {
    // Each tenant has 36 partitions, by the first character: they spread the writes, and 36 queries
    // list all of a tenant's people.
    let shard = record_part.get(..1).unwrap_or_default();
    ItemKey::new(format!("{tenant}#P#{shard}"), record_part)
}

/// The partitions of a tenant's people, in the order of their locators.
pub fn people_partitions(tenant: &str) -> impl Iterator<Item = String> + Send + use<> {
    let tenant = tenant.to_owned();
    people_shards().map(move |shard| format!("{tenant}#P#{shard}"))
}

pub(crate) fn people_shards() -> impl Iterator<Item = char> + Send {
    ('0'..='9').chain('A'..='Z')
}

/// The first of the characters by which people are partitioned.
pub const FIRST_PEOPLE_PARTITION: &str = "0";

/// The character of the partition of people after that of a sort key; `None` after the last.
#[must_use]
pub fn next_people_partition(sk: &str) -> Option<String> {
    let own = sk.chars().next()?;
    people_shards().skip_while(|shard| *shard != own).nth(1).map(String::from)
}

/// The partition of an object's records.
#[must_use]
pub fn records_partition(tenant: &str, object: &str) -> String {
    format!("{tenant}#O#{object}")
}

#[must_use]
pub fn record_key(tenant: &str, object: &str, gsid: &str) -> ItemKey {
    ItemKey::new(records_partition(tenant, object), gsid)
}

/// The partition of the lookup entries of a field.
#[must_use]
pub fn index_partition(tenant: &str, object: &str, field: &str) -> String {
    format!("{tenant}#X#{object}#{field}")
}

/// A lookup entry: sorted by value, then by the creation of the record.
#[must_use]
pub fn index_entry_key(
    tenant: &str,
    object: &str,
    field: &str,
    hash: &str,
    created: Stamp,
    gsid: &str,
) -> ItemKey {
    let sk = format!("{hash}#{}#{gsid}", created.as_str());
    ItemKey::new(index_partition(tenant, object, field), sk)
}

/// A lookup entry of an association: sorted by the company or relationship, then by the record part
/// of the person. There are as many as associations, so the first character of the hash spreads
/// them over partitions as people are.
#[must_use]
pub fn association_entry_key(
    tenant: &str,
    object: &str,
    field: &str,
    hash: &str,
    record_part: &str,
) -> ItemKey {
    let shard = hash.get(..1).unwrap_or_default();
    let pk = format!("{}#{shard}", index_partition(tenant, object, field));
    ItemKey::new(pk, format!("{hash}#{record_part}"))
}

/// The partition of the entries of Gainsight PX users whose record parts begin with a character.
#[must_use]
pub fn px_user_partition(tenant: &str, shard: char) -> String {
    format!("{tenant}#U#{shard}")
}

/// The entry of a person that has, or had, a Gainsight PX id: a hint, written before the person.
#[must_use]
pub fn px_user_entry_key(tenant: &str, record_part: &str) -> ItemKey {
    let shard = record_part.chars().next().unwrap_or_default();
    ItemKey::new(px_user_partition(tenant, shard), record_part)
}

/// The partition of a tenant's Gainsight PX accounts, which are sorted by their ids.
#[must_use]
pub fn px_accounts_partition(tenant: &str) -> String {
    format!("{tenant}#A")
}

#[must_use]
pub fn px_account_key(tenant: &str, id: &str) -> ItemKey {
    ItemKey::new(px_accounts_partition(tenant), id)
}

/// The partition of a dropdown category's items.
#[must_use]
pub fn dropdown_partition(tenant: &str, category: &str) -> String {
    format!("{tenant}#D#{}", category.to_ascii_lowercase())
}

#[must_use]
pub fn dropdown_item_key(tenant: &str, category: &str, gsid: &str) -> ItemKey {
    ItemKey::new(dropdown_partition(tenant, category), gsid)
}

/// The partition of a tenant's metadata.
#[must_use]
pub fn metadata_partition(tenant: &str) -> String {
    format!("{tenant}#meta")
}

/// Sort-key prefix of a tenant's own fields.
pub const FIELD_PREFIX: &str = "field#";

/// Sort-key prefix of a tenant's own objects.
pub const OBJECT_PREFIX: &str = "object#";

/// Sort-key prefix of a tenant's dropdown categories.
pub const CATEGORY_PREFIX: &str = "dropdown#";

/// Sort-key prefix of the storage codes that a tenant's fields have or had.
pub const CODE_PREFIX: &str = "code#";

/// Sort-key prefix of indexes that are being built.
pub const INDEXING_PREFIX: &str = "indexing#";

/// An item of a tenant's metadata. `prefix` is one of the above; `name` ignores case.
#[must_use]
pub fn metadata_item_key(tenant: &str, prefix: &str, name: &str) -> ItemKey {
    ItemKey::new(metadata_partition(tenant), format!("{prefix}{}", name.to_ascii_lowercase()))
}

/// A tenant's rate-limit counter for a class of calls.
#[must_use]
pub fn rate_limit_key(tenant: &str, class: &str) -> ItemKey {
    ItemKey::new(format!("{tenant}#W"), class)
}

#[must_use]
pub fn erasure_count_key(tenant: &str) -> ItemKey {
    ItemKey::new(format!("{tenant}#W"), "erasures")
}

/// The partition of a job, its chunks and its pending chunk markers.
#[must_use]
pub fn job_partition(tenant: &str, job: &str) -> String {
    format!("{tenant}#J#{job}")
}

#[must_use]
pub fn job_key(tenant: &str, job: &str) -> ItemKey {
    ItemKey::new(job_partition(tenant, job), "job")
}

/// The partition that lists a tenant's jobs.
#[must_use]
pub fn job_list_partition(tenant: &str) -> String {
    format!("{tenant}#jobs")
}

/// A job's line in the list of its tenant. The ids of jobs are UUIDs of version 7, which begin with
/// the time, so lines are in the order in which jobs were created.
#[must_use]
pub fn job_list_key(tenant: &str, job: &str) -> ItemKey {
    ItemKey::new(job_list_partition(tenant), job)
}

/// Sort-key prefix of a job's chunks.
pub const CHUNK_PREFIX: &str = "chunk#";

/// Sort-key prefix of a job's pending chunk markers.
pub const PENDING_CHUNK_PREFIX: &str = "todo#";

/// A chunk or a pending chunk marker. `prefix` is one of the above; four digits keep chunks in
/// order.
#[must_use]
pub fn job_item_key(tenant: &str, job: &str, prefix: &str, chunk: u32) -> ItemKey {
    ItemKey::new(job_partition(tenant, job), format!("{prefix}{chunk:04}"))
}

/// The partition of a tenant's own item and the list of its access keys.
#[must_use]
pub fn tenant_partition(tenant: &str) -> String {
    format!("#tenant#{tenant}")
}

#[must_use]
pub fn tenant_key(tenant: &str) -> ItemKey {
    ItemKey::new(tenant_partition(tenant), "tenant")
}

/// The partition that lists all tenants.
pub const TENANTS_PARTITION: &str = "#tenants";

/// A tenant's entry in the list of tenants.
#[must_use]
pub fn tenant_list_key(tenant: &str) -> ItemKey {
    ItemKey::new(TENANTS_PARTITION, tenant)
}

/// Sort-key prefix of a tenant's list of access keys.
pub const ACCESS_KEY_PREFIX: &str = "key#";

/// An access key's entry in the tenant's list.
#[must_use]
pub fn access_key_list_key(tenant: &str, id: &str) -> ItemKey {
    ItemKey::new(tenant_partition(tenant), format!("{ACCESS_KEY_PREFIX}{id}"))
}

/// An access key, by the id that is derived from its hash.
#[must_use]
pub fn access_key_item_key(id: &str) -> ItemKey {
    ItemKey::new(format!("#{ACCESS_KEY_PREFIX}{id}"), "key")
}

/// Identifies a query of an access key, and reveals neither. `query` is its body without offset and
/// limit.
#[must_use]
pub fn page_hash(ids: &TenantIds, access_key: &str, object: &str, query: &str) -> String {
    ids.index_hash(&format!("{access_key}\n{object}\n{query}"))
}

/// Where the page of a query before `offset` ended. `hash` is a [`page_hash`].
#[must_use]
pub fn page_key(tenant: &str, hash: &str, offset: usize) -> ItemKey {
    ItemKey::new(format!("{tenant}#Q#{hash}"), offset.to_string())
}

/// The queries of a tenant that read much at the moment.
#[must_use]
pub fn passes_key(tenant: &str) -> ItemKey {
    ItemKey::new(format!("{tenant}#W"), "passes")
}
