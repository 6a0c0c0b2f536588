//! People that a batch is about are read before the first of them is written, a hundred at a time:
//! those whose email a row changes, for that row counts under the old one too; and where a look at a
//! few says that it pays, all, for rows that change nothing cost no write (ADR 26).

use std::collections::{HashMap, HashSet};

use futures::stream::{self, StreamExt, TryStreamExt};
use people_domain::ids::email::Email;
use people_domain::ids::gsid::Gsid;
use people_domain::ids::tenant_ids::Locator;
use people_domain::objects::record::{self, Attributes, attribute_text};
use people_domain::people::outcome::RowInFlight;
use people_domain::people::plan::PersonWrite;
use people_domain::people::row::PersonRef;
use people_domain::people::{
    EMAIL, GSID, LEFT, NamedBy, Person, REDIRECT, WriteContext, build_assignments, would_change,
};

use super::apply::merge_writes;
use crate::people::precondition::Precondition;
use crate::people::resolve::BATCH_GET_KEYS_MAX;
use crate::table::convert::to_attributes;
use crate::table::keys::{self, ItemKey};
use crate::{Result, TenantStore};

/// How many people are looked at before all are.
const SAMPLE_PEOPLE: usize = 25;

/// Bytes of people that a batch keeps as they were; of those beyond, it keeps what says where they
/// are. An item has 400 KB at most, and takes about twice as much when it is read.
const KEPT_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Bytes of a large person, and how many calls read such people at the same time: a call brings up to
/// 16 MB, which take several times as much when they are read.
const LARGE_PERSON_BYTES: usize = 16 * 1024;
const LARGE_READ_CONCURRENCY: usize = 2;

/// How many calls read small people at the same time.
const SMALL_READ_CONCURRENCY: usize = 16;

/// Attributes that say where a person is, and who is there.
const SLOT_ATTRIBUTES: [&str; 4] = [GSID, EMAIL, REDIRECT, LEFT];

/// What is known of a batch's people before the first of them is written.
#[derive(Default)]
pub(super) struct PrefetchedPeople {
    /// Those that were read, by place; none where nobody is.
    items: HashMap<ItemKey, Option<Attributes>>,
    /// Bytes of them.
    bytes: usize,
    /// Places of those that are not kept whole.
    trimmed: HashSet<ItemKey>,
    /// Where people live who are not at home, by record part.
    moved_slots: HashMap<String, ItemKey>,
    /// The email keys of people whose email a row changes, by GSID.
    former_emails: HashMap<Gsid, String>,
    /// Whether most of those that were looked for are not there.
    pub(super) mostly_new: bool,
}

impl PrefetchedPeople {
    fn item_at(&self, place: &ItemKey) -> Option<&Attributes> {
        self.items.get(place)?.as_ref()
    }

    /// Cuts an item down to where its person is, once enough is kept.
    fn trim_beyond_budget(&mut self, key: &ItemKey, item: &mut Attributes) {
        let bytes = record::estimate_bytes(item);
        if self.bytes + bytes > KEPT_BYTES_MAX {
            item.retain(|name, _| SLOT_ATTRIBUTES.contains(&name.as_str()));
            self.trimmed.insert(key.clone());
        } else {
            self.bytes += bytes;
        }
    }

