//! All rows that match a query, ranked. Their cells are kept only while they fit one page, so that
//! a small answer needs no second read and a large ranking holds keys alone.

use super::{Cell, Rank, RowKey};

/// A row of an answer.
#[derive(Debug)]
pub struct Row {
    pub key: RowKey,
    pub cells: Vec<Cell>,
}

impl Row {
    /// The bytes of its cells in an answer.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.cells.iter().map(Cell::bytes).sum()
    }
}

/// The rows that were found so far, in no order.
#[derive(Debug)]
pub struct Ranking {
    rows: Vec<(Rank, Option<Vec<Cell>>)>,
    /// More rows than these are held without their cells.
    rows_with_cells_max: usize,
    /// Rows with more bytes than these, too.
    cells_bytes_max: usize,
    cells_bytes: usize,
    has_cells: bool,
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
    pub fn new(rows_with_cells_max: usize, cells_bytes_max: usize) -> Self {
        Self {
            rows: Vec::new(),
            rows_with_cells_max,
            cells_bytes_max,
            cells_bytes: 0,
            has_cells: true,
            memory_bytes: 0,
        }
    }

    pub fn push(&mut self, rank: Rank, read_cells: impl FnOnce() -> Vec<Cell>) {
        let cells = self.has_cells.then(read_cells);
        self.cells_bytes += cells.iter().flatten().map(Cell::bytes).sum::<usize>();
        self.memory_bytes += rank.memory_bytes() + size_of::<Option<Vec<Cell>>>();
        self.rows.push((rank, cells));
        let is_page =
            self.rows.len() <= self.rows_with_cells_max && self.cells_bytes <= self.cells_bytes_max;
        if self.has_cells && !is_page {
            self.has_cells = false;
            self.rows.iter_mut().for_each(|(_, cells)| *cells = None);
        }
    }

    /// Whether the cells of another row would be kept.
    #[must_use]
    pub fn keeps_cells(&self) -> bool {
        self.has_cells
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
        if self.has_cells {
            let row = |(rank, cells): (Rank, Option<Vec<Cell>>)| {
                Some(Row { key: rank.row, cells: cells? })
            };
            RankedRows::Rows(self.rows.into_iter().filter_map(row).collect())
        } else {
            RankedRows::Keys(self.rows.into_iter().map(|(rank, _)| rank.row).collect())
        }
    }
}
