//! Queries of data objects (contract: query). Rows are read by the access path of the query's
//! conditions and evaluated a page at a time; no more rows are kept than may be answered.

mod people;
mod read;
mod records;

use std::collections::HashSet;

use people_domain::json::escaped_len_of_value;
use people_domain::limit;
use people_domain::objects::ObjectFault;
use people_domain::people::is_person_object;
use people_domain::people::view::View;
use people_domain::query::{AccessPath, Query, QueryRequest, RelatedRows, RowReference, TopRows};
use people_domain::schema::metadata::object;
use serde_json::Value as Json;

use crate::table::budget::ReadBudget;
use crate::{Result, StoreError, TenantStore};

/// The rows, or the reason for which there is no answer.
pub type QueryOutcome = std::result::Result<Vec<Json>, QueryRefusal>;

/// Why a query is not answered although the store works.
#[derive(Debug)]
pub enum QueryRefusal {
    UnknownObject,
    /// An invalid name or value.
    Fault(ObjectFault),
    /// A limit was exceeded. The text for the caller names the limit and a remedy.
    LimitExceeded(String),
}

/// The reason for which a query ends early.
enum QueryError {
    Store(StoreError),
    Refused(QueryRefusal),
}

type QueryResult<T> = std::result::Result<T, QueryError>;

impl TenantStore {
    /// Answers a query of an object.
    pub async fn query_objects(&self, name: &str, request: &QueryRequest) -> Result<QueryOutcome> {
        match self.run_query(name, request).await {
            Ok(rows) => Ok(Ok(rows)),
            Err(QueryError::Refused(refusal)) => Ok(Err(refusal)),
            Err(QueryError::Store(error)) => Err(error),
        }
    }

    async fn run_query(&self, name: &str, request: &QueryRequest) -> QueryResult<Vec<Json>> {
        let metadata = self.read_metadata().await?;
        let object = metadata.object(name).ok_or(QueryRefusal::UnknownObject)?;
        let query = Query::from_request(request, object, &metadata, self.ids())
            .map_err(QueryRefusal::Fault)?;
        let access = query.access_path();
        let in_order = access == AccessPath::All && is_stored_in_order(&query);
        let mut run = QueryRun {
            store: self,
            query: &query,
            related: RelatedRows::default(),
            top: query.new_top_rows(in_order),
            seen: HashSet::new(),
            budget: ReadBudget::for_call(self.usage()),
        };
        match access {
            AccessPath::Records(gsids) => run.offer_records_by_gsid(&gsids).await?,
            AccessPath::Entries(field, values) => {
                run.offer_records_by_entries(&field, &values).await?
            }
            AccessPath::People(gsids) => run.offer_people_by_gsid(gsids).await?,
            AccessPath::Emails(emails) => run.offer_people_by_email(emails).await?,
            AccessPath::All if !is_person_object(&object.name) => {
                run.offer_all_records().await?;
            }
            AccessPath::All if in_order => run.offer_people_in_order().await?,
            AccessPath::All => run.offer_all_people().await?,
        }
        run.render_rows().await
    }
}

/// Whether a partition is sorted by the query's order, which is that of Gsids. Partitions of people
/// are, once moved people are read at their home slots. That costs a read for each of them, and so
/// pays only when reading ends early.
fn is_stored_in_order(query: &Query<'_>) -> bool {
    let is_usable = if is_person_object(&query.object.name) {
        query.object.name == object::PERSON && query.wants_every_row()
    } else {
        true
    };
    is_usable && query.is_ordered_by_gsid()
}

/// A query in progress.
struct QueryRun<'q> {
    store: &'q TenantStore,
    query: &'q Query<'q>,
    related: RelatedRows,
    top: TopRows,
    /// Rows that were evaluated, when a row can be found twice.
    seen: HashSet<String>,
    budget: ReadBudget,
}

impl QueryRun<'_> {
    /// Evaluates rows, and keeps those that may be answered.
    async fn offer_views(&mut self, views: &[View<'_>]) -> QueryResult<()> {
        let query = self.query;
        let views: Vec<_> = views.iter().filter(|view| query.may_match(**view)).collect();
        self.read_related(views.iter().flat_map(|view| query.match_dependencies(**view))).await?;
        for view in views {
            if !query.matches(*view, &self.related) || self.top.skip_row() {
                continue;
            }
            let rank = query.rank_row(*view, &self.related);
            if self.top.would_keep(&rank) {
                self.top.push(rank, query.read_cells(*view));
            }
        }
        self.check_limits()
    }

    /// Ends the query when it has exceeded a limit.
    fn check_limits(&self) -> QueryResult<()> {
        let cells = self.top.len() * self.query.column_count();
        let message = if let Some(limit) = self.budget.exceeded_limit(self.store.usage()) {
            let (reason, keys) = (limit.format_message("A query"), self.query.key_names());
            format!("{reason}; add a condition on one of {keys}, ANDed with the others")
        } else if cells > limit::QUERY_SORT_CELLS_MAX {
            format!(
                "A query holds at most {} values while it sorts; select fewer fields, or lower offset and limit",
                limit::QUERY_SORT_CELLS_MAX
            )
        } else {
            return Ok(());
        };
        Err(QueryRefusal::LimitExceeded(message).into())
    }

    /// Whether no further row can be answered.
    fn is_full(&self) -> bool {
        self.top.remaining() == Some(0)
    }

    /// Renders the kept rows.
    async fn render_rows(mut self) -> QueryResult<Vec<Json>> {
        let kept = std::mem::replace(&mut self.top, self.query.new_top_rows(false)).finish();
        let related: Vec<RowReference> =
            kept.iter().flat_map(|kept| self.query.print_dependencies(kept)).collect();
        self.read_related(related).await?;
        let render = |cells| self.query.row_to_json(cells, &self.related);
        let rows: Vec<_> = kept.into_iter().map(|kept| render(kept.cells)).collect();
        let bytes: usize = rows.iter().map(|row| escaped_len_of_value(row) + 1).sum();
        if bytes > limit::RESPONSE_BYTES_MAX {
            return Err(rows_too_large_refusal().into());
        }
        Ok(rows)
    }
}

fn rows_too_large_refusal() -> QueryRefusal {
    QueryRefusal::LimitExceeded(format!(
        "The rows would be larger than an answer may be ({} MB); select fewer fields, or lower limit",
        limit::RESPONSE_MB_MAX
    ))
}

impl From<StoreError> for QueryError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<QueryRefusal> for QueryError {
    fn from(refusal: QueryRefusal) -> Self {
        Self::Refused(refusal)
    }
}
