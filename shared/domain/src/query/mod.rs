//! Queries of data objects (contract: query): what is asked for is parsed here, rows are judged,
//! ranked and printed here; where they are read from is for the store to carry out.

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

/// A query of one object, all its names and values checked.
#[derive(Debug)]
pub struct Query<'m> {
    /// The object whose rows are asked for.
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
    /// The first name or value that does not fit.
    pub fn from_request(
        request: &'m QueryRequest,
        object: &'m Object,
        metadata: &'m Metadata,
        tenant_ids: &'m TenantIds,
    ) -> Result<Self, ObjectFault> {
        let column = |place, name: &str| Column::resolve(place, name, object, metadata);
        let select = request.select.iter().map(|name| column("select", name));
        let order = request.order.iter();
        let order = order.map(|(name, direction)| Ok((column("orderBy", name)?, *direction)));
        let conditions = request.conditions.iter();
        Ok(Self {
            object,
            select: select.collect::<Result<_, _>>()?,
            conditions: conditions
                .map(|asked| Condition::from_request(asked, column("where", &asked.name)?))
                .collect::<Result<_, _>>()?,
            expression: &request.expression,
            order: order.collect::<Result<_, ObjectFault>>()?,
            limit: request.limit,
            offset: request.offset,
            tenant_ids,
        })
    }

    /// The least that has to be read.
    #[must_use]
    pub fn access_path(&self) -> AccessPath {
        access::choose_access_path(self.object, self.expression, &self.conditions)
    }

    /// Whether rows that come by Gsid come in the order asked for.
    #[must_use]
    pub fn is_ordered_by_gsid(&self) -> bool {
        self.order.is_empty()
    }

    /// Whether every row is wanted.
    #[must_use]
    pub fn wants_every_row(&self) -> bool {
        self.conditions.is_empty()
    }

    /// How many names are asked for.
    #[must_use]
    pub fn column_count(&self) -> usize {
        self.select.len()
    }

    /// The names by which rows are found without reading all, for a message.
    #[must_use]
    pub fn key_names(&self) -> String {
        list_key_names(self.object)
    }

    /// The rows that have to be known before what was kept of one can be printed.
    pub fn print_dependencies<'a>(
        &'a self,
        kept: &'a RankedRow,
    ) -> impl Iterator<Item = RowReference> + 'a {
        self.select.iter().zip(&kept.cells).filter_map(|(column, cell)| column.awaited_row(cell))
    }

    /// An empty list of the rows wanted. `sorted`: they will come by Gsid.
    #[must_use]
    pub fn new_top_rows(&self, sorted: bool) -> TopRows {
        TopRows::new(self.offset, self.limit, sorted && self.is_ordered_by_gsid())
    }

    /// Whether a row can match, whatever the rows that it names hold. Expressions know no NOT, so
    /// a condition on a named row that is taken for true can only let too much through.
    #[must_use]
    pub fn may_match(&self, view: View<'_>) -> bool {
        let nothing = RelatedRows::default();
        self.expression.evaluate(&|at| {
            self.conditions.get(at).is_some_and(|condition| {
                condition.column.required_row(view).is_some()
                    || condition.matches(view, &nothing, self.tenant_ids)
            })
        })
    }

    /// Whether a row matches.
    #[must_use]
    pub fn matches(&self, view: View<'_>, related: &RelatedRows) -> bool {
        self.expression.evaluate(&|at| {
            let condition = self.conditions.get(at);
            condition.is_some_and(|condition| condition.matches(view, related, self.tenant_ids))
        })
    }

    /// Where a row stands in the order.
    #[must_use]
    pub fn rank_row(&self, view: View<'_>, related: &RelatedRows) -> Rank {
        Rank::from_row(&self.order, view, related)
    }

    /// The rows that have to be known before a row can be judged and ranked.
    pub fn match_dependencies<'a>(
        &'a self,
        view: View<'a>,
    ) -> impl Iterator<Item = RowReference> + 'a {
        let conditions = self.conditions.iter().map(|condition| &condition.column);
        let columns = conditions.chain(self.order.iter().map(|(column, _)| column));
        columns.filter_map(move |column| column.required_row(view))
    }

    /// What is kept of a row to print it later.
    #[must_use]
    pub fn read_cells(&self, view: View<'_>) -> Vec<Cell> {
        self.select.iter().map(|column| column.read_cell(view, self.tenant_ids)).collect()
    }

    /// A row as it is answered, every name spelled as it was asked for.
    #[must_use]
    pub fn row_to_json(&self, cells: Vec<Cell>, related: &RelatedRows) -> Json {
        let print = |(column, cell): (&Column<'_>, Cell)| {
            (column.requested_name.clone(), column.cell_to_json(cell, related, self.tenant_ids))
        };
        Json::Object(self.select.iter().zip(cells).map(print).collect::<Map<_, _>>())
    }

    /// The attributes that have to be read of an item; none when that is all of them.
    #[must_use]
    pub fn required_attributes(&self) -> Option<BTreeSet<&str>> {
        let ordered = self.order.iter().map(|(column, _)| column);
        let columns = self.conditions.iter().map(|condition| &condition.column).chain(ordered);
        let codes = columns.chain(&self.select).filter_map(Column::code);
        let mut names: BTreeSet<_> = codes.chain([record::CREATED, record::UPDATED]).collect();
        match self.object.name.as_str() {
            // Which associations a person has, no query can name.
            object::COMPANY_PERSON | object::RELATIONSHIP_PERSON => return None,
            object::PERSON => names.extend(people::IDENTITY_ATTRIBUTES),
            object::RELATIONSHIP => _ = names.insert(record::COMPANY_ID_CODE),
            _ => {}
        }
        Some(names)
    }
}
