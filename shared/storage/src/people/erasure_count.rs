//! The tenant's count of erasures. Deletes increment it and jobs read it when they are accepted, so
//! the store orders the two and no clocks are compared.

use crate::table::call::ConditionalWrite;
use crate::table::convert::{TableItem, item_number};
use crate::table::keys;
use crate::table::update::ItemUpdate;
use crate::{Result, StoreError, TenantStore};

const COUNT: &str = "count";

impl TenantStore {
    /// The number of erasures started so far; costs one read unit.
    pub async fn read_erasure_count(&self) -> Result<u64> {
        let item = self.read_item(&keys::erasure_count_key(&self.tenant.id)).await?;
        Ok(item.as_ref().map_or(0, parse_count))
    }

    /// Counts an erasure before its first person is erased, and returns the new count. A retry
    /// whose first answer was lost counts twice, which only makes later numbers greater.
    pub async fn increment_erasure_count(&self) -> Result<u64> {
        let update = ItemUpdate::default().increment(COUNT);
        match self.store.send_update(&keys::erasure_count_key(&self.tenant.id), update).await? {
            ConditionalWrite::Done(item) => Ok(parse_count(&item)),
            _ => Err(StoreError::corrupt("count of erasures")),
        }
    }
}

fn parse_count(item: &TableItem) -> u64 {
    item_number(item, COUNT).unwrap_or_default()
}
