//! A row from its parsing to its answer, and the outcome of its person.

use std::collections::HashSet;
use std::sync::Arc;

use super::Person;
use super::plan::RowPlan;
use super::row::Row;
use crate::fault::Fault;

/// A person that was written.
#[derive(Debug)]
pub struct UpsertedPerson {
    /// The person as it is stored now.
    pub person: Arc<Person>,
    /// Whether this write created the person.
    pub inserted: bool,
    /// Names of the associations that this write created.
    pub created_associations: HashSet<String>,
}

/// The outcome of a row's person.
#[derive(Debug)]
pub enum RowOutcome {
    /// The person is stored as the row requires.
    Written(UpsertedPerson),
    /// The person was not written, because of these faults.
    Refused {
        faults: Vec<Fault>,
        /// Whether the person existed before the row.
        exists: bool,
    },
}

impl RowOutcome {
    /// The outcome of a row whose processing panicked.
    #[must_use]
    pub fn unexpected() -> Self {
        Self::Refused { faults: vec![Fault::unexpected()], exists: false }
    }
}

/// A row of a request or a chunk while it is processed.
pub struct RowInFlight<'a> {
    /// Its number in the payload, from 1.
    pub number: u64,
    pub parsed: Row<'a>,
    pub plan: RowPlan,
    /// `None` until the row is finished.
    pub outcome: Option<RowOutcome>,
}
