//! Where rows are; here rows count from 0.

use super::RowPlace;

/// Where the rows of a payload are.
pub(super) struct Places {
    pub(super) starts: Vec<u32>,
    /// Where the last one ends.
    pub(super) end: u32,
}

impl Places {
    pub(super) fn rows(&self) -> u32 {
        self.starts.len() as u32
    }

    pub(super) fn start(&self, row: u32) -> u32 {
        self.starts.get(row as usize).copied().unwrap_or(self.end)
    }

    /// The row as plans name it: from 1.
    pub(super) fn place(&self, row: u32) -> RowPlace {
        RowPlace { row: row + 1, start: self.start(row), end: self.start(row + 1) }
    }
}
