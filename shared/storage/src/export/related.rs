//! Rows that the rows of a page refer to, for conditions and fields of other rows.

use futures::stream::{self, StreamExt, TryStreamExt};
use people_domain::ids::gsid::Gsid;
use people_domain::objects::record::Record;
use people_domain::people::needs::LookupQuery;
use people_domain::query::{RelatedRows, RowReference};
use people_domain::schema::metadata::{Object, object};

use crate::people::resolve::parse_record;
use crate::table::budget::ReadBudget;
use crate::table::keys;
use crate::{Result, TenantStore};

/// Concurrent reads of people.
const PEOPLE_CONCURRENCY: usize = 16;

impl TenantStore {
    /// Reads the rows that are wanted, and the companies of relationships: a relationship without
    /// its company does not exist (contract: upsert#deleted-companies).
    pub async fn read_related_rows(
        &self,
        wanted: impl IntoIterator<Item = RowReference>,
    ) -> Result<RelatedRows> {
        let mut related = RelatedRows::default();
        let wanted = related.request_new(wanted);
        let (people, records): (Vec<_>, Vec<_>) =
            wanted.into_iter().partition(|reference| reference.object == object::PERSON);
        let companies = self.read_referenced_records(records, &mut related).await?;
        let companies = related.request_new(companies);
        self.read_referenced_records(companies, &mut related).await?;
        let gsids = people.iter().filter_map(|reference| Gsid::parse(&reference.gsid));
        let people = stream::iter(gsids)
            .map(|gsid| async move { self.read_person_by_gsid(&gsid).await })
            .buffer_unordered(PEOPLE_CONCURRENCY);
        let people: Vec<_> = people.try_collect().await?;
        people.into_iter().flatten().for_each(|person| related.add_person(person));
        Ok(related)
    }

    /// Reads records. Returns the companies of those that are relationships.
    async fn read_referenced_records(
        &self,
        wanted: Vec<RowReference>,
        related: &mut RelatedRows,
    ) -> Result<Vec<RowReference>> {
        let key =
            |wanted: RowReference| keys::record_key(&self.tenant.id, &wanted.object, &wanted.gsid);
        let found = self.batch_get_items(wanted.into_iter().map(key).collect()).await?;
        let mut companies = Vec::new();
        for (key, item) in found {
            let record = parse_record(&key, item)?;
            companies.extend(record.company_id().map(RowReference::company));
            related.add_record(record.into());
        }
        Ok(companies)
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
