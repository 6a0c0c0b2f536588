//! The rows to which others refer.

use people_domain::ids::gsid::Gsid;
use people_domain::query::{RelatedRows, RowReference};
use people_domain::schema::metadata::object;

use crate::people::resolve::parse_record;
use crate::table::keys;
use crate::{Result, TenantStore};

/// People that are read between two steps, so that few are held twice: 16 calls.
const PEOPLE_PER_STEP: usize = 1_600;

impl TenantStore {
    /// Reads the rows that were not requested before, and the companies of relationships: a
    /// relationship without its company does not exist (contract: upsert#deleted-companies).
    pub async fn add_related_rows(
        &self,
        related: &mut RelatedRows,
        wanted: impl IntoIterator<Item = RowReference>,
    ) -> Result<()> {
        let wanted = related.request_new(wanted);
        let (people, records): (Vec<_>, Vec<_>) =
            wanted.into_iter().partition(|reference| reference.object == object::PERSON);
        let companies = self.add_related_records(related, records).await?;
        let companies = related.request_new(companies);
        self.add_related_records(related, companies).await?;
        for step in people.chunks(PEOPLE_PER_STEP) {
            let gsids: Vec<_> =
                step.iter().filter_map(|reference| Gsid::parse(&reference.gsid)).collect();
            for person in self.read_people(&gsids).await? {
                related.add_person(person);
            }
        }
        Ok(())
    }

    /// Reads records. Returns the companies of those that are relationships.
    async fn add_related_records(
        &self,
        related: &mut RelatedRows,
        wanted: Vec<RowReference>,
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
}
