//! Every key of the table (ADR 11). What a tenant owns begins with its id, which has no
//! `#`; what belongs to the service begins with `#`, so that no tenant's name can meet it.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use people_domain::ids::stamp::Stamp;
use people_domain::ids::tenant_ids::Locator;

/// Partition key.
pub const PK: &str = "pk";

/// Sort key.
pub const SK: &str = "sk";

/// The key of one item.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ItemKey {
    /// Partition key.
    pub pk: String,
    /// Sort key.
    pub sk: String,
}

impl ItemKey {
    fn new(pk: impl Into<String>, sk: impl Into<String>) -> Self {
        Self { pk: pk.into(), sk: sk.into() }
    }

    /// As the SDK takes it.
    pub(crate) fn to_attributes(&self) -> HashMap<String, AttributeValue> {
        let text = |text: &String| AttributeValue::S(text.clone());
        HashMap::from([(PK.to_owned(), text(&self.pk)), (SK.to_owned(), text(&self.sk))])
    }

    /// From an item.
    pub(crate) fn from_item(item: &HashMap<String, AttributeValue>) -> Option<Self> {
        let text = |name| item.get(name)?.as_s().ok().cloned();
        Some(Self { pk: text(PK)?, sk: text(SK)? })
    }
}

/// Where a person, a tombstone or a pointer is.
#[must_use]
pub fn slot_key(tenant: &str, place: &Locator) -> ItemKey {
    redirect_key(tenant, place.as_str())
}

/// The forward item of a person that moved away from the home its record part names.
#[must_use]
pub fn redirect_key(tenant: &str, record_part: &str) -> ItemKey {
    // 36 partitions a tenant, by the first character: they spread the writes, and 36 queries
    // list all of a tenant's people.
    let shard = record_part.get(..1).unwrap_or_default();
    ItemKey::new(format!("{tenant}#P#{shard}"), record_part)
}

/// The partitions of a tenant's people, in the order of their locators.
pub fn people_partitions(tenant: &str) -> impl Iterator<Item = String> + Send + use<> {
    let tenant = tenant.to_owned();
    let shards = ('0'..='9').chain('A'..='Z');
    shards.map(move |shard| format!("{tenant}#P#{shard}"))
}

/// The partition of an object's records.
#[must_use]
pub fn records_partition(tenant: &str, object: &str) -> String {
    format!("{tenant}#O#{object}")
}

/// An object's record.
#[must_use]
pub fn record_key(tenant: &str, object: &str, gsid: &str) -> ItemKey {
    ItemKey::new(records_partition(tenant, object), gsid)
}

/// The partition of the lookup entries of a field.
#[must_use]
pub fn index_partition(tenant: &str, object: &str, field: &str) -> String {
    format!("{tenant}#X#{object}#{field}")
}

/// A lookup entry: sorted by value, then by which record was made first.
#[must_use]
pub fn index_entry_key(
    tenant: &str,
    object: &str,
    field: &str,
    hash: &str,
    born: Stamp,
    gsid: &str,
) -> ItemKey {
    ItemKey::new(index_partition(tenant, object, field), format!("{hash}#{}#{gsid}", born.as_str()))
}

/// The partition of a dropdown category's items.
#[must_use]
pub fn dropdown_partition(tenant: &str, category: &str) -> String {
    format!("{tenant}#D#{}", category.to_ascii_lowercase())
}

/// A dropdown item.
#[must_use]
pub fn dropdown_item_key(tenant: &str, category: &str, gsid: &str) -> ItemKey {
    ItemKey::new(dropdown_partition(tenant, category), gsid)
}

/// The partition of a tenant's metadata.
#[must_use]
pub fn metadata_partition(tenant: &str) -> String {
    format!("{tenant}#meta")
}

/// What the sort keys of a tenant's own fields begin with.
pub const FIELD_PREFIX: &str = "field#";

/// The same of its own objects.
pub const OBJECT_PREFIX: &str = "object#";

/// The same of its dropdown categories.
pub const CATEGORY_PREFIX: &str = "dropdown#";

/// The same of the storage codes that its fields have or had.
pub const CODE_PREFIX: &str = "code#";

/// The same of indexes that are being made.
pub const INDEXING_PREFIX: &str = "indexing#";

/// An item of a tenant's metadata: `prefix` is one of the above, `name` ignores case.
#[must_use]
pub fn metadata_item_key(tenant: &str, prefix: &str, name: &str) -> ItemKey {
    ItemKey::new(metadata_partition(tenant), format!("{prefix}{}", name.to_ascii_lowercase()))
}

/// A tenant's counter of a class of calls.
#[must_use]
pub fn rate_limit_key(tenant: &str, class: &str) -> ItemKey {
    ItemKey::new(format!("{tenant}#W"), class)
}

/// A tenant's count of erasures.
#[must_use]
pub fn erasure_count_key(tenant: &str) -> ItemKey {
    ItemKey::new(format!("{tenant}#W"), "erasures")
}

/// The partition of a job: itself, its chunks, and what of it is still to be done.
#[must_use]
pub fn job_partition(tenant: &str, job: &str) -> String {
    format!("{tenant}#J#{job}")
}

/// A job.
#[must_use]
pub fn job_key(tenant: &str, job: &str) -> ItemKey {
    ItemKey::new(job_partition(tenant, job), "job")
}

/// What the sort keys of a job's chunks begin with.
pub const CHUNK_PREFIX: &str = "chunk#";

/// The same of its markers of what is to be done.
pub const PENDING_CHUNK_PREFIX: &str = "todo#";

/// A chunk or a marker of a job: `prefix` is one of the above. Four digits keep them in order.
#[must_use]
pub fn job_item_key(tenant: &str, job: &str, prefix: &str, chunk: u32) -> ItemKey {
    ItemKey::new(job_partition(tenant, job), format!("{prefix}{chunk:04}"))
}

/// The partition of what belongs to a tenant as such: itself and its keys.
#[must_use]
pub fn tenant_partition(tenant: &str) -> String {
    format!("#tenant#{tenant}")
}

/// A tenant.
#[must_use]
pub fn tenant_key(tenant: &str) -> ItemKey {
    ItemKey::new(tenant_partition(tenant), "tenant")
}

/// The partition that lists all tenants.
pub const TENANTS_PARTITION: &str = "#tenants";

/// A tenant's line in the list.
#[must_use]
pub fn tenant_list_key(tenant: &str) -> ItemKey {
    ItemKey::new(TENANTS_PARTITION, tenant)
}

/// What the sort keys of a tenant's access keys begin with.
pub const ACCESS_KEY_PREFIX: &str = "key#";

/// A tenant's line about one of its access keys.
#[must_use]
pub fn access_key_list_key(tenant: &str, id: &str) -> ItemKey {
    ItemKey::new(tenant_partition(tenant), format!("{ACCESS_KEY_PREFIX}{id}"))
}

/// An access key, by the id that its hash gives.
#[must_use]
pub fn access_key_item_key(id: &str) -> ItemKey {
    ItemKey::new(format!("#{ACCESS_KEY_PREFIX}{id}"), "key")
}
