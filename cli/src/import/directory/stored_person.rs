//! A person as the importing tenant has it: the second step must not make rows of what the first
//! one refused.

use people_domain::ids::email::Email;
use people_domain::people::Person;
use serde_json::Value as Json;

use super::DirectoryImport;
use crate::error::CommandError;

impl DirectoryImport<'_> {
    /// Takes the associations that the tenant does not have out of a person; false if it does not
    /// have the person.
    pub(super) async fn keep_stored(&self, record: &mut Json) -> Result<bool, CommandError> {
        let email = record.get("Email").and_then(Json::as_str);
        let Some(email) = email.and_then(|email| Email::parse(email).ok()) else {
            return Ok(false);
        };
        let Some(person) = self.store.read_person_by_email(&email).await? else {
            return Ok(false);
        };
        self.ids.map_document(record);
        retain(record, "companies", |item| {
            let Some(company) = text(item, "Company_ID").map(str::to_owned) else { return false };
            retain(item, "relationships", |item| has_relationship(&person, item, Some(&company)));
            person.companies.iter().any(|stored| stored.target == company)
        });
        retain(record, "relationships", |item| has_relationship(&person, item, None));
        Ok(true)
    }
}

fn retain(record: &mut Json, list: &str, is_kept: impl FnMut(&mut Json) -> bool) {
    if let Some(items) = record.get_mut(list).and_then(Json::as_array_mut) {
        items.retain_mut(is_kept);
    }
}

/// Whether the person has the relationship, where it is nested under a company: under this one, or
/// under its own.
fn has_relationship(person: &Person, item: &Json, company: Option<&str>) -> bool {
    let id = text(item, "Relationship_ID");
    person.relationships.iter().any(|stored| {
        let elsewhere = stored.company.as_deref();
        id == Some(&stored.target) && (elsewhere.is_none() || elsewhere == company)
    })
}

fn text<'j>(record: &'j Json, name: &str) -> Option<&'j str> {
    record.get(name).and_then(Json::as_str)
}
