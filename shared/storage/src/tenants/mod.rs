//! Tenants and access keys (contract: keys#keys-of-a-tenant, keys#shown-once). A key is stored as a
//! hash; the key's id is derived from the hash.

pub(crate) mod metadata;
pub(crate) mod rate_limit;
pub(crate) mod schema;
mod update;

use std::sync::Arc;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use people_domain::ids::access_key::{AccessKey, KeyHash};
use people_domain::ids::base36;
use people_domain::ids::gsid::TENANT_PART_CHARS;
use people_domain::ids::tenant_ids::TenantIds;
use people_domain::limit::RateLimits;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use crate::table::call::MeteredCall;
use crate::table::clock::since_epoch;
use crate::table::convert::{TableItem, serialize_item};
use crate::table::entropy::{random_bytes, random_u128};
use crate::table::keys::{self, ItemKey};
use crate::table::update::ItemUpdate;
use crate::{Result, Store, StoreError};

pub use update::LimitsUpdate;

/// The settings of a tenant, which an operator controls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TenantSettings {
    /// Calls per window (contract: keys#rate-limits).
    pub limits: RateLimits,
    /// Whether the tenant has the field CurrencyIsoCode.
    pub multi_currency: bool,
}

/// A tenant.
#[derive(Debug)]
pub struct Tenant {
    /// `[a-z0-9-]`, at most 32 characters.
    pub id: String,
    pub settings: TenantSettings,
    /// Milliseconds since 1970.
    pub created: i64,
    /// Whether all its nested relationships have a mark ([`people_domain::people::nested_mark_name`]):
    /// not those of tenants that are older than the mark.
    pub marks_nested: bool,
    pub ids: TenantIds,
}

/// A tenant as stored. The secret is written once and never changes, because all keys derive from
/// it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredTenant {
    id: String,
    tenant_part: String,
    created: i64,
    #[serde(default)]
    marks_nested: bool,
    #[serde(flatten)]
    settings: TenantSettings,
}

/// An access key as stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StoredAccessKey {
    tenant: String,
    created: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked: Option<i64>,
    #[serde(skip)]
    hash: Vec<u8>,
}

/// A new access key. It can be shown only now, because its hash alone is stored.
#[derive(Debug)]
pub struct NewAccessKey {
    /// The public id.
    pub id: String,
    pub key: AccessKey,
}

/// The public data of an access key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessKeyInfo {
    /// The public id.
    pub id: String,
    /// Milliseconds since 1970.
    pub created: i64,
    /// Milliseconds since 1970; `None` for a valid key.
    pub revoked: Option<i64>,
}

/// Attribute of a tenant's secret.
const SECRET: &str = "secret";

/// Attribute of an access key's hash.
const HASH: &str = "hash";

impl Store {
    /// Creates a tenant; `None` when the id is taken.
    pub async fn create_tenant(
        &self,
        id: &str,
        settings: TenantSettings,
    ) -> Result<Option<Arc<Tenant>>> {
        let stored = StoredTenant {
            id: id.to_owned(),
            tenant_part: base36::encode_string::<TENANT_PART_CHARS>(random_u128()),
            created: now_millis(),
            marks_nested: true,
            settings,
        };
        let mut item = serialize_item(&keys::tenant_key(id), &stored)?;
        item.insert(SECRET.to_owned(), AttributeValue::B(Blob::new(random_bytes())));
        let list_entry = keys::tenant_list_key(id).to_attributes();
        let actions = vec![self.build_insert(item)?, self.build_insert(list_entry)?];
        if self.write_all_or_none(actions).await? { self.read_tenant(id).await } else { Ok(None) }
    }

    pub async fn read_tenant(&self, id: &str) -> Result<Option<Arc<Tenant>>> {
        if let Some(known) = self.cache.tenants.get(id) {
            return Ok(Some(known));
        }
        let Some(item) = self.read_item(&keys::tenant_key(id)).await? else { return Ok(None) };
        let tenant = Arc::new(parse_tenant(item).ok_or_else(|| StoreError::corrupt("tenant"))?);
        self.cache.tenants.insert(id.to_owned(), tenant.clone());
        Ok(Some(tenant))
    }

    /// Lists the ids of all tenants.
    pub async fn list_tenants(&self) -> Result<Vec<String>> {
        Ok(self
            .query_items(keys::TENANTS_PARTITION, "")
            .await?
            .iter()
            .filter_map(ItemKey::from_item)
            .map(|key| key.sk)
            .collect())
    }

    pub async fn create_access_key(&self, tenant: &str) -> Result<NewAccessKey> {
        let key = AccessKey::new(&random_bytes());
        let id = key.hash().id();
        if self.add_access_key(tenant, &key).await? {
            Ok(NewAccessKey { id, key })
        } else {
            Err(StoreError::Unexpected(format!("the new access key {id} exists already")))
        }
    }

