//! A tenant's limits change, each by itself: two operators at the same time lose nothing.

use std::sync::Arc;

use serde::Serialize;

use super::{Tenant, parse_tenant};
use crate::table::call::ConditionalWrite;
use crate::table::convert::TableItem;
use crate::table::keys;
use crate::table::update::ItemUpdate;
use crate::{Result, Store, StoreError};

/// The attribute that has a tenant's limits.
const LIMITS: &str = "limits";

/// The limits that change, under the names of [`people_domain::limit::Limits`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LimitsUpdate {
    /// Synchronous calls a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sync_per_minute: Option<u32>,
    /// Synchronous calls a day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sync_per_day: Option<u32>,
    /// Asynchronous calls an hour.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub async_per_hour: Option<u32>,
    /// Asynchronous calls a day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub async_per_day: Option<u32>,
    /// Deletes an hour.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delete_per_hour: Option<u32>,
}

impl Store {
    /// Changes limits of a tenant; within 60 s every process counts by them. None when there is no
    /// such tenant.
    ///
    /// # Errors
    /// When the store fails.
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
        // Not remembered: of two changes at the same time the first may be answered last.
        self.cache.tenants.invalidate(id);
        let tenant = parse_tenant(item).ok_or_else(|| StoreError::corrupt("tenant"))?;
        Ok(Some(Arc::new(tenant)))
    }
}
