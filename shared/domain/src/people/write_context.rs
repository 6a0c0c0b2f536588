//! The order of writes in a slot: a write is applied only if its stamp is later than those in the
//! slot, so that a packet that arrives late is refused for good, and a stamp never recurs.

use super::{ERASED_AT, Fence};
use crate::ids::stamp::Stamp;
use crate::objects::record::{Attributes, UPDATED, attribute_stamp};

/// The stamp of the last write or erasure in a slot. Every write carries the condition that both
/// are earlier than its own stamp.
#[must_use]
pub fn latest_stamp(item: &Attributes) -> Option<Stamp> {
    attribute_stamp(item, UPDATED).max(attribute_stamp(item, ERASED_AT))
}

/// The stamps that a write stores, and the job rows behind it.
#[derive(Debug, Clone)]
pub struct WriteContext {
    /// The time of sending; it must be later than all stamps in the slot.
    pub stamp: Stamp,
    /// The creation stamp of what this write creates. Rows of a job have the stamp of their chunk's
    /// first attempt, so that a later attempt recognises what it created.
    pub created: Stamp,
    /// The fence of a job's rows.
    pub fence: Option<Fence>,
}

impl WriteContext {
    /// The context of a write outside of jobs.
    #[must_use]
    pub fn new(stamp: Stamp) -> Self {
        Self { stamp, created: stamp, fence: None }
    }

    /// The context of this write with a later stamp.
    #[must_use]
    pub fn with_stamp(&self, stamp: Stamp) -> Self {
        let created = if self.fence.is_some() { self.created } else { stamp };
        Self { stamp, created, fence: self.fence.clone() }
    }

    /// Whether the write is later than all stamps in a slot.
    #[must_use]
    pub fn is_after(&self, item: Option<&Attributes>) -> bool {
        item.and_then(latest_stamp).is_none_or(|latest| latest < self.stamp)
    }
}
