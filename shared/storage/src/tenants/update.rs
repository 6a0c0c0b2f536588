//! Updates a tenant's rate limits one by one, so concurrent updates by two operators are both kept.

use std::sync::Arc;

use serde::Serialize;

use super::{Tenant, parse_tenant};
use crate::table::call::ConditionalWrite;
use crate::table::convert::TableItem;
use crate::table::keys;
use crate::table::update::ItemUpdate;
use crate::{Result, Store, StoreError};

/// Attribute of a tenant's rate limits.
const LIMITS: &str = "limits";

/// The limits to change, under the names of [`people_domain::limit::RateLimits`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LimitsUpdate {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sync_per_minute: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sync_per_day: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub async_per_hour: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub async_per_day: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delete_per_hour: Option<u32>,
}

impl Store {
    /// Changes rate limits of a tenant; within 60 s every process applies them. `None` when the
    /// tenant does not exist.
    pub async fn update_limits(
        &self,
        id: &str,
        limits: LimitsUpdate,
    ) -> Result<Option<Arc<Tenant>>> {
        let changed: TableItem =
            serde_dynamo::to_item(limits).map_err(|_| StoreError::corrupt("limit"))?;
        if changed.is_empty() {
            return self.read_tenant(id).await;
        }
        let mut update = ItemUpdate::default().if_present(keys::PK);
        for (name, limit) in changed {
            update = update.assign(|p| {
                format!("{}.{} = {}", p.add_name(LIMITS), p.add_name(&name), p.add_attribute(limit))
            });
        }
        let written = self.send_update(&keys::tenant_key(id), update).await?;
        let ConditionalWrite::Done(item) = written else { return Ok(None) };
        // The tenant is not cached: of two concurrent changes the first may be answered last.
        self.cache.tenants.invalidate(id);
        let tenant = parse_tenant(item).ok_or_else(|| StoreError::corrupt("tenant"))?;
        Ok(Some(Arc::new(tenant)))
    }
}
