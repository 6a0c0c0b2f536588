//! The members of an object that names some of them twice.

use std::collections::HashSet;

use serde_json::{Map, Value as Json};

/// Members in the order of the text, some of them named again later.
pub(super) struct RepeatedMembers {
    list: Vec<(String, Json)>,
    /// How many are too many: then those that are named again go.
    prune_at: usize,
}

impl RepeatedMembers {
    /// How many pairs are kept at least before any goes.
    pub(super) const PAIRS_MIN: usize = 64;

    pub(super) fn from_map(map: Map<String, Json>, again: (String, Json)) -> Self {
        let mut pairs = Self { list: map.into_iter().collect(), prune_at: 0 };
        pairs.list.push(again);
        pairs.keep_last();
        pairs
    }

    pub(super) fn push_pair(&mut self, pair: (String, Json)) {
        self.list.push(pair);
        if self.list.len() >= self.prune_at {
            self.keep_last();
        }
    }

    pub(super) fn into_map(mut self) -> Map<String, Json> {
        self.keep_last();
        self.list.into_iter().collect()
    }

    /// Drops what is named again later. As it waits until the list has doubled, a million repeated
    /// members take no more memory than those that differ, and time in proportion to their number.
    fn keep_last(&mut self) {
        let mut seen = HashSet::new();
        let mut is_last: Vec<_> =
            self.list.iter().rev().map(|(name, _)| seen.insert(name.as_str())).collect();
        self.list.retain(|_| is_last.pop().unwrap_or(true));
        self.prune_at = (2 * self.list.len()).max(Self::PAIRS_MIN);
    }

    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.list.capacity()
    }
}
