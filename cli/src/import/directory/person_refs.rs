//! Fields that hold the id of a person: people get their ids when they are written, so these fields
//! are left out at first and written in a second step.

use std::collections::{HashMap, HashSet};

use futures::{StreamExt, TryStreamExt, stream};
use people_domain::export::ImportedIds;
use people_domain::ids::email::Email;
use people_domain::schema::metadata::object;
use serde_json::{Map, Value as Json};

use super::DirectoryImport;
use crate::error::CommandError;

/// Members that identify a row or an association.
const KEYS: [&str; 4] = ["Gsid", "Email", "Company_ID", "Relationship_ID"];

/// People that are looked up at the same time.
const CONCURRENCY: usize = 16;

/// The people that fields refer to, by their exported ids.
#[derive(Debug, Default)]
pub(super) struct PersonRefs {
    wanted: HashSet<String>,
    /// Their ids in the importing tenant.
    found: HashMap<String, String>,
}

impl PersonRefs {
    pub(super) fn is_empty(&self) -> bool {
        self.wanted.is_empty()
    }

    /// People that fields refer to and that the importing tenant does not have.
    pub(super) fn unresolved(&self) -> usize {
        self.wanted.len() - self.found.len()
    }

    /// Takes the references out of a record. Returns them with the keys by which they are written,
    /// if there are any.
    pub(super) fn split_record(&mut self, record: &mut Json, ids: &ImportedIds) -> Option<Json> {
        let map = record.as_object_mut()?;
        let mut taken = Map::new();
        let members = std::mem::take(map);
        let mut has_refs = false;
        for (name, mut value) in members {
            let is_key = KEYS.contains(&name.as_str());
            if is_key {
                taken.insert(name.clone(), value.clone());
            } else if let Some(id) = value.as_str().filter(|text| ids.is_person_id(text)) {
                self.wanted.insert(id.to_owned());
                taken.insert(name, value);
                has_refs = true;
                continue;
            } else if let Some(items) = value.as_array_mut() {
                let items: Vec<_> =
                    items.iter_mut().filter_map(|item| self.split_record(item, ids)).collect();
                if !items.is_empty() {
                    taken.insert(name.clone(), items.into());
                    has_refs = true;
                }
            }
            map.insert(name, value);
        }
        has_refs.then_some(Json::Object(taken))
    }

    /// Puts the ids of the importing tenant into references; those that are unknown are left out.
    pub(super) fn fill_record(&self, record: &mut Json, ids: &ImportedIds) {
        match record {
            Json::Array(items) => items.iter_mut().for_each(|item| self.fill_record(item, ids)),
            Json::Object(map) => {
                let is_unknown = |name: &str, value: &Json| {
                    let id = value.as_str().filter(|text| ids.is_person_id(text));
                    !KEYS.contains(&name) && id.is_some_and(|id| !self.found.contains_key(id))
                };
                map.retain(|name, value| !is_unknown(name, value));
                map.values_mut().for_each(|value| self.fill_record(value, ids));
            }
            Json::String(text) => {
                if let Some(found) = self.found.get(text.as_str()) {
                    text.clone_from(found);
                }
            }
            _ => {}
        }
    }
}

impl DirectoryImport<'_> {
    /// Finds the people that fields refer to: by the emails that the export has for their ids.
    pub(super) async fn resolve_person_refs(
        &self,
        refs: &mut PersonRefs,
    ) -> Result<(), CommandError> {
        let mut emails = HashMap::new();
        for file in self.files_of(object::PERSON) {
            for record in file.read()? {
                let record = record?.record;
                let text = |name: &str| record.get(name).and_then(Json::as_str);
                if let (Some(gsid), Some(email)) = (text("Gsid"), text("Email"))
                    && refs.wanted.contains(gsid)
                    && let Ok(email) = Email::parse(email)
                {
                    emails.insert(gsid.to_owned(), email);
                }
            }
        }
        let found = stream::iter(emails).map(|(gsid, email)| async move {
            let person = self.store.read_person_by_email(&email).await?;
            Ok::<_, CommandError>(person.map(|person| (gsid, person.gsid)))
        });
        let mut found = std::pin::pin!(found.buffer_unordered(CONCURRENCY));
        while let Some(person) = found.try_next().await? {
            refs.found.extend(person);
        }
        Ok(())
    }
}
