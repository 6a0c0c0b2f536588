//! Rows that are parts of people: people themselves, and their associations.

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

/// Partitions of people that are read at a time: each answers with up to 1 MB.
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

    /// All people, several partitions at a time.
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

    /// People by Gsid, no further than they are wanted. Locators begin Gsids, so that a partition
    /// is sorted once who moved is shown where the forward at its home stands, and who lives at
    /// the home of some that moved among them.
    pub(super) async fn offer_people_in_order(&mut self) -> QueryResult<()> {
        for pk in keys::people_partitions(&self.store.tenant.id) {
            let (mut from, mut waiting) = (None, Vec::new());
            loop {
                // One more, for the last one may have to wait for what follows it.
                let most = self.page_limit().map(|most| most + 1);
                let (items, next) = self.store.read_query_page(&pk, self.query, most, from).await?;
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

    /// Whether no Gsid before this person's can follow once a partition is read up to `read`, or to
    /// its end.
    fn precedes_unread(&self, person: &Person, read: Option<&str>) -> bool {
        let gsid = Gsid::parse(&person.gsid);
        let part = gsid.as_ref().and_then(|gsid| self.store.ids().person_record_part(gsid));
        part.zip(read).is_none_or(|(part, read)| part <= read)
    }

    /// The people of a page who are at home, and those who moved away from where they would be.
    async fn read_people_by_home_slot(&self, items: Vec<TableItem>) -> Result<Vec<Person>> {
        let tenant_ids = self.store.ids();
        let place = |item| {
            let key = ItemKey::from_item(&item)?;
            let attributes = to_attributes(item);
            if attributes.contains_key(REDIRECT) {
                return Some(Err(tenant_ids.gsid_of_part(GsidKind::Person, &key.sk)));
            }
            let home = attribute_text(&attributes, GSID).and_then(Locator::from_record_part);
            let is_at_home = home.is_none_or(|home| home.as_str() == key.sk);
            Person::from_attributes(attributes, tenant_ids).filter(|_| is_at_home).map(Ok)
        };
        let places = stream::iter(items.into_iter().filter_map(place));
        let people = places.map(|place| async move {
            match place {
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

    /// Judges people, or their associations. One who moves meanwhile may be met at both places.
    async fn offer_people(&mut self, people: &[Person]) -> QueryResult<()> {
        let people = people.iter().filter(|person| self.seen.insert(person.gsid.clone()));
        let people: Vec<&Person> = people.collect();
        let name = self.query.object.name.as_str();
        if name == object::PERSON {
            let views: Vec<_> = people.into_iter().map(View::Person).collect();
            return self.offer_views(&views).await;
        }
        let named = people.iter().flat_map(|person| view::list_references(person));
        self.read_related(
            named.map(|(object, gsid)| RowReference { object: object.to_owned(), gsid }),
        )
        .await?;
        let (records, tenant_ids) = (&self.related.records, self.store.ids());
        let shown: Vec<_> =
            people.iter().map(|p| (p, view::list_companies(p, records, tenant_ids))).collect();
        let companies =
            shown.iter().flat_map(|(person, shown)| shown.iter().map(move |c| (*person, c)));
        let views: Vec<_> = match name == object::COMPANY_PERSON {
            true => companies.map(|(person, company)| View::Company(person, company)).collect(),
            false => companies
                .flat_map(|(person, company)| {
                    let under = company.relationships.iter();
                    under.map(move |held| View::Relationship(person, company, held))
                })
                .collect(),
        };
        self.offer_views(&views).await
    }
}

impl TenantStore {
    /// The pages of a partition, one after the other.
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
