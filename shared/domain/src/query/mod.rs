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
mod top;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

pub use access::{Access, key_names};
pub use column::{Cell, Column};
pub use condition::Condition;
pub use expression::Expression;
pub use operator::Operator;
pub use rank::Rank;
pub use related::{Reference, Related};
pub use request::{Direction, Request};
pub use top::{Kept, Top};

use crate::ids::mint::Mint;
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
    order: Vec<(Column<'m>, Direction)>,
    limit: usize,
    offset: usize,
    mint: &'m Mint,
}

impl<'m> Query<'m> {
    /// Checks a request against the metadata.
    ///
    /// # Errors
    /// The first name or value that does not fit.
    pub fn of(
        request: &'m Request,
        object: &'m Object,
        metadata: &'m Metadata,
        mint: &'m Mint,
    ) -> Result<Self, ObjectFault> {
        let column = |place, name: &str| Column::of(place, name, object, metadata);
        let select = request.select.iter().map(|name| column("select", name));
        let order = request.order.iter();
        let order = order.map(|(name, direction)| Ok((column("orderBy", name)?, *direction)));
        let conditions = request.conditions.iter();
        Ok(Self {
            object,
            select: select.collect::<Result<_, _>>()?,
            conditions: conditions
                .map(|asked| Condition::of(asked, column("where", &asked.name)?))
                .collect::<Result<_, _>>()?,
            expression: &request.expression,
            order: order.collect::<Result<_, ObjectFault>>()?,
            limit: request.limit,
            offset: request.offset,
            mint,
        })
    }

    /// The least that has to be read.
    #[must_use]
    pub fn access(&self) -> Access {
        access::access(self.object, self.expression, &self.conditions)
    }

    /// Whether rows that come by Gsid come in the order asked for.
    #[must_use]
    pub fn by_gsid(&self) -> bool {
        self.order.is_empty()
    }

    /// Whether every row is wanted.
    #[must_use]
    pub fn wants_all(&self) -> bool {
        self.conditions.is_empty()
    }

    /// How many names are asked for.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.select.len()
    }

    /// The names by which rows are found without reading all, for a message.
    #[must_use]
    pub fn keys(&self) -> String {
        key_names(self.object)
    }

    /// The rows that have to be known before what was kept of one can be printed.
    pub fn printed_by<'a>(&'a self, kept: &'a Kept) -> impl Iterator<Item = Reference> + 'a {
        self.select.iter().zip(&kept.cells).filter_map(|(column, cell)| column.awaited(cell))
    }

    /// An empty list of the rows wanted. `sorted`: they will come by Gsid.
    #[must_use]
    pub fn top(&self, sorted: bool) -> Top {
        Top::new(self.offset, self.limit, sorted && self.by_gsid())
    }

    /// Whether a row can match, whatever the rows that it names hold. Expressions know no NOT, so
    /// a condition on a named row that is taken for true can only let too much through.
    #[must_use]
    pub fn may_match(&self, view: View<'_>) -> bool {
        let nothing = Related::default();
        self.expression.holds(&|at| {
            self.conditions.get(at).is_some_and(|condition| {
                condition.column.reference(view).is_some()
                    || condition.holds(view, &nothing, self.mint)
            })
        })
    }

    /// Whether a row matches.
    #[must_use]
    pub fn matches(&self, view: View<'_>, related: &Related) -> bool {
        self.expression.holds(&|at| {
            let condition = self.conditions.get(at);
            condition.is_some_and(|condition| condition.holds(view, related, self.mint))
        })
    }

    /// Where a row stands in the order.
    #[must_use]
    pub fn rank(&self, view: View<'_>, related: &Related) -> Rank {
        Rank::of(&self.order, view, related)
    }

    /// The rows that have to be known before a row can be judged and ranked.
    pub fn judged_by<'a>(&'a self, view: View<'a>) -> impl Iterator<Item = Reference> + 'a {
        let conditions = self.conditions.iter().map(|condition| &condition.column);
        let columns = conditions.chain(self.order.iter().map(|(column, _)| column));
        columns.filter_map(move |column| column.reference(view))
    }

    /// What is kept of a row to print it later.
    #[must_use]
    pub fn cells(&self, view: View<'_>) -> Vec<Cell> {
        self.select.iter().map(|column| column.cell(view, self.mint)).collect()
    }

    /// A row as it is answered, every name spelled as it was asked for.
    #[must_use]
    pub fn print(&self, cells: Vec<Cell>, related: &Related) -> Json {
        let print = |(column, cell): (&Column<'_>, Cell)| {
            (column.asked.clone(), column.print(cell, related, self.mint))
        };
        Json::Object(self.select.iter().zip(cells).map(print).collect::<Map<_, _>>())
    }

    /// The attributes that have to be read of an item; none when that is all of them.
    #[must_use]
    pub fn attributes(&self) -> Option<BTreeSet<&str>> {
        let ordered = self.order.iter().map(|(column, _)| column);
        let columns = self.conditions.iter().map(|condition| &condition.column).chain(ordered);
        let codes = columns.chain(&self.select).filter_map(Column::code);
        let mut names: BTreeSet<_> = codes.chain([record::BORN, record::REVISED]).collect();
        match self.object.name.as_str() {
            // Which associations a person has, no query can name.
            object::COMPANY_PERSON | object::RELATIONSHIP_PERSON => return None,
            object::PERSON => names.extend(people::OWN),
            object::RELATIONSHIP => _ = names.insert(record::COMPANY_ID),
            _ => {}
        }
        Some(names)
    }
}
