//! Rows that hang together: by a key, or by a row that shares a key with each.

use crate::jobs::scan::key::Entry;

/// For each row the first row that it hangs together with.
pub(super) struct Components {
    first: Vec<u32>,
}

impl Components {
    /// From the keys in order.
    pub(super) fn of(sorted: &[Entry], rows: u32) -> Self {
        let mut this = Self { first: (0..rows).collect() };
        for pair in sorted.windows(2) {
            if let [a, b] = pair
                && a.hash() == b.hash()
            {
                this.join(a.row(), b.row());
            }
        }
        // A row points to an earlier one, which by then points to the first.
        for row in 0..rows {
            this.set(row, this.first(this.first(row)));
        }
        this
    }

    /// The first row of those that `row` hangs together with; often itself.
    pub(super) fn first(&self, row: u32) -> u32 {
        self.first.get(row as usize).copied().unwrap_or(row)
    }

    fn set(&mut self, row: u32, first: u32) {
        if let Some(slot) = self.first.get_mut(row as usize) {
            *slot = first;
        }
    }

    fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.find(a), self.find(b));
        self.set(a.max(b), a.min(b));
    }

    /// Follows the way to the first row and halves it for the next time.
    fn find(&mut self, mut row: u32) -> u32 {
        while self.first(row) != row {
            let next = self.first(self.first(row));
            self.set(row, next);
            row = next;
        }
        row
    }
}
