//! A page of a list while it is filled.

use people_domain::json::escaped_len_of_value;
use people_domain::limit;
use people_domain::px::{ListPage, Position, PxRow, render_row};
use serde_json::Value as Json;

/// The rows of a page, and whether others follow.
pub(super) struct PageBuilder {
    size: usize,
    rows: Vec<Json>,
    bytes: usize,
    last: Option<Position>,
    pub(super) is_full: bool,
}

impl PageBuilder {
    pub(super) fn new(size: usize) -> Self {
        Self { size, rows: Vec::new(), bytes: 0, last: None, is_full: false }
    }

    /// Adds a row, unless the page is full or the answer would be too large.
    pub(super) fn add_row(&mut self, row: &PxRow<'_>, position: Position) {
        if self.is_full {
            return;
        }
        if self.rows.len() == self.size {
            self.is_full = true;
            return;
        }
        let json = render_row(row);
        self.bytes += escaped_len_of_value(&json) + 1;
        if self.bytes > limit::RESPONSE_BYTES_MAX && !self.rows.is_empty() {
            self.is_full = true;
            return;
        }
        self.rows.push(json);
        self.last = Some(position);
    }

    /// Ends the page before it is full; the next one goes on after the last row that was read.
    pub(super) fn end_early(&mut self, last_read: Option<Position>) {
        self.last = last_read.or(self.last.take());
        self.is_full = true;
    }

    /// The rows that are wanted to fill the page, and one more that tells that others follow.
    pub(super) fn rows_wanted(&self) -> usize {
        self.size + 1 - self.rows.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(super) fn len(&self) -> u64 {
        self.rows.len() as u64
    }

    /// The page. It has a position to go on from only if rows follow it.
    pub(super) fn finish(self, total: u64) -> ListPage {
        ListPage { rows: self.rows, last: self.last.filter(|_| self.is_full), total }
    }
}
