//! The users of a tenant by their entries, in the order of their GSIDs. An entry is a hint: the
//! person may have lost its id, or may not have got it.

use std::collections::{HashMap, VecDeque};

use futures::future::try_join_all;
use futures::stream::{self, StreamExt, TryStreamExt};
use people_domain::identity::{IdentifiedPerson, IdentityKind};
use people_domain::ids::gsid::{Gsid, GsidKind};
use people_domain::ids::tenant_ids::Locator;
use people_domain::people::Slot;

use super::rows::StoredRow;
use crate::table::convert::{TableItem, to_attributes};
use crate::table::keys::{self, ItemKey, SK};
use crate::table::partition::PageRequest;
use crate::{Result, StoreError, TenantStore};

/// Shards that are read at the same time.
pub(super) const SHARD_CONCURRENCY: usize = 8;

/// Entries of one call; they are small.
const ENTRIES_MIN: usize = 50;
const ENTRIES_MAX: usize = 1_000;

/// People that are read one by one at the same time, because they have moved.
const MOVED_CONCURRENCY: usize = 16;

/// A walk through the users after one of them.
pub(super) struct UserWalk<'s> {
    store: &'s TenantStore,
    /// The entries that were read of the first shards, and the starts of their rests.
    read: VecDeque<ShardPage>,
    /// The shards that nothing was read of.
    unread: VecDeque<Shard>,
    is_first: bool,
}

/// The entries of a shard after a key.
#[derive(Clone)]
struct Shard {
    pk: String,
    from: Option<TableItem>,
}

struct ShardPage {
    /// Record parts.
    parts: VecDeque<String>,
    /// The rest of the shard.
    rest: Option<Shard>,
}

impl<'s> UserWalk<'s> {
    /// `after` is the GSID of the last user of the page before.
    pub(super) fn new(store: &'s TenantStore, after: Option<&str>) -> Result<Self> {
        let tenant = &store.tenant.id;
        let gsid = after.and_then(Gsid::parse);
        let part = gsid.as_ref().and_then(|gsid| store.ids().person_record_part(gsid));
        if part.is_none() && after.is_some() {
            return Err(StoreError::corrupt("position"));
        }
        let last = part.and_then(|part| part.chars().next());
        let from = part.map(|part| keys::px_user_entry_key(tenant, part).to_attributes());
        let shards = keys::people_shards().filter(|shard| last.is_none_or(|last| *shard >= last));
        let unread = shards.map(|shard| Shard {
            pk: keys::px_user_partition(tenant, shard),
            from: from.clone().filter(|_| last == Some(shard)),
        });
        Ok(Self { store, read: VecDeque::new(), unread: unread.collect(), is_first: true })
    }

    pub(super) async fn next_rows(&mut self, wanted: usize) -> Result<Option<Vec<StoredRow>>> {
        let parts = self.next_parts(wanted).await?;
        if parts.is_empty() {
            return Ok(None);
        }
        let people = self.store.read_px_people(parts).await?;
        Ok(Some(people.into_iter().map(StoredRow::User).collect()))
    }

    /// The next record parts, at most `wanted`; none at the end.
    async fn next_parts(&mut self, wanted: usize) -> Result<Vec<String>> {
        let mut parts = Vec::new();
        while parts.len() < wanted {
            let Some(page) = self.read.front_mut() else {
                if !self.read_shards(wanted).await? {
                    break;
                }
                continue;
            };
            if let Some(part) = page.parts.pop_front() {
                parts.push(part);
            } else if let Some(rest) = page.rest.take() {
                *page = self.store.read_shard(rest, entries_of(wanted)).await?;
            } else {
                self.read.pop_front();
            }
        }
        Ok(parts)
    }

    /// Reads the next shards: first one, which holds the page of a tenant with many users, then
    /// several at the same time. False if there are none left.
    async fn read_shards(&mut self, wanted: usize) -> Result<bool> {
        let count = if self.is_first { 1 } else { SHARD_CONCURRENCY };
        self.is_first = false;
        let shards: Vec<_> = self.unread.drain(..count.min(self.unread.len())).collect();
        let read = shards.into_iter().map(|shard| self.store.read_shard(shard, entries_of(wanted)));
        let pages = try_join_all(read).await?;
        self.read.extend(pages);
        Ok(!self.read.is_empty())
    }

    /// The partitions that are left, each with the key after which it goes on.
    pub(super) fn rest(&self) -> Vec<(String, Option<TableItem>)> {
        let read = self.read.iter().filter_map(|page| page.rest.clone());
        read.chain(self.unread.iter().cloned()).map(|shard| (shard.pk, shard.from)).collect()
    }

    /// The entries that were read and not passed on.
    pub(super) fn read_ahead(&self) -> usize {
        self.read.iter().map(|page| page.parts.len()).sum()
    }
}

fn entries_of(wanted: usize) -> usize {
    wanted.clamp(ENTRIES_MIN, ENTRIES_MAX)
}

impl TenantStore {
    async fn read_shard(&self, shard: Shard, items_max: usize) -> Result<ShardPage> {
        let attributes = [SK.to_owned()];
        let request = PageRequest {
            pk: &shard.pk,
            attributes: Some(&attributes),
            items_max: Some(items_max),
            ..PageRequest::default()
        };
        let page = self.query_page(request, shard.from).await?;
        let part = |item: &TableItem| item.get(SK)?.as_s().ok().cloned();
        let rest = page.next.map(|next| Shard { pk: shard.pk, from: Some(next) });
        Ok(ShardPage { parts: page.items.iter().filter_map(part).collect(), rest })
    }

    /// Reads the people with these record parts that are users, in this order: most are in their
    /// home slots.
    async fn read_px_people(&self, parts: Vec<String>) -> Result<Vec<IdentifiedPerson>> {
        let key =
            |part: &str| Some(keys::slot_key(&self.tenant.id, &Locator::from_record_part(part)?));
        let slots: Vec<ItemKey> = parts.iter().filter_map(|part| key(part)).collect();
        let found = self.batch_get_items(slots).await?;
        let (mut at_home, mut elsewhere) = (HashMap::new(), Vec::new());
        for part in &parts {
            let item = key(part).and_then(|key| found.get(&key)).cloned().map(to_attributes);
            match item.filter(|item| Slot::parse(item).is_person(part)) {
                Some(item) => _ = at_home.insert(part.clone(), item),
                None => elsewhere.push(part.clone()),
            }
        }
        let moved = stream::iter(elsewhere).map(|part| async move {
            let found = self.read_by_record_part(&part).await?;
            Result::Ok(found.map(|(_, item)| (part, item)))
        });
        let moved: Vec<_> = moved.buffer_unordered(MOVED_CONCURRENCY).try_collect().await?;
        at_home.extend(moved.into_iter().flatten());
        let person = |part: &String| {
            let person = IdentifiedPerson::from_attributes(at_home.remove(part)?, self.ids())?;
            // A person that was merged into another is listed as that one.
            let is_own = person.gsid == self.ids().gsid_of_part(GsidKind::Person, part);
            person.identity(IdentityKind::Px)?;
            is_own.then_some(person)
        };
        Ok(parts.iter().filter_map(person).collect())
    }
}
