//! Rows that are people or their associations.

use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use people_domain::ids::email::EmailKey;
use people_domain::ids::gsid::{Gsid, GsidKind};
use people_domain::ids::tenant_ids::Locator;
use people_domain::objects::record::attribute_text;
use people_domain::people::view::{self, View};
use people_domain::people::{GSID, Person, REDIRECT};
use people_domain::query::{Query, RowReference};
use people_domain::schema::metadata::object;

use super::read::READ_CONCURRENCY;
use super::{QueryResult, QueryRun};
use crate::table::convert::{TableItem, to_attributes};
use crate::table::keys::{self, ItemKey};
use crate::{Result, TenantStore};

/// Partitions of people that are read concurrently; each page has up to 1 MB.
const PARTITION_CONCURRENCY: usize = 8;

impl QueryRun<'_> {
    pub(super) async fn offer_people_by_gsid(&mut self, gsids: Vec<Gsid>) -> QueryResult<()> {
        let people = self.read_people(gsids).await?;
        self.offer_people(&people).await
    }

    pub(super) async fn offer_people_by_email(&mut self, emails: Vec<EmailKey>) -> QueryResult<()> {
        let store = self.store;
        let found = stream::iter(emails)
            .map(|email| async move { store.read_person_by_email_key(&email).await })
            .buffered(READ_CONCURRENCY);
        let found: Vec<Option<Person>> = found.try_collect().await?;
        let people: Vec<_> = found.into_iter().flatten().collect();
        self.offer_people(&people).await
    }

    /// Offers all people, several partitions at a time.
    pub(super) async fn offer_all_people(&mut self) -> QueryResult<()> {
        let (store, query) = (self.store, self.query);
        let partitions = stream::iter(keys::people_partitions(&store.tenant.id));
        let mut pages = partitions
            .map(|pk| store.stream_pages(pk, query))
            .flatten_unordered(PARTITION_CONCURRENCY);
        while let Some(items) = pages.try_next().await? {
            let people = items.into_iter().map(to_attributes);
            let people: Vec<_> =
                people.filter_map(|item| Person::from_attributes(item, store.ids())).collect();
            self.offer_people(&people).await?;
        }
        Ok(())
    }

    /// Offers people in the order of their Gsids until enough rows are kept. The record part of a
    /// Gsid starts with the locator of the home slot, so a partition is sorted by Gsid once each
    /// moved person takes the position of the redirect at its home slot, and the occupants of one
    /// home slot are sorted.
    pub(super) async fn offer_people_in_order(&mut self) -> QueryResult<()> {
        for pk in keys::people_partitions(&self.store.tenant.id) {
            let (mut from, mut waiting) = (None, Vec::new());
            loop {
                // One item more, because the last one may have to wait for its successor.
                let items_max = self.page_limit().map(|items_max| items_max + 1);
                let (items, next) =
                    self.store.read_query_page(&pk, self.query, items_max, from).await?;
                waiting.extend(self.read_people_by_home_slot(items).await?);
                waiting.sort_by(|a, b| a.gsid.cmp(&b.gsid));
                let read = next.as_ref().and_then(ItemKey::from_item).map(|key| key.sk);
                let ready =
                    waiting.partition_point(|person| self.precedes_unread(person, read.as_deref()));
                let people: Vec<_> = waiting.drain(..ready).collect();
                self.offer_people(&people).await?;
                if self.is_full() {
                    return Ok(());
                }
                from = next;
                if from.is_none() {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Whether every lower Gsid of a partition was read, once the partition is read up to `read`, or
    /// to its end for `None`.
    fn precedes_unread(&self, person: &Person, read: Option<&str>) -> bool {
        let gsid = Gsid::parse(&person.gsid);
        let part = gsid.as_ref().and_then(|gsid| self.store.ids().person_record_part(gsid));
        part.zip(read).is_none_or(|(part, read)| part <= read)
    }

    /// The people of a page that are at their home slots, and those that moved away from the home
    /// slots of the page.
    async fn read_people_by_home_slot(&self, items: Vec<TableItem>) -> Result<Vec<Person>> {
        let tenant_ids = self.store.ids();
        let person_or_gsid = |item| {
            let key = ItemKey::from_item(&item)?;
            let attributes = to_attributes(item);
            if attributes.contains_key(REDIRECT) {
                return Some(Err(tenant_ids.gsid_of_part(GsidKind::Person, &key.sk)));
            }
            let home_slot = attribute_text(&attributes, GSID).and_then(Locator::from_record_part);
            let is_at_home = home_slot.is_none_or(|home_slot| home_slot.as_str() == key.sk);
            Person::from_attributes(attributes, tenant_ids).filter(|_| is_at_home).map(Ok)
        };
        let found = stream::iter(items.into_iter().filter_map(person_or_gsid));
        let people = found.map(|person_or_gsid| async move {
            match person_or_gsid {
                Ok(person) => Ok(Some(person)),
                Err(gsid) => match Gsid::parse(&gsid) {
                    Some(gsid) => self.store.read_person_by_gsid(&gsid).await,
                    None => Ok(None),
                },
            }
        });
        let people: Vec<_> = people.buffered(READ_CONCURRENCY).try_collect().await?;
        Ok(people.into_iter().flatten().collect())
    }

    /// Evaluates people, or their associations. A person that moves meanwhile may be read at both
    /// slots.
    async fn offer_people(&mut self, people: &[Person]) -> QueryResult<()> {
        let people = people.iter().filter(|person| self.seen.insert(person.gsid.clone()));
        let people: Vec<&Person> = people.collect();
        let name = self.query.object.name.as_str();
        if name == object::PERSON {
            let views: Vec<_> = people.into_iter().map(View::Person).collect();
            return self.offer_views(&views).await;
        }
        let references = people.iter().flat_map(|person| view::list_references(person));
        let references =
            references.map(|(object, gsid)| RowReference { object: object.to_owned(), gsid });
        self.read_related(references).await?;
        let (records, tenant_ids) = (&self.related.records, self.store.ids());
        let lists: Vec<_> = people
            .iter()
            .map(|person| (person, view::list_companies(person, records, tenant_ids)))
            .collect();
        let companies =
            lists.iter().flat_map(|(person, list)| list.iter().map(move |c| (*person, c)));
        let views: Vec<_> = if name == object::COMPANY_PERSON {
            companies.map(|(person, company)| View::Company(person, company)).collect()
        } else {
            companies
                .flat_map(|(person, company)| {
                    let relationships = company.relationships.iter();
                    relationships.map(move |stored| View::Relationship(person, company, stored))
                })
                .collect()
        };
        self.offer_views(&views).await
    }
}

impl TenantStore {
    /// Reads the pages of a partition one after the other.
    fn stream_pages<'a>(
        &'a self,
        pk: String,
        query: &'a Query<'a>,
    ) -> BoxStream<'a, Result<Vec<TableItem>>> {
        let next = move |from: Option<Option<TableItem>>| {
            let pk = pk.clone();
            async move {
                let Some(from) = from else { return Ok(None) };
                let (items, next) = self.read_query_page(&pk, query, None, from).await?;
                Ok(Some((items, next.map(Some))))
            }
        };
        stream::try_unfold(Some(None), next).boxed()
    }
}
