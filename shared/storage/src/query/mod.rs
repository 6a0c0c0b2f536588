//! Queries of data objects (contract: query): rows are read where the query's conditions lead,
//! judged a page at a time, and no more of them held than may be answered.

mod people;
mod read;
mod records;

use std::collections::HashSet;

use people_domain::json::escaped_len_of;
use people_domain::limit;
use people_domain::objects::ObjectFault;
use people_domain::people::view::View;
use people_domain::query::{Access, Query, Reference, Related, Request, Top};
use people_domain::schema::metadata::object;
use serde_json::Value as Json;

use crate::table::budget::Budget;
use crate::{Result, StoreError, TenantStore};

/// The rows, or why there is no answer.
pub type QueryOutcome = std::result::Result<Vec<Json>, QueryRefusal>;

/// Why a query is not answered, though the store works.
#[derive(Debug)]
pub enum QueryRefusal {
    /// The tenant has no such object.
    NoObject,
    /// A name or a value that does not fit.
    Fault(ObjectFault),
    /// It goes past a limit; the text says which, and what to do.
    TooMuch(String),
}

/// What ends a query before its time.
enum Stop {
    Store(StoreError),
    Refused(QueryRefusal),
}

type Ran<T> = std::result::Result<T, Stop>;

impl TenantStore {
    /// The rows of an object that a query asks for.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn query_objects(&self, name: &str, request: &Request) -> Result<QueryOutcome> {
        match self.answer_query(name, request).await {
            Ok(rows) => Ok(Ok(rows)),
            Err(Stop::Refused(refusal)) => Ok(Err(refusal)),
            Err(Stop::Store(error)) => Err(error),
        }
    }

    async fn answer_query(&self, name: &str, request: &Request) -> Ran<Vec<Json>> {
        let metadata = self.metadata().await?;
        let object = metadata.object(name).ok_or(QueryRefusal::NoObject)?;
        let query =
            Query::of(request, object, &metadata, self.mint()).map_err(QueryRefusal::Fault)?;
        let access = query.access();
        let in_order = access == Access::All && rows_come_in_order(&query);
        let mut run = Run {
            store: self,
            query: &query,
            related: Related::default(),
            top: query.top(in_order),
            seen: HashSet::new(),
            budget: Budget::of_call(self.usage()),
        };
        match access {
            Access::Records(gsids) => run.records_by_gsid(&gsids).await?,
            Access::Entries(field, values) => run.records_by_entries(&field, &values).await?,
            Access::People(gsids) => run.people_by_gsid(gsids).await?,
            Access::Emails(emails) => run.people_by_email(emails).await?,
            Access::All if !people_domain::people::is_of(&object.name) => {
                run.all_records().await?;
            }
            Access::All if in_order => run.people_in_order().await?,
            Access::All => run.all_people().await?,
        }
        run.finish().await
    }
}

/// Whether a partition holds the rows by Gsid. That of people does once moved ones are put back in
/// their places, which costs a read each and so pays only where reading ends early.
fn rows_come_in_order(query: &Query<'_>) -> bool {
    match people_domain::people::is_of(&query.object.name) {
        true => query.object.name == object::PERSON && query.by_gsid() && query.wants_all(),
        false => query.by_gsid(),
    }
}

/// A query under way.
struct Run<'q> {
    store: &'q TenantStore,
    query: &'q Query<'q>,
    related: Related,
    top: Top,
    /// Rows that were offered, where two ways lead to one.
    seen: HashSet<String>,
    budget: Budget,
}

impl Run<'_> {
    /// Judges rows, and keeps those that may be answered.
    async fn offer(&mut self, views: &[View<'_>]) -> Ran<()> {
        let query = self.query;
        let views: Vec<_> = views.iter().filter(|view| query.may_match(**view)).collect();
        self.fetch(views.iter().flat_map(|view| query.judged_by(**view))).await?;
        for view in views {
            if !query.matches(*view, &self.related) || self.top.skips() {
                continue;
            }
            let rank = query.rank(*view, &self.related);
            if self.top.wants(&rank) {
                self.top.push(rank, query.cells(*view));
            }
        }
        self.check()
    }

    /// Ends the query when it has gone past a limit.
    fn check(&self) -> Ran<()> {
        let cells = self.top.len() * self.query.columns();
        let text = if let Some(limit) = self.budget.exceeded(self.store.usage()) {
            let (told, keys) = (limit.told_of("A query"), self.query.keys());
            format!("{told}; add a condition on one of {keys}, ANDed with the others")
        } else if cells > limit::QUERY_CELLS {
            format!(
                "A query holds at most {} values while it sorts; select fewer fields, or lower offset and limit",
                limit::QUERY_CELLS
            )
        } else {
            return Ok(());
        };
        Err(QueryRefusal::TooMuch(text).into())
    }

    /// Whether no row that is yet to come can be answered.
    fn is_full(&self) -> bool {
        self.top.left() == Some(0)
    }

    /// The rows, printed.
    async fn finish(mut self) -> Ran<Vec<Json>> {
        let kept = std::mem::replace(&mut self.top, self.query.top(false)).finish();
        let named: Vec<Reference> =
            kept.iter().flat_map(|kept| self.query.printed_by(kept)).collect();
        self.fetch(named).await?;
        let print = |kept| self.query.print(kept, &self.related);
        let rows: Vec<_> = kept.into_iter().map(|kept| print(kept.cells)).collect();
        let bytes: usize = rows.iter().map(|row| escaped_len_of(row) + 1).sum();
        match bytes > limit::ANSWER {
            true => Err(answer_too_large().into()),
            false => Ok(rows),
        }
    }
}

fn answer_too_large() -> QueryRefusal {
    QueryRefusal::TooMuch(format!(
        "The rows would be larger than an answer may be ({} MB); select fewer fields, or lower limit",
        limit::ANSWER_MB
    ))
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<QueryRefusal> for Stop {
    fn from(refusal: QueryRefusal) -> Self {
        Self::Refused(refusal)
    }
}