    /// Gives a tenant a key that was made elsewhere; false when some tenant has it, or had it.
    pub async fn add_access_key(&self, tenant: &str, key: &AccessKey) -> Result<bool> {
        let hash = key.hash();
        let stored = StoredAccessKey {
            tenant: tenant.to_owned(),
            created: now_millis(),
            revoked: None,
            hash: Vec::new(),
        };
        let id = hash.id();
        let mut item = serialize_item(&keys::access_key_item_key(&id), &stored)?;
        item.insert(HASH.to_owned(), AttributeValue::B(Blob::new(hash.0)));
        let list_entry = serialize_item(&keys::access_key_list_key(tenant, &id), &stored)?;
        let actions = vec![self.build_insert(item)?, self.build_insert(list_entry)?];
        self.write_all_or_none(actions).await
    }

    /// Lists the public data of a tenant's access keys.
    pub async fn list_access_keys(&self, tenant: &str) -> Result<Vec<AccessKeyInfo>> {
        let entries =
            self.query_items(&keys::tenant_partition(tenant), keys::ACCESS_KEY_PREFIX).await?;
        let info = |item: TableItem| {
            let id =
                ItemKey::from_item(&item)?.sk.strip_prefix(keys::ACCESS_KEY_PREFIX)?.to_owned();
            let stored: StoredAccessKey = serde_dynamo::from_item(item).ok()?;
            Some(AccessKeyInfo { id, created: stored.created, revoked: stored.revoked })
        };
        let info = |item| info(item).ok_or_else(|| StoreError::corrupt("access key"));
        entries.into_iter().map(info).collect()
    }

    /// Revokes an access key for good; within 60 s every process refuses it. False when the tenant
    /// has no such key.
    pub async fn revoke_access_key(&self, tenant: &str, id: &str) -> Result<bool> {
        let revoke = |key: ItemKey| {
            let update = ItemUpdate::default()
                .set_once("revoked", AttributeValue::N(now_millis().to_string()))
                .if_present(keys::PK)
                .if_text("tenant", tenant);
            self.build_item_update(&key, update)
        };
        self.write_all_or_none(vec![
            revoke(keys::access_key_item_key(id))?,
            revoke(keys::access_key_list_key(tenant, id))?,
        ])
        .await
    }

    /// The tenant of a key; `None` when the key is unknown or revoked.
    pub async fn authenticate_key(&self, key: &AccessKey) -> Result<Option<Arc<Tenant>>> {
        let hash = key.hash();
        let Some(stored) = self.read_access_key(&hash).await? else { return Ok(None) };
        let is_equal: bool = stored.hash.as_slice().ct_eq(&hash.0).into();
        if is_equal && stored.revoked.is_none() {
            self.read_tenant(&stored.tenant).await
        } else {
            Ok(None)
        }
    }

    async fn read_access_key(&self, hash: &KeyHash) -> Result<Option<Arc<StoredAccessKey>>> {
        let id = hash.id();
        if let Some(known) = self.cache.keys.get(&id) {
            return Ok(Some(known));
        }
        let Some(item) = self.read_item(&keys::access_key_item_key(&id)).await? else {
            return Ok(None);
        };
        let bytes =
            item.get(HASH).and_then(|hash| hash.as_b().ok()).map(|hash| hash.as_ref().to_vec());
        let mut stored: StoredAccessKey =
            serde_dynamo::from_item(item).map_err(|_| StoreError::corrupt("access key"))?;
        stored.hash = bytes.ok_or_else(|| StoreError::corrupt("access key"))?;
        let stored = Arc::new(stored);
        self.cache.keys.insert(id, stored.clone());
        Ok(Some(stored))
    }

    /// Opens the connection, because the TLS handshake takes most of a first request (ADR 36).
    pub async fn warm_connection(&self) {
        // Neither the answer nor an error matters: the first request reports a failure.
        _ = self.read_item(&keys::tenant_list_key("warm-up")).await;
    }

    async fn query_items(&self, pk: &str, prefix: &str) -> Result<Vec<TableItem>> {
        let (mut items, mut from) = (Vec::new(), None);
        loop {
            let call = self
                .db
                .query()
                .table_name(&*self.table)
                .consistent_read(true)
                .expression_attribute_values(":pk", AttributeValue::S(pk.to_owned()))
                .set_exclusive_start_key(from);
            let call = match prefix {
                "" => call.key_condition_expression("pk = :pk"),
                prefix => call
                    .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
                    .expression_attribute_values(":prefix", AttributeValue::S(prefix.to_owned())),
            };
            let answer = call.send_metered(&self.meter).await?;
            items.extend(answer.items.unwrap_or_default());
            from = answer.last_evaluated_key;
            if from.is_none() {
                return Ok(items);
            }
        }
    }
}

fn now_millis() -> i64 {
    i64::try_from(since_epoch().as_millis()).unwrap_or(i64::MAX)
}

fn parse_tenant(item: TableItem) -> Option<Tenant> {
    let secret: [u8; 32] = item.get(SECRET)?.as_b().ok()?.as_ref().try_into().ok()?;
    let stored: StoredTenant = serde_dynamo::from_item(item).ok()?;
    let ids = TenantIds::new(&secret, &stored.tenant_part)?;
    Some(Tenant {
        id: stored.id,
        settings: stored.settings,
        created: stored.created,
        marks_nested: stored.marks_nested,
        ids,
    })
}
