//! Pages of a partition with only the attributes that a query needs, and rows that others name.

use futures::stream::{self, StreamExt, TryStreamExt};
use people_domain::ids::gsid::Gsid;
use people_domain::query::{Query, Reference};
use people_domain::schema::metadata::object;

use super::{Ran, Run};
use crate::people::resolve::read_record;
use crate::table::convert::Item;
use crate::table::keys::{self, Key, PK, SK};
use crate::{Result, TenantStore};

/// Rows read one by one at a time.
pub(super) const AT_ONCE: usize = 16;

/// Keys asked for before the limits are looked at again: 16 calls.
const KEYS: usize = 1_600;

impl TenantStore {
    /// A page of a partition with the attributes that a query reads, and where the next one begins.
    /// `most`: how many items are of use at most.
    pub(super) async fn query_page(
        &self,
        pk: &str,
        query: &Query<'_>,
        most: Option<usize>,
        from: Option<Item>,
    ) -> Result<(Vec<Item>, Option<Item>)> {
        let names = query.attributes();
        let names = names.map(|names| names.into_iter().chain([PK, SK]).map(str::to_owned));
        let names: Option<Vec<_>> = names.map(Iterator::collect);
        self.partition_page(pk, names.as_deref(), most, from).await
    }
}

impl Run<'_> {
    /// How many items of the next page are of use at most, when each of them is a row wanted.
    pub(super) fn most(&self) -> Option<usize> {
        self.top.left().filter(|_| self.query.wants_all())
    }

    /// Reads rows that others name, each once in a query; with a relationship its company, without
    /// which it is none (contract: upsert#deleted-companies).
    pub(super) async fn fetch(&mut self, wanted: impl IntoIterator<Item = Reference>) -> Ran<()> {
        let wanted = self.related.ask(wanted);
        let (people, records): (Vec<_>, Vec<_>) =
            wanted.into_iter().partition(|reference| reference.object == object::PERSON);
        let companies = self.fetch_records(records).await?;
        let companies = self.related.ask(companies);
        self.fetch_records(companies).await?;
        for chunk in people.chunks(KEYS) {
            let gsids = chunk.iter().filter_map(|reference| Gsid::parse(&reference.gsid)).collect();
            for person in self.people(gsids).await? {
                self.related.add_person(person);
            }
            self.check()?;
        }
        Ok(())
    }

    /// Reads records; the companies of those that are relationships.
    async fn fetch_records(&mut self, wanted: Vec<Reference>) -> Ran<Vec<Reference>> {
        let key =
            |wanted: &Reference| keys::object(&self.store.tenant.id, &wanted.object, &wanted.gsid);
        let keys: Vec<Key> = wanted.iter().map(key).collect();
        let mut companies = Vec::new();
        for chunk in keys.chunks(KEYS) {
            for (key, item) in self.store.batch_get(chunk.to_vec()).await? {
                let record = read_record(&key, item)?;
                companies.extend(record.company().map(Reference::company));
                self.related.add(record.into());
            }
            self.check()?;
        }
        Ok(companies)
    }

    /// The people with these GSIDs, in their order; those that are not there are missing.
    pub(super) async fn people(
        &self,
        gsids: Vec<Gsid>,
    ) -> Result<Vec<people_domain::people::Person>> {
        let store = self.store;
        let found = stream::iter(gsids)
            .map(|gsid| async move { store.person_by_gsid(&gsid).await })
            .buffered(AT_ONCE);
        let found: Vec<_> = found.try_collect().await?;
        Ok(found.into_iter().flatten().collect())
    }
}
