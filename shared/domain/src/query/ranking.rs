//! All rows that match a query, ranked. Their cells are kept only while they fit one page, so that
//! a small answer needs no second read and a large ranking holds keys alone.

use super::{Cell, Rank, RowKey};

/// A row of an answer.
#[derive(Debug)]
pub struct Row {
    pub key: RowKey,
    pub cells: Vec<Cell>,
}

/// The rows that were found so far, in no order.
#[derive(Debug)]
pub struct Ranking {
    rows: Vec<(Rank, Option<Vec<Cell>>)>,
    /// More rows than these are held without their cells.
    rows_with_cells_max: usize,
    memory_bytes: usize,
}

/// Ranked rows, in order.
#[derive(Debug)]
pub enum RankedRows {
    /// All rows.
    Rows(Vec<Row>),
    /// The keys of all rows.
    Keys(Vec<RowKey>),
}

impl Ranking {
    #[must_use]
    pub fn new(rows_with_cells_max: usize) -> Self {
        Self { rows: Vec::new(), rows_with_cells_max, memory_bytes: 0 }
    }

    pub fn push(&mut self, rank: Rank, read_cells: impl FnOnce() -> Vec<Cell>) {
        let cells = self.keeps_cells().then(read_cells);
        self.memory_bytes += rank.memory_bytes() + size_of::<Option<Vec<Cell>>>();
        self.rows.push((rank, cells));
        if self.rows.len() == self.rows_with_cells_max + 1 {
            self.rows.iter_mut().for_each(|(_, cells)| *cells = None);
        }
    }

    /// Whether the cells of another row would be kept.
    #[must_use]
    pub fn keeps_cells(&self) -> bool {
        self.rows.len() < self.rows_with_cells_max
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The bytes that all ranks take in memory.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        self.memory_bytes
    }

    #[must_use]
    pub fn finish(mut self) -> RankedRows {
        self.rows.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        if self.rows.len() <= self.rows_with_cells_max {
            let row = |(rank, cells): (Rank, Option<Vec<Cell>>)| {
                Some(Row { key: rank.row, cells: cells? })
            };
            RankedRows::Rows(self.rows.into_iter().filter_map(row).collect())
        } else {
            RankedRows::Keys(self.rows.into_iter().map(|(rank, _)| rank.row).collect())
        }
    }
}
