//! Members of an object that repeats names.

use std::collections::HashSet;

use serde_json::{Map, Value as Json};

/// Members in the order of the text, some of them repeated later.
pub(super) struct RepeatedMembers {
    list: Vec<(String, Json)>,
    /// The number of pairs at which those that are repeated later are dropped.
    prune_at: usize,
}

impl RepeatedMembers {
    /// The minimum of `prune_at`.
    pub(super) const PAIRS_MIN: usize = 64;

    pub(super) fn from_map(map: Map<String, Json>, repeated: (String, Json)) -> Self {
        let mut pairs = Self { list: map.into_iter().collect(), prune_at: 0 };
        pairs.list.push(repeated);
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

    /// Drops members that are repeated later. As this waits until the list has doubled, a million
    /// repeated members take no more memory than the distinct ones, and time in proportion to their
    /// number.
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
