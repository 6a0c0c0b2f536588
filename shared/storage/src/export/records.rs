//! A pass over the records of an object other than those of people.

use people_domain::ids::stamp::Stamp;
use people_domain::objects::record::Record;
use people_domain::schema::metadata::Object;

use super::associated::AssociatedRecords;
use super::selection::filter_written_since;
use crate::people::resolve::parse_record;
use crate::table::keys::{self, ItemKey};
use crate::{Result, TenantStore};

/// A page of a pass over records.
#[derive(Debug)]
pub struct RecordsPage {
    pub records: Vec<Record>,
    /// The position of the next page; `None` at the end.
    pub next: Option<String>,
}

impl TenantStore {
    /// Reads a page of an object's records, those after the position `after`; `since` limits it to
    /// those that were written at this stamp or later. A relationship of a deleted company is no
    /// record (contract: upsert#deleted-companies).
    pub async fn read_records_page(
        &self,
        object: &Object,
        after: Option<&str>,
        since: Option<Stamp>,
        associated: &mut AssociatedRecords,
    ) -> Result<RecordsPage> {
        let pk = keys::records_partition(&self.tenant.id, &object.name);
        let filter = since.map(filter_written_since);
        let (items, next) = self.read_page_after(&pk, after, filter.as_ref()).await?;
        let keyed = items.into_iter().filter_map(|item| Some((ItemKey::from_item(&item)?, item)));
        let records = keyed.map(|(key, item)| parse_record(&key, item));
        let mut records: Vec<Record> = records.collect::<Result<_>>()?;
        self.read_companies_of(&records, associated).await?;
        records.retain(|record| record.is_present(associated.records()));
        Ok(RecordsPage { records, next })
    }
}
