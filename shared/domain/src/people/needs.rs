//! What has to be known of the store before rows can be planned, and what was found.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::objects::record::Record;

/// A search by values of fields, all of which must match (contract: lookups#anded-fields).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LookupQuery {
    /// Lower-case object name.
    pub object: String,
    /// Canonical field names and the trimmed texts looked for.
    pub conditions: Vec<(String, String)>,
}

/// Everything that some rows need; each thing once.
#[derive(Debug, Clone, Default)]
pub struct Needs {
    /// Records named by id: object, GSID.
    pub records: BTreeSet<(&'static str, String)>,
    /// Searches.
    pub queries: BTreeSet<LookupQuery>,
    /// Dropdown labels, by category.
    pub labels: BTreeSet<(String, String)>,
    /// Dropdown items, by category and GSID.
    pub items: BTreeSet<(String, String)>,
}

impl Needs {
    /// Whether nothing is needed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
            && self.queries.is_empty()
            && self.labels.is_empty()
            && self.items.is_empty()
    }
}

/// What the store had. Absent means: not there.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Records by GSID.
    pub records: HashMap<String, Arc<Record>>,
    /// Matches of each search, the first made first.
    pub matches: HashMap<LookupQuery, Vec<Arc<Record>>>,
    /// Searches that would have to read more than a call may, with what to do about it.
    pub over_read_limit: HashMap<LookupQuery, String>,
    /// Labels by item GSID.
    pub items: HashMap<String, Arc<str>>,
    /// Labels that their category does not have yet: an open one learns them when they are written.
    pub new_labels: Vec<(String, String)>,
}

impl Known {
    /// A record of the object, by id.
    #[must_use]
    pub fn record(&self, object: &str, gsid: &str) -> Option<&Arc<Record>> {
        self.records.get(gsid).filter(|record| record.object == object)
    }

    /// Whether a record of the object is there, named by id or found by a search.
    #[must_use]
    pub fn has_record(&self, object: &str, gsid: &str) -> bool {
        let is = |record: &Arc<Record>| record.object == object && record.gsid == gsid;
        self.record(object, gsid).is_some() || self.matches.values().flatten().any(is)
    }
}
