//! Reads people of a batch before the first of them is written, a hundred at a time. The people
//! whose email a row changes are always read, because that row is ordered with the rows of the old
//! email too. All people are read when a sample shows that it pays (ADR 26).

use std::collections::{HashMap, HashSet};

use futures::stream::{self, StreamExt, TryStreamExt};
use people_domain::ids::gsid::Gsid;
use people_domain::ids::tenant_ids::Locator;
use people_domain::objects::record::{self, Attributes, attribute_text};
use people_domain::people::outcome::RowInFlight;
use people_domain::people::plan::PersonWrite;
use people_domain::people::row::PersonRef;
use people_domain::people::{ALIAS, EMAIL, GSID, LEFT, REDIRECT, Slot};

use super::apply::merge_writes;
use crate::people::resolve::BATCH_GET_KEYS_MAX;
use crate::table::convert::to_attributes;
use crate::table::keys::{self, ItemKey};
use crate::{Result, TenantStore};

/// People that are read to decide whether all are.
const SAMPLE_PEOPLE: usize = 25;

/// Bytes of prefetched items that a batch keeps whole. Of further items it keeps only
/// [`SLOT_ATTRIBUTES`]. An item has at most 400 KB, and takes about twice as much memory.
const KEPT_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Bytes of a large person, and the concurrent calls that read such people: a call returns up to
/// 16 MB, which take several times as much memory.
const LARGE_PERSON_BYTES: usize = 16 * 1024;
const LARGE_READ_CONCURRENCY: usize = 2;

/// Concurrent calls that read small people.
const SMALL_READ_CONCURRENCY: usize = 16;

/// Attributes that determine a person's slot and a slot's occupant.
const SLOT_ATTRIBUTES: [&str; 5] = [GSID, EMAIL, ALIAS, REDIRECT, LEFT];

/// The people of a batch before the first of them is written, as far as they were read.
#[derive(Default)]
pub(super) struct PrefetchedPeople {
    /// Items by slot key; `None` for an absent item.
    items: HashMap<ItemKey, Option<Attributes>>,
    /// Estimated bytes of the items that are kept whole.
    bytes: usize,
    /// Keys of the items that are not kept whole.
    pub(super) trimmed: HashSet<ItemKey>,
    /// Slots of the people that are not at their home slots, by record part.
    moved_slots: HashMap<String, ItemKey>,
    /// The stored email keys of the people whose email a row changes, by GSID.
    former_emails: HashMap<Gsid, String>,
    /// Whether most people of the sample do not exist.
    pub(super) mostly_new: bool,
}

impl PrefetchedPeople {
    pub(super) fn item_at(&self, key: &ItemKey) -> Option<&Attributes> {
        self.items.get(key)?.as_ref()
    }

    /// The item at a slot that was read and is kept whole; `None` in it is an absent item.
    pub(super) fn whole_item_at(&self, key: &ItemKey) -> Option<Option<&Attributes>> {
        self.items.get(key).filter(|_| !self.trimmed.contains(key)).map(Option::as_ref)
    }

    fn has_read(&self, key: &ItemKey) -> bool {
        self.items.contains_key(key)
    }

    /// Reduces an item to [`SLOT_ATTRIBUTES`] once [`KEPT_BYTES_MAX`] are kept.
    fn trim_beyond_budget(&mut self, key: &ItemKey, item: &mut Attributes) {
        let bytes = record::estimate_bytes(item);
        if self.bytes + bytes > KEPT_BYTES_MAX {
            item.retain(|name, _| SLOT_ATTRIBUTES.contains(&name.as_str()));
            self.trimmed.insert(key.clone());
        } else {
            self.bytes += bytes;
        }
    }

    /// The number of concurrent calls. People may be large as long as none was read.
    fn read_concurrency(&self) -> usize {
        let are_small =
            !self.items.is_empty() && self.bytes / self.items.len() < LARGE_PERSON_BYTES;
        if are_small { SMALL_READ_CONCURRENCY } else { LARGE_READ_CONCURRENCY }
    }

    /// The email that a write takes from its person.
    pub(super) fn former_email(&self, write: &PersonWrite) -> Option<&str> {
        self.former_emails.get(email_changing_gsid(write)?).map(String::as_str)
    }
}

