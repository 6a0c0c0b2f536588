//! Rows that the rows of a page refer to, for conditions and fields of other rows.

use people_domain::objects::record::Record;
use people_domain::people::needs::LookupQuery;
use people_domain::query::{RelatedRows, RowReference};
use people_domain::schema::metadata::Object;

use crate::table::budget::ReadBudget;
use crate::{Result, TenantStore};

impl TenantStore {
    /// Reads the rows that are wanted, and the companies of relationships.
    pub async fn read_related_rows(
        &self,
        wanted: impl IntoIterator<Item = RowReference>,
    ) -> Result<RelatedRows> {
        let mut related = RelatedRows::default();
        self.add_related_rows(&mut related, wanted).await?;
        Ok(related)
    }

    /// The GSIDs of the records that have this value in a field, at most `count`.
    pub async fn find_records(
        &self,
        object: &Object,
        field: &str,
        value: &str,
        count: usize,
    ) -> Result<Vec<String>> {
        let conditions = vec![(field.to_owned(), value.trim().to_owned())];
        let query = LookupQuery { object: object.name.clone(), conditions };
        let budget = ReadBudget::for_call(self.usage());
        let mut found = self.search_many(&[query.clone()].into(), count, &budget).await?;
        let records = found.matches.remove(&query).unwrap_or_default();
        Ok(records.iter().map(|record: &std::sync::Arc<Record>| record.gsid.clone()).collect())
    }
}
