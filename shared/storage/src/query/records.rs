//! Rows that are records of their own: by GSID, by lookup entries, or all of them.

use people_domain::ids::gsid::Gsid;
use people_domain::objects::record::Record;
use people_domain::people::view::View;
use people_domain::query::Reference;

use super::{Ran, Run};
use crate::people::resolve::read_record;
use crate::table::convert::Item;
use crate::table::keys::{self, Key};

impl Run<'_> {
    pub(super) async fn records_by_gsid(&mut self, gsids: &[Gsid]) -> Ran<()> {
        let name = &self.query.object.name;
        let key = |gsid: &Gsid| keys::object(&self.store.tenant.id, name, gsid.as_str());
        let items = self.store.batch_get(gsids.iter().map(key).collect()).await?;
        self.offer_records(items).await
    }

    /// Entries are hints: what they lead to is judged like any other row.
    pub(super) async fn records_by_entries(&mut self, field: &str, values: &[String]) -> Ran<()> {
        for value in values {
            let mut from = None;
            loop {
                let (mut keys, next) =
                    self.store.entry_page(self.query.object, field, value, from).await?;
                keys.retain(|key| self.seen.insert(key.sk.clone()));
                let items = self.store.batch_get(keys).await?;
                self.offer_records(items).await?;
                from = next;
                if from.is_none() {
                    break;
                }
            }
        }
        Ok(())
    }

    /// The object's partition, page by page, no further than rows are wanted.
    pub(super) async fn all_records(&mut self) -> Ran<()> {
        let pk = keys::objects(&self.store.tenant.id, &self.query.object.name);
        let mut from = None;
        loop {
            let most = self.most();
            let (items, next) = self.store.query_page(&pk, self.query, most, from).await?;
            let items = items.into_iter().filter_map(|item| Some((Key::of(&item)?, item)));
            self.offer_records(items).await?;
            from = next;
            if from.is_none() || self.is_full() {
                return Ok(());
            }
        }
    }

    async fn offer_records(&mut self, items: impl IntoIterator<Item = (Key, Item)>) -> Ran<()> {
        let records = items.into_iter().map(|(key, item)| read_record(&key, item));
        let records: Vec<Record> = records.collect::<crate::Result<_>>()?;
        let companies = records.iter().filter_map(Record::company).map(Reference::company);
        self.fetch(companies).await?;
        let there = records.iter().filter(|record| self.related.is_there(record));
        let views: Vec<_> = there.map(View::Record).collect();
        self.offer(&views).await
    }
}
