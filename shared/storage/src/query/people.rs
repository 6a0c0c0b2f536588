//! Rows that are people or their associations.

use std::collections::HashSet;

use futures::stream::{self, StreamExt, TryStreamExt};
use people_domain::ids::email::EmailKey;
use people_domain::ids::gsid::Gsid;
use people_domain::ids::tenant_ids::{Locator, TenantIds};
use people_domain::objects::record::{Attributes, attribute_text};
use people_domain::people::view::{self, View};
use people_domain::people::{GSID, LEFT, Person, REDIRECT, Slot};
use people_domain::query::{RowKey, RowReference};
use people_domain::schema::metadata::object;

use super::run::QueryRun;
use super::{QueryResult, READ_CONCURRENCY};
use crate::table::convert::{TableItem, to_attributes};
use crate::table::keys::{self, ItemKey};
use crate::{Result, TenantStore};

/// The people that slots and redirects stand for.
#[derive(Default)]
struct SlotPeople {
    /// Those who are in their home slots.
    at_home: Vec<Person>,
    /// The record parts of those who moved, with their slots.
    moved: Vec<(String, Locator)>,
    /// The record parts of those who left or came back just now, or were erased.
    unsure: Vec<String>,
}

impl QueryRun<'_> {
    /// Evaluates the people of these slots and redirects. A person's row is in the position of its
    /// home slot, wherever it moved: that keeps the order of GSIDs, and each person in one position.
    pub(super) async fn evaluate_slots(&mut self, items: Vec<TableItem>) -> QueryResult<()> {
        let people = self.store.read_people_of_slots(items).await?;
        self.evaluate_people(people).await
    }

    pub(super) async fn evaluate_people_by_gsid(&mut self, gsids: &[Gsid]) -> QueryResult<()> {
        let people = self.store.read_people(gsids).await?;
        self.evaluate_people(people).await
    }

    pub(super) async fn evaluate_people_of_parts(&mut self, parts: Vec<String>) -> QueryResult<()> {
        let people = self.store.read_people_of_parts(parts).await?;
        self.evaluate_people(people).await
    }

    pub(super) async fn evaluate_people_by_email(
        &mut self,
        emails: Vec<EmailKey>,
    ) -> QueryResult<()> {
        let store = self.store;
        let found = stream::iter(emails)
            .map(|email| async move { store.read_person_by_email_key(&email).await })
            .buffered(READ_CONCURRENCY);
        let found: Vec<Option<Person>> = found.try_collect().await?;
        self.evaluate_people(found.into_iter().flatten().collect()).await
    }

    /// Evaluates people, or their associations, in the order of their GSIDs. A person that moves
    /// meanwhile may have been read twice.
    async fn evaluate_people(&mut self, mut people: Vec<Person>) -> QueryResult<()> {
        people.sort_by(|a, b| a.gsid.cmp(&b.gsid));
        people.dedup_by(|a, b| a.gsid == b.gsid);
        let name = self.query.object.name.as_str();
        if name == object::PERSON {
            let views: Vec<_> = people.iter().map(View::Person).collect();
            return self.evaluate_views(&views).await;
        }
        let references = people.iter().flat_map(view::list_references);
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
        let mut views: Vec<_> = if name == object::COMPANY_PERSON {
            companies.map(|(person, company)| View::Company(person, company)).collect()
        } else {
            companies
                .flat_map(|(person, company)| {
                    let relationships = company.relationships.iter();
                    relationships.map(move |stored| View::Relationship(person, company, stored))
                })
                .collect()
        };
        views.sort_by_cached_key(|view| RowKey::from_view(*view));
        self.evaluate_views(&views).await
    }
}

