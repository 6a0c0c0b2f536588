//! The reads that planning rows requires, and their results.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::objects::record::Record;

/// A search by values of fields, all of which must match (contract: lookups#anded-fields).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LookupQuery {
    /// Lower-case object name.
    pub object: String,
    /// Canonical field names and the trimmed texts to search for.
    pub conditions: Vec<(String, String)>,
}

/// Everything that some rows need, each once.
#[derive(Debug, Clone, Default)]
pub struct Needs {
    /// Records that are named by id: object, GSID.
    pub records: BTreeSet<(&'static str, String)>,
    pub queries: BTreeSet<LookupQuery>,
    /// Dropdown labels as (category, label).
    pub labels: BTreeSet<(String, String)>,
    /// Dropdown items as (category, GSID).
    pub items: BTreeSet<(String, String)>,
}

impl Needs {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
            && self.queries.is_empty()
            && self.labels.is_empty()
            && self.items.is_empty()
    }
}

/// The records found in the store; an absent key was not found.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Records by GSID.
    pub records: HashMap<String, Arc<Record>>,
    /// The matches of each search, by creation.
    pub matches: HashMap<LookupQuery, Vec<Arc<Record>>>,
    /// Searches that would exceed the read limit of a call, with the remedy to report.
    pub over_read_limit: HashMap<LookupQuery, String>,
    /// Labels by the GSIDs of their items.
    pub items: HashMap<String, Arc<str>>,
    /// Labels, with their categories, that the category lacks: an open one gets them when they are
    /// written.
    pub new_labels: Vec<(String, String)>,
}

impl Known {
    /// A record of the object that a row names by id.
    #[must_use]
    pub fn record(&self, object: &str, gsid: &str) -> Option<&Arc<Record>> {
        self.records.get(gsid).filter(|record| record.object == object)
    }

    /// Whether a record of the object exists, named by id or found by a search.
    #[must_use]
    pub fn has_record(&self, object: &str, gsid: &str) -> bool {
        let is = |record: &Arc<Record>| record.object == object && record.gsid == gsid;
        self.record(object, gsid).is_some() || self.matches.values().flatten().any(is)
    }
}
