//! Where rows are; here rows count from 0.

use super::RowSpan;

/// Where the rows of a payload are.
pub(super) struct RowOffsets {
    pub(super) starts: Vec<u32>,
    /// Where the last one ends.
    pub(super) end: u32,
}

impl RowOffsets {
    pub(super) fn row_count(&self) -> u32 {
        self.starts.len() as u32
    }

    pub(super) fn row_start(&self, row: u32) -> u32 {
        self.starts.get(row as usize).copied().unwrap_or(self.end)
    }

    /// The row as plans name it: from 1.
    pub(super) fn row_span(&self, row: u32) -> RowSpan {
        RowSpan { row: row + 1, start: self.row_start(row), end: self.row_start(row + 1) }
    }
}
