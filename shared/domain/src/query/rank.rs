//! Ranks rows in the requested order; equal rows are in the default order, so that the order is
//! complete (contract: query#default-order, query#sorting).

use std::cmp::Reverse;

use super::scalar::Scalar;
use super::{Column, RelatedRows, RowKey, SortDirection};
use crate::people::view::View;

/// A row's position in the requested order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank {
    sort_keys: Box<[SortKey]>,
    pub(super) row: RowKey,
}

/// The value of one field. All rows of a query have the same direction at the same index.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum SortKey {
    Ascending(NullLast),
    Descending(Reverse<NullLast>),
}

/// Null comes after all values, and so first in descending order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum NullLast {
    Value(Scalar),
    Null,
}

impl Rank {
    pub(super) fn from_row(
        order: &[(Column<'_>, SortDirection)],
        view: View<'_>,
        related: &RelatedRows,
    ) -> Self {
        let sort_key = |(column, direction): &(Column<'_>, SortDirection)| {
            let value = column.value(view, related);
            let scalar = value.map(|value| Scalar::from_value(column.field.kind, &value));
            let scalar = scalar.map_or(NullLast::Null, NullLast::Value);
            match direction {
                SortDirection::Ascending => SortKey::Ascending(scalar),
                SortDirection::Descending => SortKey::Descending(Reverse(scalar)),
            }
        };
        Self { sort_keys: order.iter().map(sort_key).collect(), row: RowKey::from_view(view) }
    }

    /// The bytes that the rank takes in memory.
    pub(super) fn memory_bytes(&self) -> usize {
        let bytes = self.sort_keys.iter().map(|key| size_of::<SortKey>() + key.text_bytes());
        size_of::<Self>() + bytes.sum::<usize>()
    }
}

impl SortKey {
    fn text_bytes(&self) -> usize {
        match self {
            Self::Ascending(NullLast::Value(scalar))
            | Self::Descending(Reverse(NullLast::Value(scalar))) => scalar.text_bytes(),
            Self::Ascending(NullLast::Null) | Self::Descending(Reverse(NullLast::Null)) => 0,
        }
    }
}
