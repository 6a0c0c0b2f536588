//! A pass over the people of a tenant.

use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use people_domain::ids::gsid::{Gsid, GsidKind};
use people_domain::ids::stamp::Stamp;
use people_domain::objects::record::UPDATED;
use people_domain::people::{LEFT, Person, REDIRECT};
use serde::{Deserialize, Serialize};

use super::home_slots::{HomeSlot, Resident};
use super::page::PageFilter;
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
    /// is created or erased meanwhile may be met or not. `since` limits it to those that were
    /// written at this stamp or later.
    pub fn stream_people<'a>(
        &'a self,
        partitions: Vec<(usize, Option<PeoplePosition>)>,
        since: Option<Stamp>,
    ) -> BoxStream<'a, Result<PeoplePage>> {
        let pages = move |(partition, from)| {
            let next = move |from: Option<Option<PeoplePosition>>| async move {
                let Some(from) = from else { return Ok(None) };
                let page = self.read_slots_page(partition, from, since).await?;
                let next = page.next.clone().map(Some);
                Ok(Some((page, next)))
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
        since: Option<Stamp>,
    ) -> Result<SlotsPage> {
        let pk = keys::people_partitions(&self.tenant.id).nth(partition).unwrap_or_default();
        let (after, met) = from.map(|from| (from.last, from.met)).unzip();
        let filter = since.map(filter_changed_people).unwrap_or_default();
        let page = self.read_page_after(&pk, after.as_deref(), filter).await?;
        let mut slot = HomeSlot::new(&after.unwrap_or_default(), met.unwrap_or_default());
        let mut residents = Vec::with_capacity(page.items.len());
        for item in page.items {
            slot.add_residents(item, self.ids(), &mut residents);
        }
        let next = page.last.map(|last| PeoplePosition { met: slot.into_met_at(&last), last });
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

/// Items of people that changed, and those by which people that are away are found: their own items
/// are elsewhere and may have changed.
fn filter_changed_people(since: Stamp) -> PageFilter {
    PageFilter::new(|placeholders| {
        let stamp = placeholders.add_text(since.as_str());
        let [updated, redirect, left] =
            [UPDATED, REDIRECT, LEFT].map(|name| placeholders.add_name(name));
        format!("{updated} >= {stamp} OR attribute_exists({redirect}) OR attribute_exists({left})")
    })
}
