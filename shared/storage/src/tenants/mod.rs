//! Tenants: their settings, access keys, metadata and counters.

pub(crate) mod access_keys;
pub(crate) mod metadata;
pub(crate) mod rate_limit;
pub(crate) mod schema;
mod settings;
mod update;

use std::sync::Arc;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use people_domain::ids::base36;
use people_domain::ids::gsid::TENANT_PART_CHARS;
use people_domain::ids::tenant_ids::TenantIds;
use serde::{Deserialize, Serialize};

use crate::table::call::MeteredCall;
use crate::table::clock::since_epoch;
use crate::table::convert::{TableItem, serialize_item};
use crate::table::entropy::{random_bytes, random_u128};
use crate::table::keys::{self, ItemKey};
use crate::{Result, Store, StoreError};

pub use access_keys::{AccessKeyInfo, NewAccessKey};
pub use settings::TenantSettings;
pub use update::{LimitsUpdate, SettingsUpdate};

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

/// Attribute of a tenant's secret.
const SECRET: &str = "secret";

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
