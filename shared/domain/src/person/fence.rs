//! What keeps a job's rows in order however often and late they come: each write of a job leaves
//! the number of its row, and is refused where the same job's mark is not behind it (design).

use super::ERASED;
use crate::record::{Attributes, text};
use crate::stamp::Stamp;

/// The mark of the last job that wrote a person.
pub const FENCE: &str = "f";

/// A row of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fence {
    /// The job's id.
    pub job: String,
    /// The row's place in the payload, from 1.
    pub row: u64,
    /// When the job was accepted.
    pub accepted: Stamp,
}

impl Fence {
    /// As it is stored: marks of one job sort by row.
    #[must_use]
    pub fn mark(&self) -> String {
        format!("{}#{:08}", self.job, self.row)
    }

    /// Whether this row, or a later one of the same job, was applied to the item.
    #[must_use]
    pub fn is_behind(&self, item: &Attributes) -> bool {
        let stored = text(item, FENCE).filter(|stored| stored.starts_with(&self.job));
        stored.is_some_and(|stored| stored >= self.mark().as_str())
    }

    /// Whether the person was erased after the job was accepted: the job must not bring it back.
    #[must_use]
    pub fn was_erased(&self, item: &Attributes) -> bool {
        text(item, ERASED).is_some_and(|erased| erased >= self.accepted.as_str())
    }
}

/// Which write this is.
#[derive(Debug, Clone)]
pub struct Mark {
    /// Its time-ordered id.
    pub stamp: Stamp,
    /// The row of a job, if it is one.
    pub fence: Option<Fence>,
}
