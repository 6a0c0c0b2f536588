//! A person as it is printed: the records it names are looked up first.

use people_domain::limit;
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
    /// The `data` of GET; one read when a name is not remembered.
    ///
    /// # Errors
    /// When the store fails, or the person would be too large an answer.
    pub async fn render_person(&self, person: &Person) -> Result<Json> {
        let metadata = self.read_metadata().await?;
        let needs = Needs {
            records: view::list_references(person).into_iter().collect(),
            ..Needs::default()
        };
        let budget = ReadBudget::for_call(self.usage());
        let mut known = self.resolve_needs(&needs, &budget).await?;
        let more = view::companies_of_relationships(person, &known.records);
        if !more.is_empty() {
            let records = more.into_iter().map(|id| (object::COMPANY, id)).collect();
            known.records.extend(
                self.resolve_needs(&Needs { records, ..Needs::default() }, &budget).await?.records,
            );
        }
        let printed = get::render_person(person, &known.records, &metadata, self.ids());
        printed.ok_or_else(|| StoreError::ReadLimitExceeded(person_too_large_message()))
    }
}
