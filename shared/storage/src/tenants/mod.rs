//! Tenants and access keys (contract: keys#keys-of-a-tenant, keys#shown-once). A key is stored as a
//! hash; its id is derived from it.

pub(crate) mod metadata;
pub(crate) mod rate_limit;
pub(crate) mod schema;
mod update;

use std::sync::Arc;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem, Update};
use people_domain::ids::access_key::{AccessKey, KeyHash};
use people_domain::ids::base36;
use people_domain::ids::gsid::TENANT_PART_CHARS;
use people_domain::ids::tenant_ids::TenantIds;
use people_domain::limit::RateLimits;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use crate::table::call::MeteredCall;
use crate::table::clock::{random_bytes, random_u128, since_epoch};
use crate::table::convert::TableItem;
use crate::table::keys::{self, ItemKey};
use crate::table::transaction::TransactionOutcome;
use crate::{Result, Store, StoreError};

pub use update::LimitsUpdate;

/// What an operator sets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TenantSettings {
    /// Calls a window (contract: keys#rate-limits).
    pub limits: RateLimits,
    /// Whether CurrencyIsoCode is a field.
    pub multi_currency: bool,
}

/// A tenant.
#[derive(Debug)]
pub struct Tenant {
    /// Its id: `[a-z0-9-]`, at most 32 characters.
    pub id: String,
    /// Its settings.
    pub settings: TenantSettings,
    /// Milliseconds since 1970.
    pub created: i64,
    /// What derives its ids.
    pub ids: TenantIds,
}

/// A tenant as stored. The secret is written once and never changes: all keys hang on it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredTenant {
    id: String,
    tenant_part: String,
    created: i64,
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

/// A key that was just made: the only moment at which it can be shown.
#[derive(Debug)]
pub struct NewAccessKey {
    /// Its public name.
    pub id: String,
    /// The key.
    pub key: AccessKey,
}

/// What may be shown of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessKeyInfo {
    /// Its public name.
    pub id: String,
    /// Milliseconds since 1970.
    pub created: i64,
    /// When it was revoked, if it was.
    pub revoked: Option<i64>,
}

/// Attribute of a tenant's secret, and of a key's hash.
const SECRET: &str = "secret";
const HASH: &str = "hash";

