//! The offsets of rows in the payload; rows are counted from 0 here.

use super::RowSpan;

/// The offsets of a payload's rows.
pub(super) struct RowOffsets {
    pub(super) starts: Vec<u32>,
    /// The end of the last row.
    pub(super) end: u32,
}

impl RowOffsets {
    pub(super) fn row_count(&self) -> u32 {
        self.starts.len() as u32
    }

    pub(super) fn row_start(&self, row: u32) -> u32 {
        self.starts.get(row as usize).copied().unwrap_or(self.end)
    }

    /// The row as plans number it, from 1.
    pub(super) fn row_span(&self, row: u32) -> RowSpan {
        RowSpan { row: row + 1, start: self.row_start(row), end: self.row_start(row + 1) }
    }
}
