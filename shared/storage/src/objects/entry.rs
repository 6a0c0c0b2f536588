//! Lookup entries: hints that lead from a value of an indexed field to the records that hold it.
//! An entry is marked with the last write that made it, so that neither a put nor a removal that
//! comes late undoes a later one.

use aws_sdk_dynamodb::types::AttributeValue;
use futures::stream::{self, StreamExt, TryStreamExt};
use people_domain::ids::stamp::Stamp;
use people_domain::objects::record::{REVISED, Record, stamp};
use people_domain::schema::metadata::{Field, Object};

use crate::people::resolve::read_record;
use crate::table::convert::Item;
use crate::table::expression::Placeholders;
use crate::table::keys::{self, Key};
use crate::{Result, StoreError, TenantStore};

/// How many entries are put at the same time.
const AT_ONCE: usize = 16;

/// A lookup entry and the write that makes it.
pub(crate) struct Entry {
    key: Key,
    stamp: Stamp,
}

impl TenantStore {
    /// The lookup entries of a record.
    pub(crate) fn entries(&self, object: &Object, record: &Record, stamp: Stamp) -> Vec<Entry> {
        let keys = self.entry_keys(object, record).into_iter();
        keys.map(|key| Entry { key, stamp }).collect()
    }

    fn entry_keys(&self, object: &Object, record: &Record) -> Vec<Key> {
        let key = |field: &Field| {
            let value = record.comparable(object, &field.name)?;
            let hash = self.mint().index_hash(&value);
            Some(keys::index_entry(
                &self.tenant.id,
                &record.object,
                &field.name,
                &hash,
                record.born,
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

    /// Makes the entries of one field for stored records.
    pub(crate) async fn index_items(
        &self,
        object: &str,
        field: &str,
        items: Vec<Item>,
    ) -> Result<()> {
        let metadata = self.metadata().await?;
        let Some(object) = metadata.object(object) else { return Ok(()) };
        let index = keys::index(&self.tenant.id, &object.name, field);
        let mut entries = Vec::new();
        for item in items {
            let key = Key::of(&item).ok_or_else(|| StoreError::corrupt("record"))?;
            let record = read_record(&key, item)?;
            let revised = stamp(&record.attributes, REVISED).unwrap_or(record.born);
            let own = self.entries(object, &record, revised).into_iter();
            entries.extend(own.filter(|entry| entry.key.pk == index));
        }
        self.put_entries(entries).await
    }

    /// Puts entries, except where a later write made them already.
    pub(crate) async fn put_entries(&self, entries: Vec<Entry>) -> Result<()> {
        let puts = stream::iter(entries).map(|entry| self.put_entry(entry));
        puts.buffer_unordered(AT_ONCE).try_collect().await
    }

    async fn put_entry(&self, Entry { key, stamp }: Entry) -> Result<()> {
        let mut placeholders = Placeholders::default();
        let name = placeholders.name(REVISED);
        let condition = format!(
            "attribute_not_exists({name}) OR {name} < {}",
            placeholders.text(stamp.as_str())
        );
        let mut item = key.attributes();
        item.insert(REVISED.to_owned(), AttributeValue::S(stamp.as_str().to_owned()));
        self.store.put_item_if(item, condition, placeholders).await?.reject_conflict()?;
        Ok(())
    }

    /// Removes the entries of values that a record no longer holds, unless a later write made them
    /// again. `after`: none when the record is gone.
    pub(crate) async fn remove_stale(
        &self,
        object: &Object,
        before: &Record,
        after: Option<&Record>,
    ) -> Result<()> {
        let kept = after.map(|after| self.entry_keys(object, after)).unwrap_or_default();
        let seen = stamp(&before.attributes, REVISED).unwrap_or(before.born);
        for key in self.entry_keys(object, before).into_iter().filter(|key| !kept.contains(key)) {
            let mut placeholders = Placeholders::default();
            let condition =
                format!("{} <= {}", placeholders.name(REVISED), placeholders.text(seen.as_str()));
            self.store.delete_item_if(&key, condition, placeholders).await?.reject_conflict()?;
        }
        Ok(())
    }
}
