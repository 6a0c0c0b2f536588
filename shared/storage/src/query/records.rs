//! Rows that are records of an object: by GSID, by lookup entries, or all of them.

use people_domain::ids::gsid::Gsid;
use people_domain::objects::record::Record;
use people_domain::people::view::View;
use people_domain::query::RowReference;

use super::{QueryResult, QueryRun};
use crate::people::resolve::parse_record;
use crate::table::convert::TableItem;
use crate::table::keys::{self, ItemKey};

impl QueryRun<'_> {
    pub(super) async fn offer_records_by_gsid(&mut self, gsids: &[Gsid]) -> QueryResult<()> {
        let name = &self.query.object.name;
        let key = |gsid: &Gsid| keys::record_key(&self.store.tenant.id, name, gsid.as_str());
        let items = self.store.batch_get_items(gsids.iter().map(key).collect()).await?;
        self.offer_records(items).await
    }

    /// Offers the records that lookup entries name. Entries are hints: their records are evaluated
    /// like any other row.
    pub(super) async fn offer_records_by_entries(
        &mut self,
        field: &str,
        values: &[String],
    ) -> QueryResult<()> {
        for value in values {
            let mut from = None;
            loop {
                let (mut keys, next) =
                    self.store.read_entry_page(self.query.object, field, value, from).await?;
                keys.retain(|key| self.seen.insert(key.sk.clone()));
                let items = self.store.batch_get_items(keys).await?;
                self.offer_records(items).await?;
                from = next;
                if from.is_none() {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Offers the object's partition, page by page, until enough rows are kept.
    pub(super) async fn offer_all_records(&mut self) -> QueryResult<()> {
        let pk = keys::records_partition(&self.store.tenant.id, &self.query.object.name);
        let mut from = None;
        loop {
            let items_max = self.page_limit();
            let (items, next) =
                self.store.read_query_page(&pk, self.query, items_max, from).await?;
            let items =
                items.into_iter().filter_map(|item| Some((ItemKey::from_item(&item)?, item)));
            self.offer_records(items).await?;
            from = next;
            if from.is_none() || self.is_full() {
                return Ok(());
            }
        }
    }

    async fn offer_records(
        &mut self,
        items: impl IntoIterator<Item = (ItemKey, TableItem)>,
    ) -> QueryResult<()> {
        let records = items.into_iter().map(|(key, item)| parse_record(&key, item));
        let records: Vec<Record> = records.collect::<crate::Result<_>>()?;
        let companies = records.iter().filter_map(Record::company_id).map(RowReference::company);
        self.read_related(companies).await?;
        let present = records.iter().filter(|record| self.related.is_present(record));
        let views: Vec<_> = present.map(View::Record).collect();
        self.offer_views(&views).await
    }
}
