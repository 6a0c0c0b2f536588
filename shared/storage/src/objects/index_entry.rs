//! Lookup entries: hints from a value of an indexed field to the records that have it (ADR 12). An
//! entry has the stamp of the last write that put it, so a late put or a late delete undoes no
//! later write.

use aws_sdk_dynamodb::types::AttributeValue;
use futures::stream::{self, StreamExt, TryStreamExt};
use people_domain::ids::stamp::Stamp;
use people_domain::objects::record::{Record, UPDATED, attribute_stamp};
use people_domain::schema::metadata::{Field, Object};

use crate::people::resolve::parse_record;
use crate::table::call::MeteredCall;
use crate::table::convert::TableItem;
use crate::table::expression::Placeholders;
use crate::table::keys::{self, ItemKey};
use crate::{Result, StoreError, TenantStore};

/// Entries that are read in one page.
const ENTRIES_PER_PAGE: i32 = 100;

/// Entries that are put concurrently.
const ENTRY_CONCURRENCY: usize = 16;

/// A lookup entry and the stamp of the write that puts it.
pub(crate) struct IndexEntry {
    key: ItemKey,
    stamp: Stamp,
}

impl TenantStore {
    /// The lookup entries of a record.
    pub(crate) fn build_index_entries(
        &self,
        object: &Object,
        record: &Record,
        stamp: Stamp,
    ) -> Vec<IndexEntry> {
        let keys = self.index_entry_keys(object, record).into_iter();
        keys.map(|key| IndexEntry { key, stamp }).collect()
    }

    fn index_entry_keys(&self, object: &Object, record: &Record) -> Vec<ItemKey> {
        let key = |field: &Field| {
            let value = record.comparable_value(object, &field.name)?;
            let hash = self.ids().index_hash(&value);
            Some(keys::index_entry_key(
                &self.tenant.id,
                &record.object,
                &field.name,
                &hash,
                record.created,
                &record.gsid,
            ))
        };
        object
            .fields()
            .iter()
            .filter(|field| field.indexed || field.indexing)
            .filter_map(key)
            .collect()
    }

    /// Writes the entries of one field for stored records.
    pub(crate) async fn index_records(
        &self,
        object: &str,
        field: &str,
        items: Vec<TableItem>,
    ) -> Result<()> {
        let metadata = self.read_metadata().await?;
        let Some(object) = metadata.object(object) else { return Ok(()) };
        let index = keys::index_partition(&self.tenant.id, &object.name, field);
        let mut entries = Vec::new();
        for item in items {
            let key = ItemKey::from_item(&item).ok_or_else(|| StoreError::corrupt("record"))?;
            let record = parse_record(&key, item)?;
            let updated = attribute_stamp(&record.attributes, UPDATED).unwrap_or(record.created);
            let own = self.build_index_entries(object, &record, updated).into_iter();
            entries.extend(own.filter(|entry| entry.key.pk == index));
        }
        self.write_index_entries(entries).await
    }

    /// Puts entries, except those that a later write has put already.
    pub(crate) async fn write_index_entries(&self, entries: Vec<IndexEntry>) -> Result<()> {
        let puts = stream::iter(entries).map(|entry| self.write_index_entry(entry));
        puts.buffer_unordered(ENTRY_CONCURRENCY).try_collect().await
    }

    async fn write_index_entry(&self, IndexEntry { key, stamp }: IndexEntry) -> Result<()> {
        let mut placeholders = Placeholders::default();
        let name = placeholders.add_name(UPDATED);
        let condition = format!(
            "attribute_not_exists({name}) OR {name} < {}",
            placeholders.add_text(stamp.as_str())
        );
        let mut item = key.to_attributes();
        item.insert(UPDATED.to_owned(), AttributeValue::S(stamp.as_str().to_owned()));
        self.store.put_item_if(item, condition, placeholders).await?.reject_conflict()?;
        Ok(())
    }

    /// Deletes the entries of values that a record no longer has, unless a later write put them
    /// again. `after` is `None` when the record was deleted.
    pub(crate) async fn delete_stale_entries(
        &self,
        object: &Object,
        before: &Record,
        after: Option<&Record>,
    ) -> Result<()> {
        let kept = after.map(|after| self.index_entry_keys(object, after)).unwrap_or_default();
        let updated = attribute_stamp(&before.attributes, UPDATED).unwrap_or(before.created);
        let old = self.index_entry_keys(object, before).into_iter();
        for key in old.filter(|key| !kept.contains(key)) {
            let mut placeholders = Placeholders::default();
            let condition = format!(
                "{} <= {}",
                placeholders.add_name(UPDATED),
                placeholders.add_text(updated.as_str())
            );
            self.store.delete_item_if(&key, condition, placeholders).await?.reject_conflict()?;
        }
        Ok(())
    }

    /// Reads a page of the entries of an indexed field for a value. Returns the keys of the
    /// records that they name, and the key at which the next page starts.
    pub(crate) async fn read_entry_page(
        &self,
        object: &Object,
        field: &str,
        value: &str,
        from: Option<TableItem>,
    ) -> Result<(Vec<ItemKey>, Option<TableItem>)> {
        let pk = keys::index_partition(&self.tenant.id, &object.name, field);
        let hash = format!("{}#", self.ids().index_hash(value));
        let call = self
            .store
            .db
            .query()
            .table_name(&*self.store.table)
            .consistent_read(true)
            .limit(ENTRIES_PER_PAGE)
            .key_condition_expression("pk = :pk AND begins_with(sk, :hash)")
            .expression_attribute_values(":pk", AttributeValue::S(pk))
            .expression_attribute_values(":hash", AttributeValue::S(hash))
            .set_exclusive_start_key(from);
        let answer = call.send_metered(&self.store.meter).await?;
        let key = |entry: TableItem| {
            let key = ItemKey::from_item(&entry)?;
            Some(keys::record_key(&self.tenant.id, &object.name, key.sk.rsplit('#').next()?))
        };
        let keys = answer.items.unwrap_or_default().into_iter().filter_map(key).collect();
        Ok((keys, answer.last_evaluated_key))
    }
}
