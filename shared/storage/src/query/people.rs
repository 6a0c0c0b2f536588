//! Rows that are parts of people: people themselves, and their associations.

use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use people_domain::ids::email::EmailKey;
use people_domain::ids::gsid::{Gsid, GsidKind};
use people_domain::ids::mint::Locator;
use people_domain::objects::record::text;
use people_domain::people::view::{self, View};
use people_domain::people::{GSID, Person, TO};
use people_domain::query::{Query, Reference};
use people_domain::schema::metadata::object;

use super::read::AT_ONCE;
use super::{Ran, Run};
use crate::table::convert::{Item, to_attributes};
use crate::table::keys::{self, Key};
use crate::{Result, TenantStore};

/// Partitions of people that are read at a time: each answers with up to 1 MB.
const PARTITIONS: usize = 8;

impl Run<'_> {
    pub(super) async fn people_by_gsid(&mut self, gsids: Vec<Gsid>) -> Ran<()> {
        let people = self.people(gsids).await?;
        self.offer_people(&people).await
    }

    pub(super) async fn people_by_email(&mut self, emails: Vec<EmailKey>) -> Ran<()> {
        let store = self.store;
        let found = stream::iter(emails)
            .map(|email| async move { store.person_by_key(&email).await })
            .buffered(AT_ONCE);
        let found: Vec<Option<Person>> = found.try_collect().await?;
        let people: Vec<_> = found.into_iter().flatten().collect();
        self.offer_people(&people).await
    }

    /// All people, several partitions at a time.
    pub(super) async fn all_people(&mut self) -> Ran<()> {
        let (store, query) = (self.store, self.query);
        let partitions = stream::iter(keys::people(&store.tenant.id));
        let mut pages = partitions.map(|pk| store.pages(pk, query)).flatten_unordered(PARTITIONS);
        while let Some(items) = pages.try_next().await? {
            let people = items.into_iter().map(to_attributes);
            let people: Vec<_> =
                people.filter_map(|item| Person::read(item, store.mint())).collect();
            self.offer_people(&people).await?;
        }
        Ok(())
    }

    /// People by Gsid, no further than they are wanted. Locators begin Gsids, so that a partition
    /// is sorted once who moved is shown where the forward at its home stands, and who lives at
    /// the home of some that moved among them.
    pub(super) async fn people_in_order(&mut self) -> Ran<()> {
        for pk in keys::people(&self.store.tenant.id) {
            let (mut from, mut waiting) = (None, Vec::new());
            loop {
                // One more, for the last one may have to wait for what follows it.
                let most = self.most().map(|most| most + 1);
                let (items, next) = self.store.query_page(&pk, self.query, most, from).await?;
                waiting.extend(self.in_place(items).await?);
                waiting.sort_by(|a, b| a.gsid.cmp(&b.gsid));
                let read = next.as_ref().and_then(Key::of).map(|key| key.sk);
                let ready =
                    waiting.partition_point(|person| self.is_passed(person, read.as_deref()));
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
    fn is_passed(&self, person: &Person, read: Option<&str>) -> bool {
        let gsid = Gsid::parse(&person.gsid);
        let part = gsid.as_ref().and_then(|gsid| self.store.mint().person_part(gsid));
        part.zip(read).is_none_or(|(part, read)| part <= read)
    }

    /// The people of a page who are at home, and those who moved away from where they would be.
    async fn in_place(&self, items: Vec<Item>) -> Result<Vec<Person>> {
        let mint = self.store.mint();
        let place = |item| {
            let key = Key::of(&item)?;
            let attributes = to_attributes(item);
            if attributes.contains_key(TO) {
                return Some(Err(mint.gsid(GsidKind::Person, &key.sk)));
            }
            let home = text(&attributes, GSID).and_then(Locator::of_record_part);
            let is_at_home = home.is_none_or(|home| home.as_str() == key.sk);
            Person::read(attributes, mint).filter(|_| is_at_home).map(Ok)
        };
        let places = stream::iter(items.into_iter().filter_map(place));
        let people = places.map(|place| async move {
            match place {
                Ok(person) => Ok(Some(person)),
                Err(gsid) => match Gsid::parse(&gsid) {
                    Some(gsid) => self.store.person_by_gsid(&gsid).await,
                    None => Ok(None),
                },
            }
        });
        let people: Vec<_> = people.buffered(AT_ONCE).try_collect().await?;
        Ok(people.into_iter().flatten().collect())
    }

    /// Judges people, or their associations. One who moves meanwhile may be met at both places.
    async fn offer_people(&mut self, people: &[Person]) -> Ran<()> {
        let people = people.iter().filter(|person| self.seen.insert(person.gsid.clone()));
        let people: Vec<&Person> = people.collect();
        let name = self.query.object.name.as_str();
        if name == object::PERSON {
            let views: Vec<_> = people.into_iter().map(View::Person).collect();
            return self.offer(&views).await;
        }
        let named = people.iter().flat_map(|person| view::references(person));
        self.fetch(named.map(|(object, gsid)| Reference { object: object.to_owned(), gsid }))
            .await?;
        let (records, mint) = (&self.related.records, self.store.mint());
        let shown: Vec<_> = people.iter().map(|p| (p, view::companies(p, records, mint))).collect();
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
        self.offer(&views).await
    }
}

impl TenantStore {
    /// The pages of a partition, one after the other.
    fn pages<'a>(&'a self, pk: String, query: &'a Query<'a>) -> BoxStream<'a, Result<Vec<Item>>> {
        let next = move |from: Option<Option<Item>>| {
            let pk = pk.clone();
            async move {
                let Some(from) = from else { return Ok(None) };
                let (items, next) = self.query_page(&pk, query, None, from).await?;
                Ok(Some((items, next.map(Some))))
            }
        };
        stream::try_unfold(Some(None), next).boxed()
    }
}
