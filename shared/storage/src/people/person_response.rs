//! Renders a person after the records that it names are read.

use std::collections::HashMap;
use std::sync::Arc;

use people_domain::limit;
use people_domain::objects::record::Record;
use people_domain::people::Person;
use people_domain::people::needs::Needs;
use people_domain::people::view;
use people_domain::response::get;
use people_domain::schema::metadata::object;
use serde_json::Value as Json;

use crate::table::budget::ReadBudget;
use crate::{Result, StoreError, TenantStore};

fn person_too_large_message() -> String {
    format!(
        "The person would be a larger answer than {} MB; query company_person and relationship_person \
         by Person_ID for parts of it",
        limit::RESPONSE_MB_MAX
    )
}

impl TenantStore {
    /// Renders the `data` of GET; costs a read when a name is not cached.
    ///
    /// # Errors
    /// [`StoreError::ReadLimitExceeded`] when the answer would be too large.
    pub async fn render_person(&self, person: &Person) -> Result<Json> {
        let metadata = self.read_metadata().await?;
        let records = self.read_named_records(person).await?;
        let data = get::render_person(person, &records, &metadata, self.ids());
        data.ok_or_else(|| StoreError::ReadLimitExceeded(person_too_large_message()))
    }

    /// The records that decide which associations of a person are shown, and under which company,
    /// by GSID.
    pub(super) async fn read_named_records(
        &self,
        person: &Person,
    ) -> Result<HashMap<String, Arc<Record>>> {
        let needs = Needs {
            records: view::list_references(person).into_iter().collect(),
            ..Needs::default()
        };
        let budget = ReadBudget::for_call(self.usage());
        let mut known = self.resolve_needs(&needs, &budget).await?;
        let companies = view::companies_of_relationships(person, &known.records);
        if !companies.is_empty() {
            let records = companies.into_iter().map(|id| (object::COMPANY, id)).collect();
            known.records.extend(
                self.resolve_needs(&Needs { records, ..Needs::default() }, &budget).await?.records,
            );
        }
        Ok(known.records)
    }
}
