//! Rows that hang together: by a key, or by a row that shares a key with each.

use crate::jobs::scan::key::KeyEntry;

/// For each row the first row that it hangs together with.
pub(super) struct RowComponents {
    first: Vec<u32>,
}

impl RowComponents {
    /// From the keys in order.
    pub(super) fn from_sorted_keys(sorted: &[KeyEntry], rows: u32) -> Self {
        let mut this = Self { first: (0..rows).collect() };
        for pair in sorted.windows(2) {
            if let [a, b] = pair
                && a.hash() == b.hash()
            {
                this.union_rows(a.row(), b.row());
            }
        }
        // A row points to an earlier one, which by then points to the first.
        for row in 0..rows {
            this.set_first(row, this.first_row(this.first_row(row)));
        }
        this
    }

    /// The first row of those that `row` hangs together with; often itself.
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

    /// Follows the way to the first row and halves it for the next time.
    fn find_root(&mut self, mut row: u32) -> u32 {
        while self.first_row(row) != row {
            let next = self.first_row(self.first_row(row));
            self.set_first(row, next);
            row = next;
        }
        row
    }
}
