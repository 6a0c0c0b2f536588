//! Access keys (contract: keys#keys-of-a-tenant, keys#shown-once). A key is stored as a hash; the
//! key's id is derived from the hash.

use std::collections::BTreeSet;
use std::sync::Arc;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use people_domain::ids::access_key::{AccessKey, KeyHash};
use people_domain::ids::route_group::RouteGroup;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use super::{Tenant, now_millis};
use crate::table::convert::{TableItem, serialize_item};
use crate::table::entropy::random_bytes;
use crate::table::keys::{self, ItemKey};
use crate::table::update::ItemUpdate;
use crate::{Result, Store, StoreError};

/// An access key as stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StoredAccessKey {
    tenant: String,
    created: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked: Option<i64>,
    /// The routes that the key is narrowed to; absent if it is valid for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    groups: Option<BTreeSet<RouteGroup>>,
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
    /// The routes that the key is narrowed to; `None` for a key that is valid for all.
    pub groups: Option<BTreeSet<RouteGroup>>,
}

impl StoredAccessKey {
    fn is_valid_for(&self, group: RouteGroup) -> bool {
        self.revoked.is_none() && self.groups.as_ref().is_none_or(|own| own.contains(&group))
    }
}

/// Attribute of an access key's hash.
const HASH: &str = "hash";

impl Store {
    /// Gives a tenant a new key for all routes, or narrowed to those of `groups`.
    pub async fn create_access_key(
        &self,
        tenant: &str,
        groups: Option<BTreeSet<RouteGroup>>,
    ) -> Result<NewAccessKey> {
        let key = AccessKey::new(&random_bytes());
        let id = key.hash().id();
        if self.insert_access_key(tenant, &key, groups).await? {
            Ok(NewAccessKey { id, key })
        } else {
            Err(StoreError::Unexpected(format!("the new access key {id} exists already")))
        }
    }

    /// Gives a tenant a key for all routes that was made elsewhere; false when some tenant has it,
    /// or had it.
    pub async fn add_access_key(&self, tenant: &str, key: &AccessKey) -> Result<bool> {
        self.insert_access_key(tenant, key, None).await
    }

    async fn insert_access_key(
        &self,
        tenant: &str,
        key: &AccessKey,
        groups: Option<BTreeSet<RouteGroup>>,
    ) -> Result<bool> {
        let hash = key.hash();
        let stored = StoredAccessKey {
            tenant: tenant.to_owned(),
            created: now_millis(),
            revoked: None,
            groups,
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
            let StoredAccessKey { created, revoked, groups, .. } = stored;
            Some(AccessKeyInfo { id, created, revoked, groups })
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

    /// The tenant of a key; `None` when the key is unknown, revoked, or narrowed to other routes
    /// than `group`.
    pub async fn authenticate_key(
        &self,
        key: &AccessKey,
        group: RouteGroup,
    ) -> Result<Option<Arc<Tenant>>> {
        let hash = key.hash();
        let Some(stored) = self.read_access_key(&hash).await? else { return Ok(None) };
        let is_equal: bool = stored.hash.as_slice().ct_eq(&hash.0).into();
        if is_equal && stored.is_valid_for(group) {
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
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(stored: &str) -> StoredAccessKey {
        serde_json::from_str(stored).unwrap()
    }

    /// Keys of earlier releases have no groups.
    #[test]
    fn a_key_without_groups_is_valid_everywhere() {
        let key = parse(r#"{"tenant":"demo","created":1}"#);
        assert!(RouteGroup::ALL.into_iter().all(|group| key.is_valid_for(group)));
        let revoked = parse(r#"{"tenant":"demo","created":1,"revoked":2}"#);
        assert!(!RouteGroup::ALL.into_iter().any(|group| revoked.is_valid_for(group)));
    }

    #[test]
    fn a_narrowed_key_is_valid_in_its_groups_alone() {
        let key = parse(r#"{"tenant":"demo","created":1,"groups":["people","ptengine"]}"#);
        let valid: Vec<_> =
            RouteGroup::ALL.into_iter().filter(|group| key.is_valid_for(*group)).collect();
        assert_eq!(valid, [RouteGroup::People, RouteGroup::Ptengine]);
    }
}