impl TenantStore {
    /// Reads the people whose email a row may change: those of rows that name a GSID and an email.
    /// A call with one row reads nobody, because no other row is ordered by the old email.
    pub(super) async fn prefetch_email_changes(
        &self,
        rows: &[RowInFlight<'_>],
    ) -> Result<PrefetchedPeople> {
        let mut prefetched = PrefetchedPeople::default();
        let rows: Vec<_> = rows.iter().filter(|row| row.outcome.is_none()).collect();
        if rows.len() < 2 {
            return Ok(prefetched);
        }
        let gsids: HashSet<&Gsid> =
            rows.iter().filter_map(|row| email_changing_gsid(&row.plan.write)).collect();
        let parts: Vec<_> =
            gsids.iter().filter_map(|gsid| self.ids().person_record_part(gsid)).collect();
        self.prefetch_slots(&mut prefetched, &parts).await?;
        for gsid in gsids {
            let Some(part) = self.ids().person_record_part(gsid) else { continue };
            let key = self.slot_key_of_record_part(part, &prefetched);
            let email = match key.and_then(|key| prefetched.item_at(&key)).map(Slot::parse) {
                Some(Slot::Person { part: found, email }) if found == part => email.to_owned(),
                _ => continue,
            };
            prefetched.former_emails.insert(gsid.clone(), email);
        }
        Ok(prefetched)
    }

    /// Reads people by their record parts: at their home slots, or where their redirects point.
    async fn prefetch_slots(
        &self,
        prefetched: &mut PrefetchedPeople,
        parts: &[&str],
    ) -> Result<()> {
        let tenant = &self.tenant.id;
        let home_keys = parts
            .iter()
            .filter_map(|part| Locator::from_record_part(part))
            .map(|home_slot| keys::slot_key(tenant, &home_slot))
            .filter(|key| !prefetched.has_read(key));
        self.prefetch_items(prefetched, home_keys.collect()).await?;
        let has_other_item = |part: &&&str| {
            let key = self.slot_key_of_record_part(part, prefetched);
            let item = key.and_then(|key| prefetched.item_at(&key));
            item.is_some_and(|item| !Slot::parse(item).is_person(part))
        };
        let moved_parts: Vec<_> = parts.iter().filter(has_other_item).collect();
        let redirects = moved_parts.iter().map(|part| keys::redirect_key(tenant, part));
        self.prefetch_items(prefetched, redirects.collect()).await?;
        for part in moved_parts {
            let redirect = prefetched.item_at(&keys::redirect_key(tenant, part));
            let slot = redirect.and_then(|item| Locator::parse(attribute_text(item, REDIRECT)?));
            if let Some(slot) = slot {
                prefetched.moved_slots.insert((**part).to_owned(), keys::slot_key(tenant, &slot));
            }
        }
        let moved = prefetched.moved_slots.values().filter(|key| !prefetched.has_read(key));
        self.prefetch_items(prefetched, moved.cloned().collect()).await
    }

    /// Reads a sample of the people, and all of them when a row of the sample changes nothing, or
    /// when their writes need what was read (`reads_all`).
    pub(super) async fn prefetch_people(
        &self,
        prefetched: &mut PrefetchedPeople,
        rows: &[RowInFlight<'_>],
        groups: &[Vec<usize>],
        reads_all: bool,
    ) -> Result<()> {
        let write = |group: &Vec<usize>| merge_writes(rows, group).map(|(_, write)| write);
        let (sample, rest) = groups.split_at(groups.len().min(SAMPLE_PEOPLE));
        let sample: Vec<PersonWrite> = sample.iter().filter_map(write).collect();
        self.prefetch_write_slots(prefetched, sample.iter()).await?;
        let sample_keys: Vec<_> =
            sample.iter().filter_map(|write| self.slot_key_of_write(write, prefetched)).collect();
        let existing = sample_keys.iter().filter(|key| prefetched.item_at(key).is_some()).count();
        prefetched.mostly_new = existing * 2 < sample_keys.len();
        let is_unchanged = |write: &PersonWrite| {
            let key = self.slot_key_of_write(write, prefetched);
            let item = key.and_then(|key| prefetched.item_at(&key));
            item.is_some_and(|item| self.is_unchanged_by(write, item))
        };
        if reads_all || sample.iter().any(is_unchanged) {
            let first = |group: &Vec<usize>| Some(&rows.get(*group.first()?)?.plan.write);
            self.prefetch_write_slots(prefetched, rest.iter().filter_map(first)).await?;
        }
        Ok(())
    }

    async fn prefetch_write_slots<'w>(
        &self,
        prefetched: &mut PrefetchedPeople,
        writes: impl Iterator<Item = &'w PersonWrite>,
    ) -> Result<()> {
        let writes: Vec<_> = writes.collect();
        let keys = writes.iter().filter_map(|write| self.slot_key_of_write(write, prefetched));
        let keys = keys.filter(|key| !prefetched.has_read(key)).collect();
        self.prefetch_items(prefetched, keys).await?;
        // People that are not at their home slots may have moved, and an alias names its person.
        let named = writes.iter().filter_map(|write| self.record_part_of_write(write));
        let aliases = writes.iter().filter_map(|write| self.email_slot_key(write));
        let aliases = aliases.filter_map(|key| Slot::parse(prefetched.item_at(&key)?).alias_part());
        let parts: Vec<String> = named.chain(aliases).map(str::to_owned).collect();
        let parts: Vec<_> = parts.iter().map(String::as_str).collect();
        self.prefetch_slots(prefetched, &parts).await
    }

    async fn prefetch_items(
        &self,
        prefetched: &mut PrefetchedPeople,
        keys: Vec<ItemKey>,
    ) -> Result<()> {
        if keys.is_empty() {
            return Ok(());
        }
        let calls: Vec<_> =
            keys.chunks(BATCH_GET_KEYS_MAX).map(|keys| self.batch_get_attributes(keys)).collect();
        let mut calls = stream::iter(calls).buffered(prefetched.read_concurrency());
        while let Some(read) = calls.try_next().await? {
            for (key, mut item) in read {
                if let Some(item) = &mut item {
                    prefetched.trim_beyond_budget(&key, item);
                }
                prefetched.items.insert(key, item);
            }
        }
        Ok(())
    }

    /// Reads the items of one call with their keys.
    async fn batch_get_attributes(
        &self,
        keys: &[ItemKey],
    ) -> Result<Vec<(ItemKey, Option<Attributes>)>> {
        let mut items = self.batch_get_items(keys.to_vec()).await?;
        let read = |key: &ItemKey| (key.clone(), items.remove(key).map(to_attributes));
        Ok(keys.iter().map(read).collect())
    }

    /// The key of the slot at which the person is expected.
    pub(super) fn slot_key_of_write(
        &self,
        write: &PersonWrite,
        prefetched: &PrefetchedPeople,
    ) -> Option<ItemKey> {
        let part = match self.email_slot_key(write) {
            Some(key) => {
                match prefetched.item_at(&key).and_then(|item| Slot::parse(item).alias_part()) {
                    Some(part) => part,
                    None => return Some(key),
                }
            }
            None => self.record_part_of_write(write)?,
        };
        self.slot_key_of_record_part(part, prefetched)
    }

    /// The key of the slot of the email by which a write finds its person.
    pub(super) fn email_slot_key(&self, write: &PersonWrite) -> Option<ItemKey> {
        match (&write.person_ref, &write.email) {
            (PersonRef::Email(email), _) | (PersonRef::Gsid(..), Some(email)) => {
                Some(keys::slot_key(&self.tenant.id, &self.ids().locator(email)))
            }
            (PersonRef::Gsid(..), None) | (PersonRef::LookedUp(_) | PersonRef::Unidentified, _) => {
                None
            }
        }
    }

    /// The record part of a person that a write names by its GSID alone.
    fn record_part_of_write<'w>(&self, write: &'w PersonWrite) -> Option<&'w str> {
        match (&write.person_ref, &write.email) {
            (PersonRef::Gsid(gsid, _), None) => self.ids().person_record_part(gsid),
            _ => None,
        }
    }

    fn slot_key_of_record_part(
        &self,
        part: &str,
        prefetched: &PrefetchedPeople,
    ) -> Option<ItemKey> {
        let home_key = || Some(keys::slot_key(&self.tenant.id, &Locator::from_record_part(part)?));
        prefetched.moved_slots.get(part).cloned().or_else(home_key)
    }
}

/// The GSID of a person whose email the write may change.
fn email_changing_gsid(write: &PersonWrite) -> Option<&Gsid> {
    match (&write.person_ref, &write.email) {
        (PersonRef::Gsid(gsid, _), Some(_)) => Some(gsid),
        _ => None,
    }
}
