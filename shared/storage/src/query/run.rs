//! A query in progress: what it found, what it has read, and where it must end.

use std::time::Instant;

use people_domain::limit;
use people_domain::people::view::View;
use people_domain::query::{Query, Ranking, RelatedRows, Row, RowKey};

use super::passes::PassLease;
use super::{QueryLimits, QueryRefusal, QueryResult};
use crate::TenantStore;

const BYTES_PER_MB: usize = 1024 * 1024;

/// A query in progress.
pub(super) struct QueryRun<'q> {
    pub(super) store: &'q TenantStore,
    pub(super) query: &'q Query<'q>,
    pub(super) related: RelatedRows,
    pub(super) sink: RowSink,
    /// The rows that matched so far.
    pub(super) rows_matched: usize,
    pub(super) limits: QueryLimits,
    started: Instant,
    units_before: f64,
    pass: Option<PassLease>,
}

/// The use of the rows that match.
pub(super) enum RowSink {
    /// The first rows after one row.
    Page { after: Option<RowKey>, rows_max: usize, rows: Vec<Row>, bytes: usize },
    /// Rows in any order, which are ranked.
    Ranking(Ranking),
    /// Rows that are only counted, and the last of them.
    Skip { left: usize, last: Option<RowKey> },
}

impl<'q> QueryRun<'q> {
    pub(super) fn new(store: &'q TenantStore, query: &'q Query<'q>, limits: QueryLimits) -> Self {
        Self {
            store,
            query,
            related: RelatedRows::default(),
            sink: RowSink::page(None, 0),
            rows_matched: 0,
            limits,
            started: Instant::now(),
            units_before: store.usage().units,
            pass: None,
        }
    }

    /// Evaluates rows, which are sorted by [`RowKey`] unless they are ranked.
    pub(super) async fn evaluate_views(&mut self, views: &[View<'_>]) -> QueryResult<()> {
        let query = self.query;
        let views: Vec<_> = views.iter().filter(|view| query.may_match(**view)).collect();
        self.read_related(views.iter().flat_map(|view| query.match_dependencies(**view))).await?;
        for view in views {
            if query.matches(*view, &self.related) && !self.sink.is_full() {
                self.rows_matched += 1;
                self.accept_row(*view);
            }
        }
        self.check_limits().await
    }

    fn accept_row(&mut self, view: View<'_>) {
        let query = self.query;
        match &mut self.sink {
            RowSink::Page { after, rows, bytes, .. } => {
                let key = RowKey::from_view(view);
                if after.is_none_or(|after| key > after) {
                    let row = Row { key, cells: query.read_cells(view) };
                    *bytes += row.bytes();
                    rows.push(row);
                }
            }
            RowSink::Ranking(ranking) => {
                ranking.push(query.rank_row(view, &self.related), || query.read_cells(view));
            }
            RowSink::Skip { left, last } => {
                *left -= 1;
                *last = Some(RowKey::from_view(view));
            }
        }
    }

    /// Ends the query when it has exceeded a limit, and takes a place among the passes of the tenant
    /// when it has read much.
    pub(super) async fn check_limits(&mut self) -> QueryResult<()> {
        if self.related.len() > limit::QUERY_RELATED_ROWS_MAX {
            self.related = RelatedRows::default();
        }
        let units = self.store.usage().units - self.units_before;
        if units > f64::from(self.limits.units) {
            return Err(self.refuse(&format!("reads at most {} units of 4 KB", self.limits.units)));
        }
        if self.started.elapsed() > self.limits.time {
            let seconds = self.limits.time.as_secs();
            return Err(self.refuse(&format!("reads for at most {seconds} seconds")));
        }
        if let RowSink::Ranking(ranking) = &self.sink {
            check_ranking(ranking, self.limits)?;
        }
        if let RowSink::Page { bytes, .. } = self.sink {
            self.check_answer_bytes(bytes)?;
        }
        if self.pass.is_none() && units > f64::from(self.limits.pass_units) {
            self.pass = Some(self.store.begin_pass().await?);
        }
        Ok(())
    }

    pub(super) fn check_answer_bytes(&self, bytes: usize) -> QueryResult<()> {
        let max = self.limits.answer_bytes;
        if bytes <= max {
            return Ok(());
        }
        let text = format!(
            "The rows would be larger than an answer may be ({} MB); select fewer fields, or lower limit",
            max / BYTES_PER_MB
        );
        Err(QueryRefusal::LimitExceeded(text).into())
    }

    fn refuse(&self, limit: &str) -> super::QueryError {
        let keys = self.query.key_names();
        let text =
            format!("A query {limit}; add a condition on one of {keys}, ANDed with the others");
        QueryRefusal::LimitExceeded(text).into()
    }

    /// Ends the query's pass, if it is one.
    pub(super) async fn finish(self) -> crate::Result<()> {
        match self.pass {
            Some(pass) => self.store.end_pass(pass).await,
            None => Ok(()),
        }
    }

    /// The rows of a page.
    pub(super) fn take_page(&mut self) -> Vec<Row> {
        match std::mem::replace(&mut self.sink, RowSink::page(None, 0)) {
            RowSink::Page { rows, .. } => rows,
            RowSink::Ranking(_) | RowSink::Skip { .. } => Vec::new(),
        }
    }
}

fn check_ranking(ranking: &Ranking, limits: QueryLimits) -> QueryResult<()> {
    let max = if ranking.len() > limits.ranked_rows {
        format!("{} rows", limits.ranked_rows)
    } else if ranking.memory_bytes() > limits.ranked_bytes {
        format!("{} MB of values", limits.ranked_bytes / BYTES_PER_MB)
    } else {
        return Ok(());
    };
    let text = format!(
        "A query puts at most {max} in order; leave out orderBy, or add conditions that fewer rows meet"
    );
    Err(QueryRefusal::LimitExceeded(text).into())
}

impl RowSink {
    pub(super) fn page(after: Option<RowKey>, rows_max: usize) -> Self {
        Self::Page { after, rows_max, rows: Vec::new(), bytes: 0 }
    }

    /// The rows that are still needed; `None` for all.
    pub(super) fn rows_left(&self) -> Option<usize> {
        match self {
            Self::Page { rows_max, rows, .. } => Some(rows_max - rows.len()),
            Self::Ranking(_) => None,
            Self::Skip { left, .. } => Some(*left),
        }
    }

    /// The items that the rows still needed may take, if each item is one row; `None` for all. Some
    /// items are redirects, tombstones and what people left behind; the first row is often the last
    /// of the page before, and the last item of a call is read again.
    pub(super) fn items_left(&self) -> Option<usize> {
        self.rows_left().map(|rows| rows.saturating_add(rows / 16 + 4))
    }

    pub(super) fn is_full(&self) -> bool {
        self.rows_left() == Some(0)
    }

    /// Whether the values of further rows are needed, not only whether they match.
    pub(super) fn needs_cells(&self) -> bool {
        match self {
            Self::Page { .. } => true,
            Self::Ranking(ranking) => ranking.keeps_cells(),
            Self::Skip { .. } => false,
        }
    }
}
