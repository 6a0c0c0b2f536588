//! People that a batch is about are read before the first of them is written, a hundred at a time:
//! those whose email a row changes, for that row counts under the old one too; and where a look at a
//! few says that it pays, all, for rows that change nothing cost no write (ADR 26).

use std::collections::{HashMap, HashSet};

use futures::stream::{self, StreamExt, TryStreamExt};
use people_domain::ids::email::Email;
use people_domain::ids::gsid::Gsid;
use people_domain::ids::mint::Locator;
use people_domain::objects::record::{self, Attributes, text};
use people_domain::people::plan::PersonWrite;
use people_domain::people::row::Who;
use people_domain::people::{EMAIL, GSID, LEFT, Mark, Named, Person, TO, assignments, changes};

use super::Passing;
use super::apply::merge;
use crate::people::expect::Expect;
use crate::people::resolve::BATCH_GET;
use crate::table::convert::to_attributes;
use crate::table::keys::{self, Key};
use crate::{Result, TenantStore};

/// How many people are looked at before all are.
const SAMPLE: usize = 25;

/// Bytes of people that a batch keeps as they were; of those beyond, it keeps what says where they
/// are. An item has 400 KB at most, and takes about twice as much when it is read.
const KEPT: usize = 32 * 1024 * 1024;

/// Bytes of a large person, and how many calls read such people at the same time: a call brings up to
/// 16 MB, which take several times as much when they are read.
const LARGE: usize = 16 * 1024;
const LARGE_CALLS: usize = 2;

/// How many calls read small people at the same time.
const SMALL_CALLS: usize = 16;

/// Attributes that say where a person is, and who is there.
const WHERE: [&str; 4] = [GSID, EMAIL, TO, LEFT];

/// What is known of a batch's people before the first of them is written.
#[derive(Default)]
pub(super) struct Before {
    /// Those that were read, by place; none where nobody is.
    items: HashMap<Key, Option<Attributes>>,
    /// Bytes of them.
    bytes: usize,
    /// Places of those that are not kept whole.
    cut: HashSet<Key>,
    /// Where people live who are not at home, by record part.
    away: HashMap<String, Key>,
    /// The email keys of people whose email a row changes, by GSID.
    emails: HashMap<Gsid, String>,
    /// Whether most of those that were looked for are not there.
    pub(super) mostly_new: bool,
}

impl Before {
    fn item(&self, place: &Key) -> Option<&Attributes> {
        self.items.get(place)?.as_ref()
    }

    /// Cuts an item down to where its person is, once enough is kept.
    fn cut_beyond_budget(&mut self, key: &Key, item: &mut Attributes) {
        let bytes = record::bytes(item);
        if self.bytes + bytes > KEPT {
            item.retain(|name, _| WHERE.contains(&name.as_str()));
            self.cut.insert(key.clone());
        } else {
            self.bytes += bytes;
        }
    }

    /// How many calls read at the same time. People of whom nothing is known may be large.
    fn calls_at_once(&self) -> usize {
        let are_small = !self.items.is_empty() && self.bytes / self.items.len() < LARGE;
        if are_small { SMALL_CALLS } else { LARGE_CALLS }
    }

    /// The email that a write takes from its person.
    pub(super) fn former_email(&self, write: &PersonWrite) -> Option<&str> {
        self.emails.get(mover(write)?).map(String::as_str)
    }
}

