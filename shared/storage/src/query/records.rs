//! Rows that are records of an object.

use std::collections::HashSet;

use people_domain::objects::record::Record;
use people_domain::people::view::View;
use people_domain::query::{RowKey, RowReference};

use super::QueryResult;
use super::run::QueryRun;
use crate::people::resolve::parse_record;
use crate::table::convert::TableItem;
use crate::table::keys::{self, ItemKey};

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
        let mut seen = HashSet::new();
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

    /// Reads related rows, each once in a query.
    pub(super) async fn read_related(
        &mut self,
        wanted: impl IntoIterator<Item = RowReference>,
    ) -> QueryResult<()> {
        Ok(self.store.add_related_rows(&mut self.related, wanted).await?)
    }
}
