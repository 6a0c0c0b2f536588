//! A tenant's limits change, each by itself: two operators at the same time lose nothing.

use std::sync::Arc;

use aws_sdk_dynamodb::types::ReturnValue;
use serde::Serialize;

use super::{Tenant, read_tenant};
use crate::table::convert::Item;
use crate::table::error::missed;
use crate::table::expression::Placeholders;
use crate::table::keys;
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
        let changed: Item =
            serde_dynamo::to_item(limits).map_err(|_| StoreError::corrupt("limit"))?;
        if changed.is_empty() {
            return self.tenant(id).await;
        }
        let mut place = Placeholders::default();
        let (key, map) = (place.name(keys::PK), place.name(LIMITS));
        let sets = changed.into_iter().map(|(name, limit)| {
            format!("{map}.{} = {}", place.name(&name), place.attribute(limit))
        });
        let expression = format!("SET {}", sets.collect::<Vec<_>>().join(", "));
        let (names, values) = place.into_parts();
        let call = self.db.update_item().table_name(&*self.table);
        let call = call
            .set_key(Some(keys::tenant(id).attributes()))
            .update_expression(expression)
            .condition_expression(format!("attribute_exists({key})"))
            .set_expression_attribute_names(names)
            .set_expression_attribute_values(values)
            .return_values(ReturnValue::AllNew);
        let item = match self.meter.time(call.send()).await {
            Ok(answer) => answer.attributes.unwrap_or_default(),
            Err(error) => return missed(error).map(|_| None),
        };
        // Not remembered: of two changes at the same time the first may be answered last.
        self.cache.tenants.invalidate(id);
        let tenant = read_tenant(item).ok_or_else(|| StoreError::corrupt("tenant"))?;
        Ok(Some(Arc::new(tenant)))
    }
}
