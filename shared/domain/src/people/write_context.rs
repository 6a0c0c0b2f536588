//! The one order of writes at a person's place: a write is applied only above what stands there, so
//! that a packet that arrives late is refused for good, and a revision never comes back.

use super::{ERASED_AT, Fence};
use crate::ids::stamp::Stamp;
use crate::objects::record::{Attributes, UPDATED, attribute_stamp};

/// The last write or erasure at a place. Every write says that both are older than its own stamp.
#[must_use]
pub fn latest_stamp(item: &Attributes) -> Option<Stamp> {
    attribute_stamp(item, UPDATED).max(attribute_stamp(item, ERASED_AT))
}

/// Which write this is: the stamps that it leaves, and the row of a job behind it.
#[derive(Debug, Clone)]
pub struct WriteContext {
    /// When it is sent: it has to be later than all that stands at the place.
    pub stamp: Stamp,
    /// The time at which a record made by this write counts as made. Rows of a job have the stamp
    /// of their chunk's first attempt, so that a later attempt knows what it made.
    pub created: Stamp,
    /// The row of a job, if it is one.
    pub fence: Option<Fence>,
}

impl WriteContext {
    /// A write of no job.
    #[must_use]
    pub fn new(stamp: Stamp) -> Self {
        Self { stamp, created: stamp, fence: None }
    }

    /// This write with a later stamp.
    #[must_use]
    pub fn with_stamp(&self, stamp: Stamp) -> Self {
        let born = if self.fence.is_some() { self.created } else { stamp };
        Self { stamp, created: born, fence: self.fence.clone() }
    }

    /// Whether the write comes after all that stands at a place.
    #[must_use]
    pub fn is_after(&self, item: Option<&Attributes>) -> bool {
        item.and_then(latest_stamp).is_none_or(|latest| latest < self.stamp)
    }
}
