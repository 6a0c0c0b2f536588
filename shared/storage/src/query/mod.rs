//! Queries of data objects (contract: query). Rows are read by the access path of the query's
//! conditions, filtered by the store as far as possible, and evaluated a page at a time.

mod associations;
mod key_walk;
mod pages;
pub(crate) mod passes;
mod people;
mod position;
mod push_down;
mod records;
mod related;
mod run;
mod snapshot;
mod walk;

use std::time::Duration;

use people_domain::json::escaped_len_of_value;
use people_domain::limit;
use people_domain::objects::ObjectFault;
use people_domain::query::{AccessPath, Query, QueryRequest, Row, RowReference};
use serde_json::Value as Json;

use self::pages::PageReader;
use self::position::PageMemory;
use self::run::QueryRun;
use self::snapshot::Snapshots;
use crate::{Result, StoreError, TenantStore};

pub use self::snapshot::SnapshotBucket;

/// Concurrent reads of single rows.
const READ_CONCURRENCY: usize = 16;

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

/// The caller of a query, with its bucket and limits.
#[derive(Debug)]
pub struct QueryCaller<'a, B> {
    /// The id of the access key: the pages of each key are its own.
    pub access_key: &'a str,
    pub bucket: &'a B,
    pub limits: QueryLimits,
}

/// The limits of one query (contract: query#expensive-queries).
#[derive(Debug, Clone, Copy)]
pub struct QueryLimits {
    /// Read units.
    pub units: u32,
    pub time: Duration,
    /// Rows that may be put in order.
    pub ranked_rows: usize,
    /// The memory that their ranks may take, in bytes.
    pub ranked_bytes: usize,
    /// The bytes of its rows as JSON.
    pub answer_bytes: usize,
    /// Read units from which it counts as a pass.
    pub pass_units: u32,
}

impl Default for QueryLimits {
    fn default() -> Self {
        Self {
            units: limit::QUERY_UNITS_MAX,
            time: Duration::from_secs(limit::QUERY_SECONDS_MAX),
            ranked_rows: limit::QUERY_RANKED_ROWS_MAX,
            ranked_bytes: limit::QUERY_RANKED_BYTES_MAX,
            answer_bytes: limit::PLAIN_RESPONSE_BYTES_MAX,
            pass_units: limit::QUERY_PASS_UNITS,
        }
    }
}

impl TenantStore {
    /// Answers a query of an object.
    pub async fn query_objects<B: SnapshotBucket>(
        &self,
        name: &str,
        request: &QueryRequest,
        caller: &QueryCaller<'_, B>,
    ) -> Result<QueryOutcome> {
        match self.run_query(name, request, caller).await {
            Ok(rows) => Ok(Ok(rows)),
            Err(QueryError::Refused(refusal)) => Ok(Err(refusal)),
            Err(QueryError::Store(error)) => Err(error),
        }
    }

    async fn run_query<B: SnapshotBucket>(
        &self,
        name: &str,
        request: &QueryRequest,
        caller: &QueryCaller<'_, B>,
    ) -> QueryResult<Vec<Json>> {
        let began = self.store.new_stamp();
        let metadata = self.read_metadata().await?;
        let object = metadata.object(name).ok_or(QueryRefusal::UnknownObject)?;
        let query = Query::from_request(request, object, &metadata, self.ids())
            .map_err(QueryRefusal::Fault)?;
        let access = self.complete_access_path(&query, &metadata).await?;
        let filter = match access {
            AccessPath::All(_) => self.build_query_filter(&query, &metadata).await?,
            _ => None,
        };
        let mut run = QueryRun::new(self, &query, caller.limits);
        let mut reader = PageReader {
            run: &mut run,
            memory: PageMemory::new(self, caller.access_key, object, &request.identity, began),
            snapshots: Snapshots { store: self, bucket: caller.bucket },
            access,
            filter,
        };
        let rows = reader.read_page().await;
        let rows = match rows {
            Ok(rows) => run.render_rows(rows).await,
            Err(error) => Err(error),
        };
        // A place that is not given back expires.
        _ = run.finish().await;
        rows
    }
}

impl QueryRun<'_> {
    async fn render_rows(&mut self, rows: Vec<Row>) -> QueryResult<Vec<Json>> {
        let related: Vec<RowReference> =
            rows.iter().flat_map(|row| self.query.print_dependencies(row)).collect();
        self.read_related(related).await?;
        let render = |row: Row| self.query.row_to_json(row.cells, &self.related);
        let rows: Vec<_> = rows.into_iter().map(render).collect();
        let bytes: usize = rows.iter().map(|row| escaped_len_of_value(row) + 1).sum();
        self.check_answer_bytes(bytes)?;
        Ok(rows)
    }
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
