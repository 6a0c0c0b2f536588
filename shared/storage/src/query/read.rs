//! Reads the pages of a partition with only the attributes that a query needs, and related rows.

use futures::stream::{self, StreamExt, TryStreamExt};
use people_domain::ids::gsid::Gsid;
use people_domain::people::Person;
use people_domain::query::{Query, RowReference};
use people_domain::schema::metadata::object;

use super::{QueryResult, QueryRun};
use crate::people::resolve::parse_record;
use crate::table::convert::TableItem;
use crate::table::keys::{self, ItemKey, PK, SK};
use crate::{Result, TenantStore};

/// Concurrent reads of single rows.
pub(super) const READ_CONCURRENCY: usize = 16;

/// Keys that are read between two checks of the limits: 16 calls.
const KEYS_PER_LIMIT_CHECK: usize = 1_600;

impl TenantStore {
    /// Reads a page of a partition with the attributes that a query needs, and the key at which the
    /// next page starts.
    pub(super) async fn read_query_page(
        &self,
        pk: &str,
        query: &Query<'_>,
        items_max: Option<usize>,
        from: Option<TableItem>,
    ) -> Result<(Vec<TableItem>, Option<TableItem>)> {
        let names = query.required_attributes();
        let names = names.map(|names| names.into_iter().chain([PK, SK]).map(str::to_owned));
        let names: Option<Vec<_>> = names.map(Iterator::collect);
        self.read_partition_page(pk, names.as_deref(), items_max, from).await
    }
}

impl QueryRun<'_> {
    /// The limit of the next page, when every item is a wanted row.
    pub(super) fn page_limit(&self) -> Option<usize> {
        self.top.remaining().filter(|_| self.query.wants_every_row())
    }

    /// Reads related rows, each once in a query, and the companies of relationships: a relationship
    /// without its company does not exist (contract: upsert#deleted-companies).
    pub(super) async fn read_related(
        &mut self,
        wanted: impl IntoIterator<Item = RowReference>,
    ) -> QueryResult<()> {
        let wanted = self.related.request_new(wanted);
        let (people, records): (Vec<_>, Vec<_>) =
            wanted.into_iter().partition(|reference| reference.object == object::PERSON);
        let companies = self.read_related_records(records).await?;
        let companies = self.related.request_new(companies);
        self.read_related_records(companies).await?;
        for chunk in people.chunks(KEYS_PER_LIMIT_CHECK) {
            let gsids = chunk.iter().filter_map(|reference| Gsid::parse(&reference.gsid)).collect();
            for person in self.read_people(gsids).await? {
                self.related.add_person(person);
            }
            self.check_limits()?;
        }
        Ok(())
    }

    /// Reads related records. Returns the companies of those that are relationships.
    async fn read_related_records(
        &mut self,
        wanted: Vec<RowReference>,
    ) -> QueryResult<Vec<RowReference>> {
        let key = |wanted: &RowReference| {
            keys::record_key(&self.store.tenant.id, &wanted.object, &wanted.gsid)
        };
        let keys: Vec<ItemKey> = wanted.iter().map(key).collect();
        let mut companies = Vec::new();
        for chunk in keys.chunks(KEYS_PER_LIMIT_CHECK) {
            for (key, item) in self.store.batch_get_items(chunk.to_vec()).await? {
                let record = parse_record(&key, item)?;
                companies.extend(record.company_id().map(RowReference::company));
                self.related.add_record(record.into());
            }
            self.check_limits()?;
        }
        Ok(companies)
    }

    /// Reads the people with these GSIDs, in this order; absent people are missing.
    pub(super) async fn read_people(&self, gsids: Vec<Gsid>) -> Result<Vec<Person>> {
        let store = self.store;
        let found = stream::iter(gsids)
            .map(|gsid| async move { store.read_person_by_gsid(&gsid).await })
            .buffered(READ_CONCURRENCY);
        let found: Vec<_> = found.try_collect().await?;
        Ok(found.into_iter().flatten().collect())
    }
}
