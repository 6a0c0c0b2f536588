//! Deleting one record: first the record, then its lookup entries, which are only hints and lead
//! nowhere without it.

use aws_sdk_dynamodb::types::{ReturnConsumedCapacity, ReturnValue};
use people_domain::gsid::Gsid;

use crate::generation::is_remembered;
use crate::keys;
use crate::resolve::read_record;
use crate::{Result, TenantStore};

impl TenantStore {
    /// Deletes a record; false when there is none, and then nothing is written.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn delete_record(&self, name: &str, gsid: &Gsid) -> Result<bool> {
        let metadata = self.metadata().await?;
        let Some(object) = metadata.object(name) else { return Ok(false) };
        let key = keys::object(&self.tenant.id, &object.name, gsid.as_str());
        let call = self.store.db.delete_item().table_name(&*self.store.table);
        let call = call.set_key(Some(key.attributes())).return_values(ReturnValue::AllOld);
        let call = call.return_consumed_capacity(ReturnConsumedCapacity::Total);
        let answer = self.store.meter.time(call.send()).await?;
        self.store.meter.consumed(answer.consumed_capacity());
        let deleted = answer.attributes.map(|item| read_record(&key, item)).transpose()?;
        if let Some(record) = &deleted {
            // The record is gone; an entry that stays is a hint that no record confirms.
            _ = self.remove_stale(object, record, None).await;
        }
        // Where no record is, an earlier try may have deleted it and told nobody.
        if is_remembered(object) {
            self.advance_generation().await?;
        }
        Ok(deleted.is_some())
    }
}
