//! Deletes one record: first the record, then its lookup entries, which are only hints and match
//! nothing without the record.

use std::sync::Arc;

use people_domain::ids::gsid::Gsid;
use people_domain::objects::record::{Record, UPDATED, attribute_text};

use crate::objects::generation::is_cached_object;
use crate::people::resolve::parse_record;
use crate::table::call::ConditionalWrite;
use crate::table::expression::Placeholders;
use crate::table::keys::{self, ItemKey};
use crate::{Result, StoreError, TenantStore};

/// Attempts at a delete whose record others change.
const DELETE_ATTEMPTS_MAX: usize = 8;

impl TenantStore {
    /// Deletes a record; false when it does not exist, or is a relationship of a deleted company.
    pub async fn delete_record(&self, name: &str, gsid: &Gsid) -> Result<bool> {
        let metadata = self.read_metadata().await?;
        let Some(object) = metadata.object(name) else { return Ok(false) };
        let key = keys::record_key(&self.tenant.id, &object.name, gsid.as_str());
        let deleted = self.delete_latest_record(&key).await?;
        if let Some(record) = &deleted {
            // The record is deleted; an entry that remains is a hint that no record confirms.
            _ = self.delete_stale_entries(object, record, None).await;
        }
        // When the record is absent, an earlier attempt may have deleted it without advancing the
        // generation.
        if is_cached_object(object) {
            self.advance_generation().await?;
        }
        let existing =
            self.drop_orphaned_relationships(deleted.into_iter().map(Arc::new).collect()).await?;
        Ok(!existing.is_empty())
    }

    /// Deletes the record at a key and returns it.
    async fn delete_latest_record(&self, key: &ItemKey) -> Result<Option<Record>> {
        for _ in 0..DELETE_ATTEMPTS_MAX {
            let Some(item) = self.read_item(key).await? else { return Ok(None) };
            let record = parse_record(key, item)?;
            if self.delete_record_as_read(key, &record).await? {
                return Ok(Some(record));
            }
        }
        Err(StoreError::contended("a record"))
    }

    /// Deletes a record as it was read; false when it was changed since. An absent record counts as
    /// deleted: the SDK repeats a call whose answer is lost, and the repeated call finds nothing.
    async fn delete_record_as_read(&self, key: &ItemKey, record: &Record) -> Result<bool> {
        let updated = attribute_text(&record.attributes, UPDATED).unwrap_or_default();
        let mut placeholders = Placeholders::default();
        let condition =
            format!("{} = {}", placeholders.add_name(UPDATED), placeholders.add_text(updated));
        Ok(match self.store.delete_item_if(key, condition, placeholders).await? {
            ConditionalWrite::Done(_) | ConditionalWrite::Missed(None) => true,
            ConditionalWrite::Missed(Some(_)) | ConditionalWrite::Conflict => false,
        })
    }
}