impl Store {
    /// Makes a tenant. None when there is one with this id.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn create_tenant(
        &self,
        id: &str,
        settings: TenantSettings,
    ) -> Result<Option<Arc<Tenant>>> {
        let stored = StoredTenant {
            id: id.to_owned(),
            tenant_part: base36::encode_string::<TENANT_PART_CHARS>(random_u128()),
            created: now_millis(),
            settings,
        };
        let mut item = build_item(&stored, &keys::tenant_key(id))?;
        item.insert(SECRET.to_owned(), AttributeValue::B(Blob::new(random_bytes())));
        let line = keys::tenant_list_key(id).to_attributes();
        match self
            .write_all_or_none(vec![self.build_insert(item)?, self.build_insert(line)?])
            .await?
        {
            true => self.read_tenant(id).await,
            false => Ok(None),
        }
    }

    /// A tenant by id.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn read_tenant(&self, id: &str) -> Result<Option<Arc<Tenant>>> {
        if let Some(known) = self.cache.tenants.get(id) {
            return Ok(Some(known));
        }
        let Some(item) = self.read_item(&keys::tenant_key(id)).await? else { return Ok(None) };
        let tenant = Arc::new(parse_tenant(item).ok_or_else(|| StoreError::corrupt("tenant"))?);
        self.cache.tenants.insert(id.to_owned(), tenant.clone());
        Ok(Some(tenant))
    }

    /// The ids of all tenants.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list_tenants(&self) -> Result<Vec<String>> {
        Ok(self
            .query_items(keys::TENANTS_PARTITION, "")
            .await?
            .iter()
            .filter_map(ItemKey::from_item)
            .map(|key| key.sk)
            .collect())
    }

    /// Makes an access key.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn create_access_key(&self, tenant: &str) -> Result<NewAccessKey> {
        let key = AccessKey::new(&random_bytes());
        let hash = key.hash();
        let stored = StoredAccessKey {
            tenant: tenant.to_owned(),
            created: now_millis(),
            revoked: None,
            hash: Vec::new(),
        };
        let mut item = build_item(&stored, &keys::access_key_item_key(&hash.id()))?;
        item.insert(HASH.to_owned(), AttributeValue::B(Blob::new(hash.0)));
        let line = build_item(&stored, &keys::access_key_list_key(tenant, &hash.id()))?;
        match self
            .write_all_or_none(vec![self.build_insert(item)?, self.build_insert(line)?])
            .await?
        {
            true => Ok(NewAccessKey { id: hash.id(), key }),
            false => Err(StoreError::Unexpected("a key that exists".to_owned())),
        }
    }

    /// What a tenant's keys are, without the keys.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list_access_keys(&self, tenant: &str) -> Result<Vec<AccessKeyInfo>> {
        let lines =
            self.query_items(&keys::tenant_partition(tenant), keys::ACCESS_KEY_PREFIX).await?;
        let info = |item: TableItem| {
            let id =
                ItemKey::from_item(&item)?.sk.strip_prefix(keys::ACCESS_KEY_PREFIX)?.to_owned();
            let stored: StoredAccessKey = serde_dynamo::from_item(item).ok()?;
            Some(AccessKeyInfo { id, created: stored.created, revoked: stored.revoked })
        };
        lines.into_iter().map(|item| info(item).ok_or_else(|| StoreError::corrupt("key"))).collect()
    }

    /// Revokes a key for good; within 60 s every process refuses it. False when the tenant has no such key.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn revoke_access_key(&self, tenant: &str, id: &str) -> Result<bool> {
        let revoke = |key: ItemKey| {
            let update =
                Update::builder().table_name(&*self.table).set_key(Some(key.to_attributes()));
            let update = update.condition_expression("attribute_exists(pk) AND tenant = :tenant");
            let update = update.update_expression("SET revoked = if_not_exists(revoked, :now)");
            let update = update
                .expression_attribute_values(":now", AttributeValue::N(now_millis().to_string()));
            let update = update
                .expression_attribute_values(":tenant", AttributeValue::S(tenant.to_owned()))
                .build();
            update
                .map(|u| TransactWriteItem::builder().update(u).build())
                .map_err(|_| StoreError::corrupt("key"))
        };
        self.write_all_or_none(vec![
            revoke(keys::access_key_item_key(id))?,
            revoke(keys::access_key_list_key(tenant, id))?,
        ])
        .await
    }

    /// The tenant of a key that is known and not revoked.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn authenticate_key(&self, key: &AccessKey) -> Result<Option<Arc<Tenant>>> {
        let hash = key.hash();
        let Some(stored) = self.read_access_key(&hash).await? else { return Ok(None) };
        let same: bool = stored.hash.as_slice().ct_eq(&hash.0).into();
        match same && stored.revoked.is_none() {
            true => self.read_tenant(&stored.tenant).await,
            false => Ok(None),
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
            serde_dynamo::from_item(item).map_err(|_| StoreError::corrupt("key"))?;
        stored.hash = bytes.ok_or_else(|| StoreError::corrupt("key"))?;
        let stored = Arc::new(stored);
        self.cache.keys.insert(id, stored.clone());
        Ok(Some(stored))
    }

    /// Opens the connection: the handshake is most of a first request.
    pub async fn warm_connection(&self) {
        // The answer does not matter, nor does a failure: the first request will tell.
        _ = self.read_item(&keys::tenant_list_key("warm-up")).await;
    }

    async fn query_items(&self, pk: &str, prefix: &str) -> Result<Vec<TableItem>> {
        let (mut items, mut from) = (Vec::new(), None);
        loop {
            let call = self.db.query().table_name(&*self.table).consistent_read(true);
            let call = call.expression_attribute_values(":pk", AttributeValue::S(pk.to_owned()));
            let call = match prefix {
                "" => call.key_condition_expression("pk = :pk"),
                prefix => call
                    .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
                    .expression_attribute_values(":prefix", AttributeValue::S(prefix.to_owned())),
            };
            let call = call.set_exclusive_start_key(from);
            let answer = call.send_metered(&self.meter).await?;
            items.extend(answer.items.unwrap_or_default());
            from = answer.last_evaluated_key;
            if from.is_none() {
                return Ok(items);
            }
        }
    }

    /// Writes all or nothing; false when a condition did not hold.
    async fn write_all_or_none(&self, actions: Vec<TransactWriteItem>) -> Result<bool> {
        match self.run_transaction(actions).await? {
            TransactionOutcome::Committed => Ok(true),
            TransactionOutcome::ConditionFailed(_) => Ok(false),
            TransactionOutcome::Conflict => Err(StoreError::Unavailable("conflict".to_owned())),
        }
    }
}

fn now_millis() -> i64 {
    i64::try_from(since_epoch().as_millis()).unwrap_or(i64::MAX)
}

fn build_item<T: Serialize>(stored: &T, key: &ItemKey) -> Result<TableItem> {
    let mut item: TableItem =
        serde_dynamo::to_item(stored).map_err(|_| StoreError::corrupt("item"))?;
    item.extend(key.to_attributes());
    Ok(item)
}

fn parse_tenant(item: TableItem) -> Option<Tenant> {
    let secret: [u8; 32] = item.get(SECRET)?.as_b().ok()?.as_ref().try_into().ok()?;
    let stored: StoredTenant = serde_dynamo::from_item(item).ok()?;
    let tenant_ids = TenantIds::new(&secret, &stored.tenant_part)?;
    Some(Tenant {
        id: stored.id,
        settings: stored.settings,
        created: stored.created,
        ids: tenant_ids,
    })
}
