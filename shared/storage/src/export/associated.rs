//! The companies and relationships that people of a pass belong to, each read once as long as they
//! are remembered.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use people_domain::limit;
use people_domain::objects::record::{COMPANY_ID_CODE, RELATIONSHIP_TYPE_CODE, Record};
use people_domain::people::{Person, view};
use people_domain::schema::metadata::object;

use crate::people::resolve::parse_record;
use crate::table::keys::{self, ItemKey};
use crate::{Result, TenantStore};

/// Records as far as associations depend on them. A deletion during a pass is not noticed for those
/// that are remembered.
#[derive(Debug, Default)]
pub struct AssociatedRecords {
    records: HashMap<String, Arc<Record>>,
    absent: HashSet<ItemKey>,
}

impl AssociatedRecords {
    /// The existing records by GSID.
    #[must_use]
    pub fn records(&self) -> &HashMap<String, Arc<Record>> {
        &self.records
    }

    /// Forgets all records once they are too many.
    fn trim(&mut self) {
        if self.records.len() + self.absent.len() > limit::EXPORT_RECORDS_KEPT_MAX {
            *self = Self::default();
        }
    }

    fn is_known(&self, key: &ItemKey) -> bool {
        self.records.contains_key(&key.sk) || self.absent.contains(key)
    }
}

impl TenantStore {
    /// Reads the records that the associations of people need and that are not remembered.
    pub async fn read_associated_records(
        &self,
        people: &[Person],
        associated: &mut AssociatedRecords,
    ) -> Result<()> {
        associated.trim();
        let wanted: HashSet<_> = people.iter().flat_map(view::list_references).collect();
        self.read_missing_records(wanted, associated).await?;
        let companies = people
            .iter()
            .flat_map(|person| view::companies_of_relationships(person, associated.records()));
        let companies: HashSet<_> = companies.map(|gsid| (object::COMPANY, gsid)).collect();
        self.read_missing_records(companies, associated).await
    }

    /// Reads the companies of relationships.
    pub(super) async fn read_companies_of(
        &self,
        records: &[Record],
        associated: &mut AssociatedRecords,
    ) -> Result<()> {
        associated.trim();
        let companies = records.iter().filter_map(Record::company_id);
        let companies = companies.map(|gsid| (object::COMPANY, gsid.to_owned()));
        self.read_missing_records(companies.collect(), associated).await
    }

    async fn read_missing_records(
        &self,
        wanted: HashSet<(&'static str, String)>,
        associated: &mut AssociatedRecords,
    ) -> Result<()> {
        let key = |(object, gsid): (&str, String)| keys::record_key(&self.tenant.id, object, &gsid);
        let missing = wanted.into_iter().map(key).filter(|key| !associated.is_known(key));
        let missing: Vec<ItemKey> = missing.collect();
        let mut found = self.batch_get_items(missing.clone()).await?;
        for key in missing {
            let Some(item) = found.remove(&key) else {
                associated.absent.insert(key);
                continue;
            };
            let mut record = parse_record(&key, item)?;
            // Nothing else of a record shows in an association.
            record.attributes.retain(|code, _| {
                [COMPANY_ID_CODE, RELATIONSHIP_TYPE_CODE].contains(&code.as_str())
            });
            associated.records.insert(record.gsid.clone(), Arc::new(record));
        }
        Ok(())
    }
}
