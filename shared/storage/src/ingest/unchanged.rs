//! Rows that change nothing cost no write: the people that a batch is about are read, a hundred
//! at a time, where a look at a few of them says that it pays (design).

use std::collections::HashMap;

use people_domain::email::Email;
use people_domain::mint::Locator;
use people_domain::person::{Mark, Person, assignments, changes};
use people_domain::plan::PersonWrite;
use people_domain::record::Attributes;
use people_domain::row::Who;

use super::Passing;
use super::apply::merge;
use crate::convert::to_attributes;
use crate::expect::Expect;
use crate::keys::{self, Key};
use crate::{Result, TenantStore};

/// How many people are looked at before all are.
const SAMPLE: usize = 25;

/// What is known of a batch's people before the first of them is written.
#[derive(Default)]
pub(super) struct Before {
    /// Those that were read, by place.
    items: HashMap<Key, Attributes>,
    /// Whether most of those that were looked for are not there.
    pub(super) mostly_new: bool,
}

impl TenantStore {
    /// The people of rows that may change nothing.
    pub(super) async fn before(
        &self,
        passing: &[Passing<'_>],
        groups: &[Vec<usize>],
    ) -> Result<Before> {
        let write = |group: &Vec<usize>| merge(passing, group).map(|(_, write)| write);
        let place = |group: &Vec<usize>| self.place_of(&passing.get(*group.first()?)?.plan.write);
        let (sample, rest) = groups.split_at(groups.len().min(SAMPLE));
        let sample: Vec<PersonWrite> = sample.iter().filter_map(write).collect();
        let looked_for: Vec<_> = sample.iter().filter_map(|write| self.place_of(write)).collect();
        let mut items = self.read_people(looked_for.clone()).await?;
        let mostly_new = items.len() * 2 < looked_for.len();
        let unchanged = |write: &PersonWrite| {
            let item = self.place_of(write).and_then(|key| items.get(&key));
            item.is_some_and(|item| self.says_nothing_new(write, item))
        };
        if sample.iter().any(unchanged) {
            items.extend(self.read_people(rest.iter().filter_map(place).collect()).await?);
        }
        Ok(Before { items, mostly_new })
    }

    async fn read_people(&self, keys: Vec<Key>) -> Result<HashMap<Key, Attributes>> {
        let items = self.batch_get(keys).await?;
        Ok(items.into_iter().map(|(key, item)| (key, to_attributes(item))).collect())
    }

    /// The person as it stands, if the write would leave it so. A row that an erasure holds off
    /// is to be refused, so it is not looked at here.
    pub(super) fn unchanged(
        &self,
        write: &PersonWrite,
        by: &Mark,
        before: &Before,
    ) -> Option<Person> {
        let item = before.items.get(&self.place_of(write)?)?;
        let held_off = by.fence.as_ref().is_some_and(|fence| fence.was_erased(item));
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
        let mark = Mark { stamp: self.store.stamp(), fence: None };
        expect.holds(Some(item), None) && !changes(item, &assignments(write, &mark, ""))
    }

    /// Where the person is, unless it moved.
    fn place_of(&self, write: &PersonWrite) -> Option<Key> {
        let at = |email: &Email| self.mint().locator(email);
        let place = match &write.who {
            Who::Email(email) => at(email),
            Who::Gsid(gsid, _) => match &write.email {
                Some(email) => at(email),
                None => Locator::of_record_part(self.mint().person_part(gsid)?)?,
            },
            Who::Found(_) | Who::Nobody => return None,
        };
        Some(keys::person(&self.tenant.id, &place))
    }
}
