//! The rows that stand first in the order, and no more of them than were asked for.

use std::collections::BinaryHeap;

use super::{Cell, Rank};

/// A row that may be answered.
#[derive(Debug)]
pub struct RankedRow {
    rank: Rank,
    /// Its columns.
    pub cells: Vec<Cell>,
}

/// The first rows, skipped ones included unless rows come in order.
#[derive(Debug)]
pub struct TopRows {
    rows: BinaryHeap<RankedRow>,
    /// Rows yet to skip, when they come in order.
    skip: usize,
    /// Rows skipped at the end, when they come in any order.
    skip_at_end: usize,
    rows_max: usize,
    sorted: bool,
}

impl TopRows {
    pub(super) fn new(offset: usize, limit: usize, sorted: bool) -> Self {
        let (skip, cut) = if sorted { (offset, 0) } else { (0, offset) };
        Self { rows: BinaryHeap::new(), skip, skip_at_end: cut, rows_max: cut + limit, sorted }
    }

    /// Whether rows are offered in order, so that those to skip need only be counted.
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

    /// Keeps a row that is wanted; the last one makes room for it.
    pub fn push(&mut self, rank: Rank, cells: Vec<Cell>) {
        self.rows.push(RankedRow { rank, cells });
        if self.rows.len() > self.rows_max {
            self.rows.pop();
        }
    }

    /// Rows that would be taken before no more are needed; none when all have to be seen.
    #[must_use]
    pub fn remaining(&self) -> Option<usize> {
        self.sorted.then(|| self.skip + self.rows_max - self.rows.len())
    }

    /// How many rows are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The rows to answer, in order.
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
