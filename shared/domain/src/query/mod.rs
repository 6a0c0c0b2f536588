//! Queries of data objects (contract: query): requests are parsed here, rows are matched, ranked
//! and rendered here; the storage crate reads them.

mod access;
mod column;
mod condition;
mod expression;
mod operator;
mod rank;
mod related;
mod request;
mod scalar;
mod top_rows;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

pub use access::{AccessPath, list_key_names};
pub use column::{Cell, Column};
pub use condition::Condition;
pub use expression::Expression;
pub use operator::Operator;
pub use rank::Rank;
pub use related::{RelatedRows, RowReference};
pub use request::{QueryRequest, SortDirection};
pub use top_rows::{RankedRow, TopRows};

use crate::ids::tenant_ids::TenantIds;
use crate::objects::ObjectFault;
use crate::objects::record;
use crate::people;
use crate::people::view::View;
use crate::schema::metadata::{Metadata, Object, object};

/// A query of one object with valid names and values.
#[derive(Debug)]
pub struct Query<'m> {
    pub object: &'m Object,
    select: Vec<Column<'m>>,
    conditions: Vec<Condition<'m>>,
    expression: &'m Expression,
    order: Vec<(Column<'m>, SortDirection)>,
    limit: usize,
    offset: usize,
    tenant_ids: &'m TenantIds,
}

impl<'m> Query<'m> {
    /// Checks a request against the metadata.
    ///
    /// # Errors
    /// The first name or value that is invalid.
    pub fn from_request(
        request: &'m QueryRequest,
        object: &'m Object,
        metadata: &'m Metadata,
        tenant_ids: &'m TenantIds,
    ) -> Result<Self, ObjectFault> {
        let column = |clause, name: &str| Column::resolve(clause, name, object, metadata);
        let select = request.select.iter().map(|name| column("select", name));
        let order = request.order.iter();
        let order = order.map(|(name, direction)| Ok((column("orderBy", name)?, *direction)));
        let conditions = request.conditions.iter();
        Ok(Self {
            object,
            select: select.collect::<Result<_, _>>()?,
            conditions: conditions
                .map(|condition| {
                    Condition::from_request(condition, column("where", &condition.name)?)
                })
                .collect::<Result<_, _>>()?,
            expression: &request.expression,
            order: order.collect::<Result<_, ObjectFault>>()?,
            limit: request.limit,
            offset: request.offset,
            tenant_ids,
        })
    }

    #[must_use]
    pub fn access_path(&self) -> AccessPath {
        access::choose_access_path(self.object, self.expression, &self.conditions)
    }

    /// Whether rows that are read by Gsid are in the requested order.
    #[must_use]
    pub fn is_ordered_by_gsid(&self) -> bool {
        self.order.is_empty()
    }

    /// Whether every row matches.
    #[must_use]
    pub fn wants_every_row(&self) -> bool {
        self.conditions.is_empty()
    }

    #[must_use]
    pub fn column_count(&self) -> usize {
        self.select.len()
    }

    /// The names by which rows are found without reading all, for a message.
    #[must_use]
    pub fn key_names(&self) -> String {
        list_key_names(self.object)
    }

    /// The rows that must be read before a kept row can be rendered.
    pub fn print_dependencies<'a>(
        &'a self,
        row: &'a RankedRow,
    ) -> impl Iterator<Item = RowReference> + 'a {
        self.select.iter().zip(&row.cells).filter_map(|(column, cell)| column.awaited_row(cell))
    }

    /// An empty list of top rows. `sorted`: they will be offered by Gsid.
    #[must_use]
    pub fn new_top_rows(&self, sorted: bool) -> TopRows {
        TopRows::new(self.offset, self.limit, sorted && self.is_ordered_by_gsid())
    }

    /// Whether a row can match, whatever its related rows hold. Expressions have no NOT, so that
    /// assuming a condition on a related row can only let too many rows through.
    #[must_use]
    pub fn may_match(&self, view: View<'_>) -> bool {
        let no_rows = RelatedRows::default();
        self.expression.evaluate(&|at| {
            self.conditions.get(at).is_some_and(|condition| {
                condition.column.required_row(view).is_some()
                    || condition.matches(view, &no_rows, self.tenant_ids)
            })
        })
    }

    #[must_use]
    pub fn matches(&self, view: View<'_>, related: &RelatedRows) -> bool {
        self.expression.evaluate(&|at| {
            let condition = self.conditions.get(at);
            condition.is_some_and(|condition| condition.matches(view, related, self.tenant_ids))
        })
    }

    /// The rank of a row in the requested order.
    #[must_use]
    pub fn rank_row(&self, view: View<'_>, related: &RelatedRows) -> Rank {
        Rank::from_row(&self.order, view, related)
    }

    /// The rows that must be read before a row can be matched and ranked.
    pub fn match_dependencies<'a>(
        &'a self,
        view: View<'a>,
    ) -> impl Iterator<Item = RowReference> + 'a {
        let conditions = self.conditions.iter().map(|condition| &condition.column);
        let columns = conditions.chain(self.order.iter().map(|(column, _)| column));
        columns.filter_map(move |column| column.required_row(view))
    }

    /// The cells of a row, which are rendered later.
    #[must_use]
    pub fn read_cells(&self, view: View<'_>) -> Vec<Cell> {
        self.select.iter().map(|column| column.read_cell(view, self.tenant_ids)).collect()
    }

    /// Renders a row with the names as they were requested.
    #[must_use]
    pub fn row_to_json(&self, cells: Vec<Cell>, related: &RelatedRows) -> Json {
        let print = |(column, cell): (&Column<'_>, Cell)| {
            (column.requested_name.clone(), column.cell_to_json(cell, related, self.tenant_ids))
        };
        Json::Object(self.select.iter().zip(cells).map(print).collect::<Map<_, _>>())
    }

    /// The attributes that must be read of an item; `None` for all.
    #[must_use]
    pub fn required_attributes(&self) -> Option<BTreeSet<&str>> {
        let ordered = self.order.iter().map(|(column, _)| column);
        let columns = self.conditions.iter().map(|condition| &condition.column).chain(ordered);
        let codes = columns.chain(&self.select).filter_map(Column::code);
        let mut names: BTreeSet<_> = codes.chain([record::CREATED, record::UPDATED]).collect();
        match self.object.name.as_str() {
            // A query can't name the attributes of a person's associations.
            object::COMPANY_PERSON | object::RELATIONSHIP_PERSON => return None,
            object::PERSON => names.extend(people::IDENTITY_ATTRIBUTES),
            object::RELATIONSHIP => _ = names.insert(record::COMPANY_ID_CODE),
            _ => {}
        }
        Some(names)
    }
}
