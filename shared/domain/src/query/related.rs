//! The rows that other rows name, each asked for once in a query.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::objects::record::Record;
use crate::people::Person;
use crate::people::view::View;
use crate::schema::metadata::object;

/// A row by object and GSID.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RowReference {
    /// Lower-case object name.
    pub object: String,
    /// Its GSID.
    pub gsid: String,
}

impl RowReference {
    /// A company.
    #[must_use]
    pub fn company(gsid: &str) -> Self {
        Self { object: object::COMPANY.to_owned(), gsid: gsid.to_owned() }
    }
}

/// What was found so far.
#[derive(Debug, Default)]
pub struct RelatedRows {
    /// Records by GSID.
    pub records: HashMap<String, Arc<Record>>,
    people: HashMap<String, Person>,
    requested: HashSet<RowReference>,
}

impl RelatedRows {
    /// Those that were not asked for before; from now on they are.
    #[must_use]
    pub fn request_new(
        &mut self,
        wanted: impl IntoIterator<Item = RowReference>,
    ) -> Vec<RowReference> {
        wanted.into_iter().filter(|reference| self.requested.insert(reference.clone())).collect()
    }

    /// Adds a record.
    pub fn add_record(&mut self, record: Arc<Record>) {
        self.records.insert(record.gsid.clone(), record);
    }

    /// Adds a person.
    pub fn add_person(&mut self, person: Person) {
        self.people.insert(person.gsid.clone(), person);
    }

    /// The row, if it was found.
    #[must_use]
    pub fn view(&self, reference: &RowReference) -> Option<View<'_>> {
        if reference.object == object::PERSON {
            return self.people.get(&reference.gsid).map(View::Person);
        }
        let record = self.records.get(&reference.gsid);
        let record = record.filter(|record| record.object == reference.object);
        record.filter(|record| self.is_present(record)).map(|found| View::Record(found))
    }

    /// Whether a record that was read is one: a relationship goes with its company.
    #[must_use]
    pub fn is_present(&self, record: &Record) -> bool {
        record.is_present(&self.records)
    }
}
