//! The stamps of the sendings of one write. It may be sent several times, each time with a stamp of
//! its own, and recognises what it has written by them.

use people_domain::ids::stamp::Stamp;
use people_domain::objects::record::{Attributes, CREATED, UPDATED, attribute_stamp};

use crate::table::clock::Clock;

/// The stamps so far; the last is that of the next sending.
#[derive(Debug)]
pub(crate) struct SentStamps(Vec<Stamp>);

impl SentStamps {
    pub(crate) fn new(first: Stamp) -> Self {
        Self(vec![first])
    }

    /// The stamp of the next sending.
    pub(crate) fn last(&self) -> Stamp {
        self.0.last().copied().unwrap_or_else(|| Stamp::new(0))
    }

    pub(crate) fn add(&mut self, stamp: Stamp) {
        self.0.push(stamp);
    }

    /// Takes a stamp later than one that was seen, unless the last is later already.
    pub(crate) fn advance_past(&mut self, clock: &Clock, seen: Option<Stamp>) {
        if seen.is_some_and(|seen| seen >= self.last()) {
            self.add(clock.new_stamp_after(seen));
        }
    }

    pub(crate) fn contains(&self, stamp: Stamp) -> bool {
        self.0.contains(&stamp)
    }

    /// Whether the last write of an item is one of the sendings.
    pub(crate) fn has_written(&self, item: &Attributes) -> bool {
        attribute_stamp(item, UPDATED).is_some_and(|updated| self.contains(updated))
    }

    /// Whether a sending created the item.
    pub(crate) fn has_created(&self, item: &Attributes) -> bool {
        attribute_stamp(item, CREATED).is_some_and(|created| self.contains(created))
    }
}