impl TenantStore {
    /// Reads the people that slots and redirects stand for, in any order. One of them may be there
    /// twice.
    pub(crate) async fn read_people_of_slots(&self, items: Vec<TableItem>) -> Result<Vec<Person>> {
        let mut slots = SlotPeople::default();
        items.into_iter().for_each(|item| slots.add_item(item, self.ids()));
        let SlotPeople { at_home: mut people, moved, mut unsure } = slots;
        let key = |slot: &Locator| keys::slot_key(&self.tenant.id, slot);
        let redirected: HashSet<_> = moved.iter().map(|(part, _)| part.as_str()).collect();
        unsure.retain(|part| !redirected.contains(part.as_str()));
        let slots = moved.iter().map(|(_, slot)| key(slot)).collect();
        let mut found = self.batch_get_items(slots).await?;
        for (part, slot) in moved {
            let item = found.remove(&key(&slot)).map(to_attributes);
            match item.and_then(|item| self.parse_person(item, &part)) {
                Some(person) => people.push(person),
                None => unsure.push(part),
            }
        }
        people.extend(self.read_people_by_part(unsure).await?);
        Ok(people)
    }

    /// Reads the people with these GSIDs, in any order; absent people are missing.
    pub(crate) async fn read_people(&self, gsids: &[Gsid]) -> Result<Vec<Person>> {
        let parts = gsids.iter().filter_map(|gsid| self.ids().person_record_part(gsid));
        self.read_people_of_parts(parts.map(str::to_owned).collect()).await
    }

    /// Reads the people with these record parts, in any order: most are in their home slots.
    pub(crate) async fn read_people_of_parts(&self, parts: Vec<String>) -> Result<Vec<Person>> {
        let key =
            |part: &str| Some(keys::slot_key(&self.tenant.id, &Locator::from_record_part(part)?));
        let slots = parts.iter().filter_map(|part| key(part)).collect();
        let found = self.batch_get_items(slots).await?;
        let (mut people, mut elsewhere) = (Vec::new(), Vec::new());
        for part in parts {
            let item = key(&part).and_then(|key| found.get(&key)).cloned().map(to_attributes);
            match item.and_then(|item| self.parse_person(item, &part)) {
                Some(person) => people.push(person),
                None => elsewhere.push(part),
            }
        }
        people.extend(self.read_people_by_part(elsewhere).await?);
        Ok(people)
    }

    async fn read_people_by_part(&self, parts: Vec<String>) -> Result<Vec<Person>> {
        let found = stream::iter(parts).map(|part| async move {
            let found = self.read_by_record_part(&part).await?;
            Result::Ok(found.and_then(|(_, item)| Person::from_attributes(item, self.ids())))
        });
        let found: Vec<_> = found.buffer_unordered(READ_CONCURRENCY).try_collect().await?;
        Ok(found.into_iter().flatten().collect())
    }

    fn parse_person(&self, item: Attributes, part: &str) -> Option<Person> {
        let is_person = Slot::parse(&item).is_person(part);
        is_person.then(|| Person::from_attributes(item, self.ids())).flatten()
    }
}

impl SlotPeople {
    fn add_item(&mut self, item: TableItem, tenant_ids: &TenantIds) {
        let Some(key) = ItemKey::from_item(&item) else { return };
        let attributes = to_attributes(item);
        if let Some(home_slot) = Locator::from_record_part(&key.sk) {
            let slot = attribute_text(&attributes, REDIRECT).and_then(Locator::parse);
            match slot.filter(|slot| *slot != home_slot) {
                Some(slot) => self.moved.push((key.sk, slot)),
                None => self.unsure.push(key.sk),
            }
            return;
        }
        let is_home_of = |part: &str| {
            Locator::from_record_part(part).is_none_or(|home_slot| home_slot.as_str() == key.sk)
        };
        let left = attribute_text(&attributes, LEFT).filter(|part| is_home_of(part));
        self.unsure.extend(left.map(str::to_owned));
        if attribute_text(&attributes, GSID).is_none_or(is_home_of) {
            self.at_home.extend(Person::from_attributes(attributes, tenant_ids));
        }
    }
}
