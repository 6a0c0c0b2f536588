//! Queries of data objects (contract: query): requests are parsed here, rows are matched, ranked
//! and rendered here; the storage crate reads them.

mod access;
mod column;
mod condition;
mod expression;
mod filter;
mod key_range;
mod operator;
mod rank;
mod ranking;
mod related;
mod request;
mod row_key;
mod scalar;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

pub use access::{AccessPath, list_key_names};
pub use column::{Cell, Column};
pub use condition::Condition;
pub use expression::Expression;
pub use filter::{Comparison, Filter, ReferenceLookup, ResolvedReferences};
pub use key_range::KeyRange;
pub use operator::Operator;
pub use rank::Rank;
pub use ranking::{RankedRows, Ranking, Row};
pub use related::{RelatedRows, RowReference};
pub use request::{QueryRequest, SortDirection};
pub use row_key::RowKey;

use crate::ids::gsid::PART_CHARS;
use crate::ids::tenant_ids::TenantIds;
use crate::objects::ObjectFault;
use crate::objects::record;
use crate::people;
use crate::people::view::View;
use crate::schema::metadata::{FieldOrigin, Metadata, Object, object};

/// A query of one object with valid names and values.
#[derive(Debug)]
pub struct Query<'m> {
    pub object: &'m Object,
    select: Vec<Column<'m>>,
    conditions: Vec<Condition<'m>>,
    expression: &'m Expression,
    order: Vec<(Column<'m>, SortDirection)>,
    pub limit: usize,
    pub offset: usize,
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
        access::choose_access_path(self.object, self.expression, &self.conditions, self.tenant_ids)
    }

    /// The access path to all rows of the object within the range of keys that conditions leave.
    #[must_use]
    pub fn access_to_all(&self) -> AccessPath {
        let (object, ids) = (self.object, self.tenant_ids);
        let range = KeyRange::from_conditions(object, self.expression, &self.conditions, ids);
        AccessPath::All(range)
    }

    /// Whether the requested order is the default one, in which rows are read.
    #[must_use]
    pub fn is_in_default_order(&self) -> bool {
        match self.order.as_slice() {
            [] => true,
            [(column, SortDirection::Ascending), ..] => {
                let field = column.own_field().filter(|_| !is_association(self.object));
                field.is_some_and(|field| field.origin == FieldOrigin::Gsid)
            }
            _ => false,
        }
    }

    /// Whether every row within the range of keys matches.
    #[must_use]
    pub fn wants_every_row(&self) -> bool {
        let is_key = |at| {
            let condition: Option<&Condition<'_>> = self.conditions.get(at);
            condition.is_some_and(|one| {
                one.text_bounds().is_some() && key_range::is_key_condition(self.object, one)
            })
        };
        let required = self.expression.required_conditions();
        let keys: BTreeSet<_> = required.into_iter().filter(|at| is_key(*at)).collect();
        self.conditions.is_empty() || keys.len() == self.conditions.len()
    }

    /// The length of the text of a [`RowKey`] of this query.
    #[must_use]
    pub fn row_key_chars(&self) -> usize {
        if is_association(self.object) { 2 * PART_CHARS } else { PART_CHARS }
    }

    /// Whether each item that the query reads is a row, and not several or none.
    #[must_use]
    pub fn has_row_per_item(&self) -> bool {
        !is_association(self.object)
    }

    /// The names by which rows are found without reading all, for a message.
    #[must_use]
    pub fn key_names(&self) -> String {
        list_key_names(self.object)
    }

    /// The rows that must be read before a kept row can be rendered.
    pub fn print_dependencies<'a>(
        &'a self,
        row: &'a Row,
    ) -> impl Iterator<Item = RowReference> + 'a {
        self.select.iter().zip(&row.cells).filter_map(|(column, cell)| column.awaited_row(cell))
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

    /// The attributes that must be read of an item to match, rank and render it; `None` for all.
    #[must_use]
    pub fn row_attributes(&self) -> Option<BTreeSet<&str>> {
        self.attributes_of(self.select.iter().chain(self.matched_columns()))
    }

    /// The attributes that must be read of an item to match and rank it; `None` for all.
    #[must_use]
    pub fn rank_attributes(&self) -> Option<BTreeSet<&str>> {
        self.attributes_of(self.matched_columns())
    }

    fn matched_columns(&self) -> impl Iterator<Item = &Column<'m>> {
        let ordered = self.order.iter().map(|(column, _)| column);
        self.conditions.iter().map(|condition| &condition.column).chain(ordered)
    }

    fn attributes_of<'a>(
        &self,
        columns: impl Iterator<Item = &'a Column<'m>>,
    ) -> Option<BTreeSet<&'a str>>
    where
        'm: 'a,
    {
        let codes = columns.filter_map(Column::code);
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

/// Whether rows of the object are associations of people.
fn is_association(object: &Object) -> bool {
    people::is_person_object(&object.name) && object.name != object::PERSON
}
