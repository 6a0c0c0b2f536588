//! A pass over the people of a tenant.

use std::sync::Arc;

use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use people_domain::ids::gsid::{Gsid, GsidKind};
use people_domain::people::Person;
use people_domain::query::Filter;
use serde::{Deserialize, Serialize};

use super::home_slots::{HomeSlot, Resident};
use super::selection::PeopleSelection;
use crate::table::keys;
use crate::{Result, TenantStore};

/// Partitions of people that are read at the same time.
const PARTITION_CONCURRENCY: usize = 8;

/// Concurrent reads of people that are not at their home slots.
const MOVED_CONCURRENCY: usize = 16;

/// How far a partition of people was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeoplePosition {
    /// The sort key of the last item that was read.
    pub last: String,
    /// The record parts of the people who were met at the slot of that item.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub met: Vec<String>,
}

/// A page of a pass over people.
#[derive(Debug)]
pub struct PeoplePage {
    /// The number of the partition, below [`TenantStore::people_partition_count`].
    pub partition: usize,
    pub people: Vec<Person>,
    /// Where the partition's next page begins; `None` at its end.
    pub next: Option<PeoplePosition>,
}

/// A page of slots, before those who are away are read.
struct SlotsPage {
    partition: usize,
    residents: Vec<Resident>,
    next: Option<PeoplePosition>,
}

impl TenantStore {
    /// The number of partitions that hold people.
    #[must_use]
    pub fn people_partition_count(&self) -> usize {
        keys::people_partitions(&self.tenant.id).count()
    }

    /// Reads the people of these partitions, several at a time and in no order between partitions,
    /// each from its position on. Each person is met once, whoever moves meanwhile; a person that
    /// is created or erased meanwhile may be met or not.
    pub fn stream_people<'a>(
        &'a self,
        partitions: Vec<(usize, Option<PeoplePosition>)>,
        selection: &PeopleSelection,
    ) -> BoxStream<'a, Result<PeoplePage>> {
        let filter = selection.build_filter(self.store.new_stamp()).map(Arc::new);
        let since = selection.since;
        let pages = move |(partition, from)| {
            let filter = filter.clone();
            let next = move |from: Option<Option<PeoplePosition>>| {
                let filter = filter.clone();
                async move {
                    let Some(from) = from else { return Ok(None) };
                    let page = self.read_slots_page(partition, from, filter.as_deref()).await?;
                    let next = page.next.clone().map(Some);
                    Ok(Some((page, next)))
                }
            };
            stream::try_unfold(Some(from), next).boxed()
        };
        let pages = stream::iter(partitions).map(pages).flatten_unordered(PARTITION_CONCURRENCY);
        // One page after the other, so that no others are parsed and held while people are read.
        let pages = pages.and_then(move |page| async move {
            let mut people = self.read_residents(page.residents).await?;
            people.retain(|person| since.is_none_or(|since| person.updated >= since));
            Ok(PeoplePage { partition: page.partition, people, next: page.next })
        });
        pages.boxed()
    }

    /// Reads a page of the slots of one partition.
    async fn read_slots_page(
        &self,
        partition: usize,
        from: Option<PeoplePosition>,
        filter: Option<&Filter>,
    ) -> Result<SlotsPage> {
        let pk = keys::people_partitions(&self.tenant.id).nth(partition).unwrap_or_default();
        let (after, met) = from.map(|from| (from.last, from.met)).unzip();
        let (items, last) = self.read_page_after(&pk, after.as_deref(), filter).await?;
        let mut slot = HomeSlot::new(&after.unwrap_or_default(), met.unwrap_or_default());
        let mut residents = Vec::with_capacity(items.len());
        for item in items {
            slot.add_residents(item, self.ids(), &mut residents);
        }
        let next = last.map(|last| PeoplePosition { met: slot.into_met_at(&last), last });
        Ok(SlotsPage { partition, residents, next })
    }

    /// The people themselves; those that were erased are missing.
    async fn read_residents(&self, residents: Vec<Resident>) -> Result<Vec<Person>> {
        let read = |resident| async {
            let part = match resident {
                Resident::Present(person) => return Ok(Some(person)),
                Resident::Away(part) => part,
            };
            match Gsid::parse(&self.ids().gsid_of_part(GsidKind::Person, &part)) {
                Some(gsid) => self.read_person_by_gsid(&gsid).await,
                None => Ok(None),
            }
        };
        let people = stream::iter(residents).map(read).buffered(MOVED_CONCURRENCY);
        people.try_filter_map(|person| async { Ok(person) }).try_collect().await
    }
}
