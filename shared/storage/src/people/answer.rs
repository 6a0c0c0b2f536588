//! A person as it is printed: the records it names are looked up first.

use people_domain::limit;
use people_domain::people::Person;
use people_domain::people::need::Needs;
use people_domain::people::view;
use people_domain::response::get;
use people_domain::schema::metadata::object;
use serde_json::Value as Json;

use crate::table::budget::Budget;
use crate::{Result, StoreError, TenantStore};

fn too_large() -> String {
    format!(
        "The person would be a larger answer than {} MB; query company_person and relationship_person \
         by Person_ID for parts of it",
        limit::ANSWER_MB
    )
}

impl TenantStore {
    /// The `data` of GET; one read when a name is not remembered.
    ///
    /// # Errors
    /// When the store fails, or the person would be too large an answer.
    pub async fn print_person(&self, person: &Person) -> Result<Json> {
        let metadata = self.metadata().await?;
        let needs =
            Needs { records: view::references(person).into_iter().collect(), ..Needs::default() };
        let budget = Budget::of_call(self.usage());
        let mut known = self.resolve(&needs, &budget).await?;
        let more = view::own_companies(person, &known.records);
        if !more.is_empty() {
            let records = more.into_iter().map(|id| (object::COMPANY, id)).collect();
            known.records.extend(
                self.resolve(&Needs { records, ..Needs::default() }, &budget).await?.records,
            );
        }
        let printed = get::person(person, &known.records, &metadata, self.mint());
        printed.ok_or_else(|| StoreError::TooMuch(too_large()))
    }
}
