//! The tenant's count of erasures. Deletes raise it, jobs read it when they are accepted: so the store
//! tells which of the two came first, and no clocks are compared.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity, ReturnValue};

use crate::table::convert::Item;
use crate::table::keys;
use crate::{Result, TenantStore};

/// Attribute that holds the count.
const COUNT: &str = "count";

impl TenantStore {
    /// How many erasures were begun so far; one read unit.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn erasures(&self) -> Result<u64> {
        let item = self.raw_item(&keys::erasures(&self.tenant.id)).await?;
        Ok(item.as_ref().map_or(0, read))
    }

    /// Counts one more, before its first person is erased; the new count. A try whose answer was lost
    /// counts twice, which only makes later numbers greater.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn begin_erasure(&self) -> Result<u64> {
        let key = keys::erasures(&self.tenant.id).attributes();
        let call = self.store.db.update_item().table_name(&*self.store.table).set_key(Some(key));
        let call =
            call.update_expression("ADD #count :one").expression_attribute_names("#count", COUNT);
        let call = call
            .expression_attribute_values(":one", AttributeValue::N("1".to_owned()))
            .return_values(ReturnValue::UpdatedNew)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let answer = self.store.meter.time(call.send()).await?;
        self.store.meter.consumed(answer.consumed_capacity());
        Ok(answer.attributes.as_ref().map_or(0, read))
    }
}

fn read(item: &Item) -> u64 {
    item.get(COUNT).and_then(|count| count.as_n().ok()?.parse().ok()).unwrap_or_default()
}
