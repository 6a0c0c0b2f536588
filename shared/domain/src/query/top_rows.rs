//! Keeps the first rows in the requested order, and no more of them than offset and limit require.

use std::collections::BinaryHeap;

use super::{Cell, Rank};

/// A row that may be part of the answer.
#[derive(Debug)]
pub struct RankedRow {
    rank: Rank,
    pub cells: Vec<Cell>,
}

/// The first rows, those to skip included unless rows are offered in order.
#[derive(Debug)]
pub struct TopRows {
    rows: BinaryHeap<RankedRow>,
    /// Rows left to skip, if rows are offered in order.
    skip: usize,
    /// Rows to skip at the end, if rows are offered in any order.
    skip_at_end: usize,
    rows_max: usize,
    sorted: bool,
}

impl TopRows {
    pub(super) fn new(offset: usize, limit: usize, sorted: bool) -> Self {
        let (skip, skip_at_end) = if sorted { (offset, 0) } else { (0, offset) };
        Self { rows: BinaryHeap::new(), skip, skip_at_end, rows_max: skip_at_end + limit, sorted }
    }

    /// Skips a row, if rows are offered in order and some are left to skip: those need only be
    /// counted.
    #[must_use]
    pub fn skip_row(&mut self) -> bool {
        let skips = self.skip > 0;
        self.skip = self.skip.saturating_sub(1);
        skips
    }

    /// Whether a row of this rank would be kept.
    #[must_use]
    pub fn would_keep(&self, rank: &Rank) -> bool {
        self.rows.len() < self.rows_max
            || !self.sorted && self.rows.peek().is_some_and(|last| *rank < last.rank)
    }

    /// Keeps a row, and drops the last one if there is no room.
    pub fn push(&mut self, rank: Rank, cells: Vec<Cell>) {
        self.rows.push(RankedRow { rank, cells });
        if self.rows.len() > self.rows_max {
            self.rows.pop();
        }
    }

    /// The number of rows that are still needed; `None` if all must be offered.
    #[must_use]
    pub fn remaining(&self) -> Option<usize> {
        self.sorted.then(|| self.skip + self.rows_max - self.rows.len())
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The rows of the answer, in order.
    #[must_use]
    pub fn finish(self) -> Vec<RankedRow> {
        self.rows.into_sorted_vec().into_iter().skip(self.skip_at_end).collect()
    }
}

impl PartialEq for RankedRow {
    fn eq(&self, other: &Self) -> bool {
        self.rank == other.rank
    }
}

impl Eq for RankedRow {}

impl PartialOrd for RankedRow {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for RankedRow {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.rank.cmp(&other.rank)
    }
}