    /// How many calls read at the same time. People of whom nothing is known may be large.
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
    /// The people whose email a row may change: those of rows that name a GSID and an email. Of a call
    /// with one row nobody is read, for no other row counts under the old email.
    pub(super) async fn prefetch_email_changes(
        &self,
        passing: &[RowInFlight<'_>],
    ) -> Result<PrefetchedPeople> {
        let mut before = PrefetchedPeople::default();
        let free: Vec<_> = passing.iter().filter(|passing| passing.outcome.is_none()).collect();
        if free.len() < 2 {
            return Ok(before);
        }
        let movers: HashSet<&Gsid> =
            free.iter().filter_map(|passing| email_changing_gsid(&passing.plan.write)).collect();
        let parts: Vec<_> =
            movers.iter().filter_map(|gsid| self.ids().person_record_part(gsid)).collect();
        self.prefetch_slots(&mut before, &parts).await?;
        for gsid in movers {
            let Some(part) = self.ids().person_record_part(gsid) else { continue };
            let item = self
                .slot_key_of_record_part(part, &before)
                .and_then(|place| before.item_at(&place));
            let email = item.filter(|item| attribute_text(item, GSID) == Some(part));
            if let Some(email) =
                email.and_then(|item| attribute_text(item, EMAIL)).map(str::to_owned)
            {
                before.former_emails.insert(gsid.clone(), email);
            }
        }
        Ok(before)
    }

    /// Reads people by their record parts: at home, or where their forwards lead.
    async fn prefetch_slots(&self, before: &mut PrefetchedPeople, parts: &[&str]) -> Result<()> {
        let tenant = &self.tenant.id;
        let unread = |before: &PrefetchedPeople, key: &ItemKey| !before.items.contains_key(key);
        let homes = parts.iter().filter_map(|part| Locator::from_record_part(part));
        let homes =
            homes.map(|home| keys::slot_key(tenant, &home)).filter(|key| unread(before, key));
        self.prefetch_items(before, homes.collect()).await?;
        let is_away = |part: &&&str| {
            let item =
                self.slot_key_of_record_part(part, before).and_then(|place| before.item_at(&place));
            item.is_some_and(|item| attribute_text(item, GSID) != Some(**part))
        };
        let parts: Vec<_> = parts.iter().filter(is_away).collect();
        let forwards = parts.iter().map(|part| keys::redirect_key(tenant, part));
        self.prefetch_items(before, forwards.collect()).await?;
        for part in parts {
            let forward = before.item_at(&keys::redirect_key(tenant, part));
            let to = forward.and_then(|item| Locator::parse(attribute_text(item, REDIRECT)?));
            if let Some(to) = to {
                before.moved_slots.insert((**part).to_owned(), keys::slot_key(tenant, &to));
            }
        }
        let away = before.moved_slots.values().filter(|key| unread(before, key)).cloned().collect();
        self.prefetch_items(before, away).await
    }

    /// The people of rows that may change nothing.
    pub(super) async fn prefetch_people(
        &self,
        before: &mut PrefetchedPeople,
        passing: &[RowInFlight<'_>],
        groups: &[Vec<usize>],
    ) -> Result<()> {
        let write = |group: &Vec<usize>| merge_writes(passing, group).map(|(_, write)| write);
        let (sample, rest) = groups.split_at(groups.len().min(SAMPLE_PEOPLE));
        let sample: Vec<PersonWrite> = sample.iter().filter_map(write).collect();
        self.prefetch_write_slots(before, sample.iter()).await?;
        let places: Vec<_> =
            sample.iter().filter_map(|write| self.slot_key_of_write(write, before)).collect();
        let there = places.iter().filter(|place| before.item_at(place).is_some()).count();
        before.mostly_new = there * 2 < places.len();
        let unchanged = |write: &PersonWrite| {
            let item =
                self.slot_key_of_write(write, before).and_then(|place| before.item_at(&place));
            item.is_some_and(|item| self.is_unchanged_by(write, item))
        };
        if sample.iter().any(unchanged) {
            let first = |group: &Vec<usize>| Some(&passing.get(*group.first()?)?.plan.write);
            self.prefetch_write_slots(before, rest.iter().filter_map(first)).await?;
        }
        Ok(())
    }

    async fn prefetch_write_slots<'w>(
        &self,
        before: &mut PrefetchedPeople,
        writes: impl Iterator<Item = &'w PersonWrite>,
    ) -> Result<()> {
        let writes: Vec<_> = writes.collect();
        let places = writes.iter().filter_map(|write| self.slot_key_of_write(write, before));
        let places = places.filter(|place| !before.items.contains_key(place)).collect();
        self.prefetch_items(before, places).await?;
        // Those who are not at home may have moved.
        let parts: Vec<_> =
            writes.iter().filter_map(|write| self.record_part_of_write(write)).collect();
        self.prefetch_slots(before, &parts).await
    }

    async fn prefetch_items(
        &self,
        before: &mut PrefetchedPeople,
        keys: Vec<ItemKey>,
    ) -> Result<()> {
        if keys.is_empty() {
            return Ok(());
        }
        let calls: Vec<_> =
            keys.chunks(BATCH_GET_KEYS_MAX).map(|keys| self.batch_get_attributes(keys)).collect();
        let mut calls = stream::iter(calls).buffered(before.read_concurrency());
        while let Some(read) = calls.try_next().await? {
            for (key, mut item) in read {
                if let Some(item) = &mut item {
                    before.trim_beyond_budget(&key, item);
                }
                before.items.insert(key, item);
            }
        }
        Ok(())
    }

    /// The items of one call by their keys.
    async fn batch_get_attributes(
        &self,
        keys: &[ItemKey],
    ) -> Result<Vec<(ItemKey, Option<Attributes>)>> {
        let mut items = self.batch_get_items(keys.to_vec()).await?;
        let read = |key: &ItemKey| (key.clone(), items.remove(key).map(to_attributes));
        Ok(keys.iter().map(read).collect())
    }

    /// The person as it stands, if the write would leave it so. A row that an erasure holds off, or
    /// may hold off, is for the write to refuse.
    pub(super) fn find_unchanged_person(
        &self,
        write: &PersonWrite,
        by: &WriteContext,
        before: &PrefetchedPeople,
    ) -> Option<Person> {
        let place = self
            .slot_key_of_write(write, before)
            .filter(|place| !before.trimmed.contains(place))?;
        let item = before.item_at(&place)?;
        let held_off = by.fence.as_ref().is_some_and(|fence| {
            let by_email = fence.named_by == NamedBy::Email;
            fence.was_erased(item) || by_email && item.contains_key(LEFT)
        });
        let same = !held_off && self.is_unchanged_by(write, item);
        same.then(|| Person::from_attributes(item.clone(), self.ids())).flatten()
    }

    fn is_unchanged_by(&self, write: &PersonWrite, item: &Attributes) -> bool {
        let expect = match &write.person_ref {
            PersonRef::Email(email) => Precondition::Email(email.key().to_owned()),
            PersonRef::Gsid(gsid, _) => match self.ids().person_record_part(gsid) {
                Some(part) => Precondition::Gsid(part.to_owned()),
                None => return false,
            },
            PersonRef::LookedUp(_) | PersonRef::Unidentified => return false,
        };
        // Neither the stamp nor the fence of a write counts as a change.
        let mark = WriteContext::new(self.store.new_stamp());
        expect.matches(Some(item)) && !would_change(item, &build_assignments(write, &mark, ""))
    }

    /// Where the person is, as far as it is known.
    fn slot_key_of_write(&self, write: &PersonWrite, before: &PrefetchedPeople) -> Option<ItemKey> {
        let at = |email: &Email| keys::slot_key(&self.tenant.id, &self.ids().locator(email));
        match (&write.person_ref, &write.email) {
            (PersonRef::Email(email), _) | (PersonRef::Gsid(..), Some(email)) => Some(at(email)),
            (PersonRef::Gsid(..), None) => {
                self.slot_key_of_record_part(self.record_part_of_write(write)?, before)
            }
            (PersonRef::LookedUp(_) | PersonRef::Unidentified, _) => None,
        }
    }

    /// The record part of a person that a write names by its GSID alone.
    fn record_part_of_write<'w>(&self, write: &'w PersonWrite) -> Option<&'w str> {
        match (&write.person_ref, &write.email) {
            (PersonRef::Gsid(gsid, _), None) => self.ids().person_record_part(gsid),
            _ => None,
        }
    }

    fn slot_key_of_record_part(&self, part: &str, before: &PrefetchedPeople) -> Option<ItemKey> {
        let home = || Some(keys::slot_key(&self.tenant.id, &Locator::from_record_part(part)?));
        before.moved_slots.get(part).cloned().or_else(home)
    }
}

/// The person of a write that may change its email.
fn email_changing_gsid(write: &PersonWrite) -> Option<&Gsid> {
    match (&write.person_ref, &write.email) {
        (PersonRef::Gsid(gsid, _), Some(_)) => Some(gsid),
        _ => None,
    }
}
