//! Deleting one record: first the record, then its lookup entries, which are only hints and lead
//! nowhere without it.

use std::sync::Arc;

use people_domain::ids::gsid::Gsid;
use people_domain::objects::record::{Record, UPDATED, attribute_text};

use crate::objects::generation::is_cached_object;
use crate::people::resolve::parse_record;
use crate::table::call::ConditionalWrite;
use crate::table::expression::Placeholders;
use crate::table::keys::{self, ItemKey};
use crate::{Result, StoreError, TenantStore};

/// How often a delete starts again because the record changed meanwhile.
const DELETE_ATTEMPTS_MAX: usize = 8;

impl TenantStore {
    /// Deletes a record; false when there is none, or only one that went with its company.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn delete_record(&self, name: &str, gsid: &Gsid) -> Result<bool> {
        let metadata = self.read_metadata().await?;
        let Some(object) = metadata.object(name) else { return Ok(false) };
        let key = keys::record_key(&self.tenant.id, &object.name, gsid.as_str());
        let deleted = self.delete_latest_record(&key).await?;
        if let Some(record) = &deleted {
            // The record is gone; an entry that stays is a hint that no record confirms.
            _ = self.delete_stale_entries(object, record, None).await;
        }
        // Where no record is, an earlier try may have deleted it and told nobody.
        if is_cached_object(object) {
            self.advance_generation().await?;
        }
        let was_there =
            self.drop_orphaned_relationships(deleted.into_iter().map(Arc::new).collect()).await?;
        Ok(!was_there.is_empty())
    }

    /// Deletes the record at a key, and says what it was.
    async fn delete_latest_record(&self, key: &ItemKey) -> Result<Option<Record>> {
        for _ in 0..DELETE_ATTEMPTS_MAX {
            let Some(item) = self.read_item(key).await? else { return Ok(None) };
            let record = parse_record(key, item)?;
            if self.delete_record_as_read(key, &record).await? {
                return Ok(Some(record));
            }
        }
        Err(StoreError::Unavailable("a record that others keep changing".to_owned()))
    }

    /// Deletes a record as it was read; false when it was changed since. One that is gone counts as
    /// deleted: the client sends a call again whose answer is lost, and then nothing is there.
    async fn delete_record_as_read(&self, key: &ItemKey, record: &Record) -> Result<bool> {
        let revised = attribute_text(&record.attributes, UPDATED).unwrap_or_default();
        let mut placeholders = Placeholders::default();
        let condition =
            format!("{} = {}", placeholders.add_name(UPDATED), placeholders.add_text(revised));
        Ok(match self.store.delete_item_if(key, condition, placeholders).await? {
            ConditionalWrite::Done(_) | ConditionalWrite::Missed(None) => true,
            ConditionalWrite::Missed(Some(_)) | ConditionalWrite::Conflict => false,
        })
    }
}
