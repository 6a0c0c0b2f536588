//! Updates a tenant's settings one by one, so concurrent updates by two operators are both kept.

use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use people_domain::event_policy::EventPolicy;
use people_domain::limit::RateLimits;
use serde::Serialize;

use super::{Tenant, parse_tenant};
use crate::table::call::ConditionalWrite;
use crate::table::convert::TableItem;
use crate::table::keys;
use crate::table::update::ItemUpdate;
use crate::{Result, Store, StoreError};

/// Attribute of a tenant's rate limits.
const LIMITS: &str = "limits";

/// Attribute of a tenant's policy for events.
const EVENTS: &str = "events";

/// The settings to change; the others stay.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SettingsUpdate {
    pub limits: LimitsUpdate,
    pub events: Option<EventPolicy>,
}

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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub px_per_minute: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub px_per_day: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gs_per_minute: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gs_per_day: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pt_per_minute: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pt_per_day: Option<u32>,
}

/// An update of every limit.
impl From<RateLimits> for LimitsUpdate {
    fn from(limits: RateLimits) -> Self {
        Self {
            sync_per_minute: Some(limits.sync_per_minute),
            sync_per_day: Some(limits.sync_per_day),
            async_per_hour: Some(limits.async_per_hour),
            async_per_day: Some(limits.async_per_day),
            delete_per_hour: Some(limits.delete_per_hour),
            px_per_minute: Some(limits.px_per_minute),
            px_per_day: Some(limits.px_per_day),
            gs_per_minute: Some(limits.gs_per_minute),
            gs_per_day: Some(limits.gs_per_day),
            pt_per_minute: Some(limits.pt_per_minute),
            pt_per_day: Some(limits.pt_per_day),
        }
    }
}

impl Store {
    /// Changes settings of a tenant; within 60 s every process applies them. `None` when the tenant
    /// does not exist.
    pub async fn update_settings(
        &self,
        id: &str,
        change: SettingsUpdate,
    ) -> Result<Option<Arc<Tenant>>> {
        let Some(update) = build_update(change)? else { return self.read_tenant(id).await };
        let written = self.send_update(&keys::tenant_key(id), update).await?;
        let ConditionalWrite::Done(item) = written else { return Ok(None) };
        // The tenant is not cached: of two concurrent changes the first may be answered last.
        self.cache.tenants.invalidate(id);
        let tenant = parse_tenant(item).ok_or_else(|| StoreError::corrupt("tenant"))?;
        Ok(Some(Arc::new(tenant)))
    }
}

/// The update of a tenant's item; `None` if nothing changes.
fn build_update(change: SettingsUpdate) -> Result<Option<ItemUpdate>> {
    let limits: TableItem =
        serde_dynamo::to_item(change.limits).map_err(|_| StoreError::corrupt("limit"))?;
    if limits.is_empty() && change.events.is_none() {
        return Ok(None);
    }
    let mut update = ItemUpdate::default().if_present(keys::PK);
    for (name, limit) in limits {
        update = update.assign(|p| {
            format!("{}.{} = {}", p.add_name(LIMITS), p.add_name(&name), p.add_attribute(limit))
        });
    }
    if let Some(events) = change.events {
        let events = AttributeValue::S(events.as_str().to_owned());
        update = update.assign(|p| format!("{} = {}", p.add_name(EVENTS), p.add_attribute(events)));
    }
    Ok(Some(update))
}