impl TenantStore {
    /// The people whose email a row may change: those of rows that name a GSID and an email. Of a call
    /// with one row nobody is read, for no other row counts under the old email.
    pub(super) async fn read_movers(&self, passing: &[Passing<'_>]) -> Result<Before> {
        let mut before = Before::default();
        let free: Vec<_> = passing.iter().filter(|passing| passing.state.is_none()).collect();
        if free.len() < 2 {
            return Ok(before);
        }
        let movers: HashSet<&Gsid> =
            free.iter().filter_map(|passing| mover(&passing.plan.write)).collect();
        let parts: Vec<_> =
            movers.iter().filter_map(|gsid| self.mint().person_part(gsid)).collect();
        self.find_places(&mut before, &parts).await?;
        for gsid in movers {
            let Some(part) = self.mint().person_part(gsid) else { continue };
            let item = self.place_of_part(part, &before).and_then(|place| before.item(&place));
            let email = item.filter(|item| text(item, GSID) == Some(part));
            if let Some(email) = email.and_then(|item| text(item, EMAIL)).map(str::to_owned) {
                before.emails.insert(gsid.clone(), email);
            }
        }
        Ok(before)
    }

    /// Reads people by their record parts: at home, or where their forwards lead.
    async fn find_places(&self, before: &mut Before, parts: &[&str]) -> Result<()> {
        let tenant = &self.tenant.id;
        let unread = |before: &Before, key: &Key| !before.items.contains_key(key);
        let homes = parts.iter().filter_map(|part| Locator::of_record_part(part));
        let homes = homes.map(|home| keys::person(tenant, &home)).filter(|key| unread(before, key));
        self.read_people(before, homes.collect()).await?;
        let is_away = |part: &&&str| {
            let item = self.place_of_part(part, before).and_then(|place| before.item(&place));
            item.is_some_and(|item| text(item, GSID) != Some(**part))
        };
        let parts: Vec<_> = parts.iter().filter(is_away).collect();
        let forwards = parts.iter().map(|part| keys::forward(tenant, part));
        self.read_people(before, forwards.collect()).await?;
        for part in parts {
            let forward = before.item(&keys::forward(tenant, part));
            let to = forward.and_then(|item| Locator::parse(text(item, TO)?));
            if let Some(to) = to {
                before.away.insert((**part).to_owned(), keys::person(tenant, &to));
            }
        }
        let away = before.away.values().filter(|key| unread(before, key)).cloned().collect();
        self.read_people(before, away).await
    }

    /// The people of rows that may change nothing.
    pub(super) async fn read_before(
        &self,
        before: &mut Before,
        passing: &[Passing<'_>],
        groups: &[Vec<usize>],
    ) -> Result<()> {
        let write = |group: &Vec<usize>| merge(passing, group).map(|(_, write)| write);
        let (sample, rest) = groups.split_at(groups.len().min(SAMPLE));
        let sample: Vec<PersonWrite> = sample.iter().filter_map(write).collect();
        self.read_places(before, sample.iter()).await?;
        let places: Vec<_> =
            sample.iter().filter_map(|write| self.place_of(write, before)).collect();
        let there = places.iter().filter(|place| before.item(place).is_some()).count();
        before.mostly_new = there * 2 < places.len();
        let unchanged = |write: &PersonWrite| {
            let item = self.place_of(write, before).and_then(|place| before.item(&place));
            item.is_some_and(|item| self.says_nothing_new(write, item))
        };
        if sample.iter().any(unchanged) {
            let first = |group: &Vec<usize>| Some(&passing.get(*group.first()?)?.plan.write);
            self.read_places(before, rest.iter().filter_map(first)).await?;
        }
        Ok(())
    }

    async fn read_places<'w>(
        &self,
        before: &mut Before,
        writes: impl Iterator<Item = &'w PersonWrite>,
    ) -> Result<()> {
        let writes: Vec<_> = writes.collect();
        let places = writes.iter().filter_map(|write| self.place_of(write, before));
        let places = places.filter(|place| !before.items.contains_key(place)).collect();
        self.read_people(before, places).await?;
        // Those who are not at home may have moved.
        let parts: Vec<_> = writes.iter().filter_map(|write| self.part_of(write)).collect();
        self.find_places(before, &parts).await
    }

    async fn read_people(&self, before: &mut Before, keys: Vec<Key>) -> Result<()> {
        if keys.is_empty() {
            return Ok(());
        }
        let calls: Vec<_> = keys.chunks(BATCH_GET).map(|keys| self.read_call(keys)).collect();
        let mut calls = stream::iter(calls).buffered(before.calls_at_once());
        while let Some(read) = calls.try_next().await? {
            for (key, mut item) in read {
                if let Some(item) = &mut item {
                    before.cut_beyond_budget(&key, item);
                }
                before.items.insert(key, item);
            }
        }
        Ok(())
    }

    /// The items of one call by their keys.
    async fn read_call(&self, keys: &[Key]) -> Result<Vec<(Key, Option<Attributes>)>> {
        let mut items = self.batch_get(keys.to_vec()).await?;
        let read = |key: &Key| (key.clone(), items.remove(key).map(to_attributes));
        Ok(keys.iter().map(read).collect())
    }

    /// The person as it stands, if the write would leave it so. A row that an erasure holds off, or
    /// may hold off, is for the write to refuse.
    pub(super) fn unchanged(
        &self,
        write: &PersonWrite,
        by: &Mark,
        before: &Before,
    ) -> Option<Person> {
        let place = self.place_of(write, before).filter(|place| !before.cut.contains(place))?;
        let item = before.item(&place)?;
        let held_off = by.fence.as_ref().is_some_and(|fence| {
            let by_email = fence.named == Named::ByEmail;
            fence.was_erased(item) || by_email && item.contains_key(LEFT)
        });
        let same = !held_off && self.says_nothing_new(write, item);
        same.then(|| Person::read(item.clone(), self.mint())).flatten()
    }

    fn says_nothing_new(&self, write: &PersonWrite, item: &Attributes) -> bool {
        let expect = match &write.who {
            Who::Email(email) => Expect::Email(email.key().to_owned()),
            Who::Gsid(gsid, _) => match self.mint().person_part(gsid) {
                Some(part) => Expect::Gsid(part.to_owned()),
                None => return false,
            },
            Who::Found(_) | Who::Nobody => return false,
        };
        // Neither the stamp nor the fence of a write counts as a change.
        let mark = Mark::new(self.store.stamp());
        expect.holds(Some(item)) && !changes(item, &assignments(write, &mark, ""))
    }

    /// Where the person is, as far as it is known.
    fn place_of(&self, write: &PersonWrite, before: &Before) -> Option<Key> {
        let at = |email: &Email| keys::person(&self.tenant.id, &self.mint().locator(email));
        match (&write.who, &write.email) {
            (Who::Email(email), _) | (Who::Gsid(..), Some(email)) => Some(at(email)),
            (Who::Gsid(..), None) => self.place_of_part(self.part_of(write)?, before),
            (Who::Found(_) | Who::Nobody, _) => None,
        }
    }

    /// The record part of a person that a write names by its GSID alone.
    fn part_of<'w>(&self, write: &'w PersonWrite) -> Option<&'w str> {
        match (&write.who, &write.email) {
            (Who::Gsid(gsid, _), None) => self.mint().person_part(gsid),
            _ => None,
        }
    }

    fn place_of_part(&self, part: &str, before: &Before) -> Option<Key> {
        let home = || Some(keys::person(&self.tenant.id, &Locator::of_record_part(part)?));
        before.away.get(part).cloned().or_else(home)
    }
}

/// The person of a write that may change its email.
fn mover(write: &PersonWrite) -> Option<&Gsid> {
    match (&write.who, &write.email) {
        (Who::Gsid(gsid, _), Some(_)) => Some(gsid),
        _ => None,
    }
}
