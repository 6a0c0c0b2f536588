//! The tenant's count of erasures. Deletes raise it, jobs read it when they are accepted: so the store
//! tells which of the two came first, and no clocks are compared.

use crate::table::call::ConditionalWrite;
use crate::table::convert::TableItem;
use crate::table::keys;
use crate::table::update::ItemUpdate;
use crate::{Result, StoreError, TenantStore};

/// Attribute that holds the count.
const COUNT: &str = "count";

impl TenantStore {
    /// How many erasures were begun so far; one read unit.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn read_erasure_count(&self) -> Result<u64> {
        let item = self.read_item(&keys::erasure_count_key(&self.tenant.id)).await?;
        Ok(item.as_ref().map_or(0, parse_count))
    }

    /// Counts one more, before its first person is erased; the new count. A try whose answer was lost
    /// counts twice, which only makes later numbers greater.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn increment_erasure_count(&self) -> Result<u64> {
        let update = ItemUpdate::default().increment(COUNT);
        match self.store.send_update(&keys::erasure_count_key(&self.tenant.id), update).await? {
            ConditionalWrite::Done(item) => Ok(parse_count(&item)),
            _ => Err(StoreError::corrupt("count of erasures")),
        }
    }
}

fn parse_count(item: &TableItem) -> u64 {
    item.get(COUNT).and_then(|count| count.as_n().ok()?.parse().ok()).unwrap_or_default()
}
