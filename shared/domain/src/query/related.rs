//! Related rows: the rows that other rows refer to, each read once in a query.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::objects::record::Record;
use crate::people::Person;
use crate::people::view::View;
use crate::schema::metadata::object;

/// A reference to a row by object and GSID.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RowReference {
    /// The lower-case name of the object.
    pub object: String,
    pub gsid: String,
}

impl RowReference {
    /// A reference to a company.
    #[must_use]
    pub fn company(gsid: &str) -> Self {
        Self { object: object::COMPANY.to_owned(), gsid: gsid.to_owned() }
    }
}

/// The related rows found so far.
#[derive(Debug, Default)]
pub struct RelatedRows {
    /// Records by GSID.
    pub records: HashMap<String, Arc<Record>>,
    people: HashMap<String, Person>,
    requested: HashSet<RowReference>,
}

impl RelatedRows {
    /// The rows that were not requested before; records that they are now.
    #[must_use]
    pub fn request_new(
        &mut self,
        wanted: impl IntoIterator<Item = RowReference>,
    ) -> Vec<RowReference> {
        wanted.into_iter().filter(|reference| self.requested.insert(reference.clone())).collect()
    }

    pub fn add_record(&mut self, record: Arc<Record>) {
        self.records.insert(record.gsid.clone(), record);
    }

    pub fn add_person(&mut self, person: Person) {
        self.people.insert(person.gsid.clone(), person);
    }

    /// The number of rows that are held.
    #[must_use]
    pub fn len(&self) -> usize {
        self.records.len() + self.people.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
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

    /// Whether a record that was read counts as existing: a relationship is deleted along with its
    /// company.
    #[must_use]
    pub fn is_present(&self, record: &Record) -> bool {
        record.is_present(&self.records)
    }
}
