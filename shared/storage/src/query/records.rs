//! Rows that are records of an object, and the rows to which others refer.

use people_domain::ids::gsid::Gsid;
use people_domain::objects::record::Record;
use people_domain::people::view::View;
use people_domain::query::{RowKey, RowReference};
use people_domain::schema::metadata::object;

use super::QueryResult;
use super::run::QueryRun;
use crate::people::resolve::parse_record;
use crate::table::convert::TableItem;
use crate::table::keys::{self, ItemKey};

/// Keys that are read between two checks of the limits: 16 calls.
const KEYS_PER_LIMIT_CHECK: usize = 1_600;

impl QueryRun<'_> {
    pub(super) async fn evaluate_records_by_gsid(&mut self, gsids: &[&str]) -> QueryResult<()> {
        let name = &self.query.object.name;
        let key = |gsid: &&str| keys::record_key(&self.store.tenant.id, name, gsid);
        let items = self.store.batch_get_items(gsids.iter().map(key).collect()).await?;
        self.evaluate_records(items).await
    }

    /// Evaluates the records that lookup entries name. Entries are hints: their records are evaluated
    /// like any other row.
    pub(super) async fn evaluate_records_by_entries(
        &mut self,
        field: &str,
        values: &[String],
    ) -> QueryResult<()> {
        let mut seen = std::collections::HashSet::new();
        for value in values {
            let mut from = None;
            loop {
                let (mut keys, next) =
                    self.store.read_entry_page(self.query.object, field, value, from).await?;
                keys.retain(|key| seen.insert(key.sk.clone()));
                let items = self.store.batch_get_items(keys).await?;
                self.evaluate_records(items).await?;
                from = next;
                if from.is_none() {
                    break;
                }
            }
        }
        Ok(())
    }

    pub(super) async fn evaluate_record_items(&mut self, items: Vec<TableItem>) -> QueryResult<()> {
        let items = items.into_iter().filter_map(|item| Some((ItemKey::from_item(&item)?, item)));
        self.evaluate_records(items).await
    }

    async fn evaluate_records(
        &mut self,
        items: impl IntoIterator<Item = (ItemKey, TableItem)>,
    ) -> QueryResult<()> {
        let records = items.into_iter().map(|(key, item)| parse_record(&key, item));
        let mut records: Vec<Record> = records.collect::<crate::Result<_>>()?;
        records.sort_by(|a, b| a.gsid.cmp(&b.gsid));
        let companies = records.iter().filter_map(Record::company_id).map(RowReference::company);
        self.read_related(companies).await?;
        let present = records.iter().filter(|record| self.related.is_present(record));
        let mut views: Vec<_> = present.map(View::Record).collect();
        views.sort_by_cached_key(|view| RowKey::from_view(*view));
        self.evaluate_views(&views).await
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
            let gsids: Vec<_> =
                chunk.iter().filter_map(|reference| Gsid::parse(&reference.gsid)).collect();
            for person in self.store.read_people(&gsids).await? {
                self.related.add_person(person);
            }
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
        for (key, item) in self.store.batch_get_items(keys).await? {
            let record = parse_record(&key, item)?;
            companies.extend(record.company_id().map(RowReference::company));
            self.related.add_record(record.into());
        }
        Ok(companies)
    }
}
