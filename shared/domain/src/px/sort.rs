//! The order of a list (contract: identify): names joined by `;`, each with `-` or `+` before it.

use std::cmp::Reverse;

use super::PxObject;
use super::column::{Cell, Column};
use super::row::PxRow;
use crate::schema::metadata::Object;

/// Names in one order.
const SORT_NAMES_MAX: usize = 5;

/// Code points of a text by which rows are ordered: the values of a page's last row are in the
/// scrollId, which is part of an address.
const SORT_CHARS_MAX: usize = 32;

/// A checked order.
#[derive(Debug, Clone, Default)]
pub struct Sort<'m> {
    /// The columns, and whether each is descending.
    columns: Vec<(Column<'m>, bool)>,
}

/// The position of a row: its cut values in the order's columns, then its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    pub(super) cells: Vec<Cell>,
    pub key: String,
}

/// A position that compares in its order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank {
    cells: Vec<RankCell>,
    key: String,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum RankCell {
    Ascending(Cell),
    Descending(Reverse<Cell>),
}

impl<'m> Sort<'m> {
    /// Parses an order. A `+` in an address is a blank.
    ///
    /// # Errors
    /// A message for the caller.
    pub(super) fn parse(text: &str, object: PxObject, custom: &'m Object) -> Result<Self, String> {
        let names = text.split(';').map(str::trim).filter(|name| !name.is_empty());
        let resolve = |name: &str| {
            let is_descending = name.starts_with('-');
            let name = name.strip_prefix(['-', '+']).unwrap_or(name).trim();
            let column = Column::resolve(name, object, custom);
            let column =
                column.ok_or_else(|| format!("sort has the unknown name {name}; ; joins names"))?;
            Ok((column, is_descending))
        };
        let columns = names.map(resolve).collect::<Result<Vec<_>, String>>()?;
        if columns.len() > SORT_NAMES_MAX {
            return Err(format!("sort takes at most {SORT_NAMES_MAX} names"));
        }
        Ok(Self { columns })
    }

    /// Whether rows are in the order of their keys.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    #[must_use]
    pub fn position(&self, row: &PxRow<'_>) -> Position {
        let cells = self.columns.iter().map(|(column, _)| cut(column.cell(row))).collect();
        Position { cells, key: row.key.to_owned() }
    }

    /// The rank of a position; the order is total, because keys differ.
    #[must_use]
    pub fn rank(&self, position: Position) -> Rank {
        let direct = |(cell, (_, is_descending)): (Cell, &(Column<'_>, bool))| match is_descending {
            true => RankCell::Descending(Reverse(cell)),
            false => RankCell::Ascending(cell),
        };
        let cells = position.cells.into_iter().zip(&self.columns).map(direct).collect();
        Rank { cells, key: position.key }
    }
}

/// A cell with texts of at most [`SORT_CHARS_MAX`] code points; a list as its first text.
fn cut(cell: Cell) -> Cell {
    let text = match cell {
        Cell::Text(text) => text,
        Cell::List(texts) => texts.into_iter().next().unwrap_or_default(),
        other => return other,
    };
    Cell::Text(text.chars().take(SORT_CHARS_MAX).collect())
}
