//! Components of rows: rows that share a key, directly or over other rows (union-find).

use crate::jobs::scan::key::KeyEntry;

/// For each row the first row of its component.
pub(super) struct RowComponents {
    first: Vec<u32>,
}

impl RowComponents {
    /// Builds the components from sorted keys.
    pub(super) fn from_sorted_keys(sorted: &[KeyEntry], rows: u32) -> Self {
        let mut this = Self { first: (0..rows).collect() };
        for pair in sorted.windows(2) {
            if let [a, b] = pair
                && a.hash() == b.hash()
            {
                this.union_rows(a.row(), b.row());
            }
        }
        // Each row refers to an earlier one, which by now refers to the first of its component.
        for row in 0..rows {
            this.set_first(row, this.first_row(this.first_row(row)));
        }
        this
    }

    /// The first row of the component of `row`, often the row itself.
    pub(super) fn first_row(&self, row: u32) -> u32 {
        self.first.get(row as usize).copied().unwrap_or(row)
    }

    fn set_first(&mut self, row: u32, first: u32) {
        if let Some(slot) = self.first.get_mut(row as usize) {
            *slot = first;
        }
    }

    fn union_rows(&mut self, a: u32, b: u32) {
        let (a, b) = (self.find_root(a), self.find_root(b));
        self.set_first(a.max(b), a.min(b));
    }

    /// Follows the references to the first row and halves the path for the next time.
    fn find_root(&mut self, mut row: u32) -> u32 {
        while self.first_row(row) != row {
            let next = self.first_row(self.first_row(row));
            self.set_first(row, next);
            row = next;
        }
        row
    }
}
