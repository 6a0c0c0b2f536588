//! Lookup entries of associations: hints from a company or relationship to the people who have it,
//! where a tenant wants such an index (ADR 45). An entry is written before the first write that
//! makes the association, and never again. It is not deleted either: the association of another
//! write may rely on it, and a reader believes it only if the person still has the association.

use std::collections::BTreeSet;

use futures::stream::{self, StreamExt, TryStreamExt};
use people_domain::objects::record::{Attributes, attribute_text};
use people_domain::people::{AssociationIndex, GSID, IndexedTarget};

use super::resolve::BATCH_WRITE_ITEMS_MAX;
use super::upsert::PersonUpsert;
use crate::table::convert::{TableItem, item_text, to_attributes};
use crate::table::keys::{self, ItemKey, SK};
use crate::table::partition::PageRequest;
use crate::{Result, TenantStore};

/// Batches of entries that are put at the same time while an index is built.
const BATCH_CONCURRENCY: usize = 8;

/// A text after all record parts.
const AFTER_ALL_PARTS: &str = "~";

/// A page of the entries of a company or relationship.
#[derive(Debug)]
pub(crate) struct EntryPage {
    /// The record parts of people, in their order.
    pub(crate) parts: Vec<String>,
    pub(crate) has_more: bool,
}

impl TenantStore {
    /// Writes the entries of the associations that a write makes in the item of a person.
    pub(super) async fn write_new_entries(
        &self,
        call: &mut PersonUpsert<'_>,
        before: Option<&Attributes>,
        after: &Attributes,
    ) -> Result<()> {
        let targets = call.indexes.new_targets(before, after, self.ids());
        self.write_entries_once(call, after, targets).await
    }

    /// Writes the entries of a person that moves to another slot.
    pub(super) async fn write_moved_entries(
        &self,
        call: &mut PersonUpsert<'_>,
        before: &Attributes,
        after: &Attributes,
    ) -> Result<()> {
        let targets = call.indexes.moved_targets(before, after, self.ids());
        self.write_entries_once(call, after, targets).await
    }

    /// Writes entries of the person in an item, except those that the call has written already.
    async fn write_entries_once(
        &self,
        call: &mut PersonUpsert<'_>,
        person: &Attributes,
        targets: BTreeSet<IndexedTarget>,
    ) -> Result<()> {
        let Some(part) = attribute_text(person, GSID) else { return Ok(()) };
        let keys = targets.iter().map(|target| self.association_entry_key(target, part));
        let new: Vec<_> = keys.filter(|key| !call.written_entries.contains(key)).collect();
        if new.is_empty() {
            return Ok(());
        }
        let entries = new.iter().map(ItemKey::to_attributes).collect();
        self.batch_put_items(entries).await?;
        call.written_entries.extend(new);
        Ok(())
    }

    /// Reads the entries of a company or relationship, from a record part of a person on.
    pub(crate) async fn read_association_entries(
        &self,
        target: &IndexedTarget,
        from: &str,
        items_max: usize,
    ) -> Result<EntryPage> {
        let first = self.association_entry_key(target, from);
        let last = self.association_entry_key(target, AFTER_ALL_PARTS);
        let request = PageRequest {
            pk: &first.pk,
            sort_keys: Some((&first.sk, &last.sk)),
            items_max: Some(items_max),
            ..PageRequest::default()
        };
        let page = self.query_page(request, None).await?;
        let part = |item: &TableItem| Some(item_text(item, SK)?.split_once('#')?.1.to_owned());
        let parts = page.items.iter().filter_map(part).collect();
        Ok(EntryPage { parts, has_more: page.next.is_some() })
    }

    /// Writes the entries of a page of people. Returns their number, and the cursor of the next
    /// page: the sort key of the last item, or the name of the next partition.
    pub(crate) async fn index_people_page(
        &self,
        index: AssociationIndex,
        cursor: Option<&str>,
    ) -> Result<(usize, Option<String>)> {
        let tenant = &self.tenant.id;
        let cursor = cursor.unwrap_or(keys::FIRST_PEOPLE_PARTITION);
        let start = keys::redirect_key(tenant, cursor);
        let is_within = cursor.len() > keys::FIRST_PEOPLE_PARTITION.len();
        let from = is_within.then(|| start.to_attributes());
        let (items, next) = self.read_partition_page(&start.pk, None, None, from).await?;
        let entries: Vec<_> =
            items.into_iter().flat_map(|item| self.build_person_entries(index, item)).collect();
        let count = entries.len();
        let batches = entries.chunks(BATCH_WRITE_ITEMS_MAX).map(|batch| batch.to_vec());
        let batches: Vec<_> = batches.map(|batch| self.batch_put_items(batch)).collect();
        let puts = stream::iter(batches).buffer_unordered(BATCH_CONCURRENCY);
        puts.try_collect::<()>().await?;
        let next = next.and_then(|next| ItemKey::from_item(&next)).map(|key| key.sk);
        Ok((count, next.or_else(|| keys::next_people_partition(cursor))))
    }

    fn build_person_entries(&self, index: AssociationIndex, item: TableItem) -> Vec<TableItem> {
        let item = to_attributes(item);
        let Some(part) = attribute_text(&item, GSID) else { return Vec::new() };
        let targets = people_domain::people::list_targets(&[index], &item, self.ids());
        let key = |target| self.association_entry_key(target, part).to_attributes();
        targets.iter().map(key).collect()
    }

    /// The key of the entry of a target and the person with this record part.
    fn association_entry_key(&self, target: &IndexedTarget, part: &str) -> ItemKey {
        let IndexedTarget { index, gsid } = target;
        let hash = self.ids().index_hash(gsid);
        keys::association_entry_key(&self.tenant.id, index.object(), index.field(), &hash, part)
    }
}
