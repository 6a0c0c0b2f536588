//! Ranks rows in the requested order; equal rows are ordered by Gsid, associations by their
//! person's first, so that paging by offset is stable (contract: query#default-order,
//! query#paging).

use std::cmp::Reverse;

use super::scalar::Scalar;
use super::{Column, RelatedRows, SortDirection};
use crate::people::view::View;

/// A row's position in the requested order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank {
    keys: Vec<RankKey>,
    person: Option<String>,
    gsid: String,
}

/// The value of one field. All rows of a query have the same direction at the same index.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum RankKey {
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
        let key = |(column, direction): &(Column<'_>, SortDirection)| {
            let value = column.value(view, related);
            let scalar = value.map(|value| Scalar::from_value(column.field.kind, &value));
            let scalar = scalar.map_or(NullLast::Null, NullLast::Value);
            match direction {
                SortDirection::Ascending => RankKey::Ascending(scalar),
                SortDirection::Descending => RankKey::Descending(Reverse(scalar)),
            }
        };
        let person = view.person().map(|person| person.gsid.clone());
        Self { keys: order.iter().map(key).collect(), person, gsid: view.gsid().to_owned() }
    }
}
