//! Answers a page of a list: in the order of keys by reading on from the page before, sorted by one
//! pass that keeps the first rows after it.

use std::collections::BTreeMap;
use std::time::Instant;

use people_domain::px::{ListPage, ListQuery, Position, Rank};

use super::budget::ListBudget;
use super::count::{COUNT_TIME_MAX, count_rest};
use super::page::PageBuilder;
use super::rows::{RowWalk, StoredRow};
use crate::{QueryLimits, Result, StoreError, TenantStore};

/// Rows of one batch of a filtered or sorted list.
const BATCH_ROWS: usize = 1_000;

/// Rows of one batch of another list, which may end at the bytes of its answer.
const UNFILTERED_BATCH_ROWS: usize = 100;

impl TenantStore {
    /// Answers a page of users or accounts.
    ///
    /// # Errors
    /// [`StoreError::ReadLimitExceeded`] for a filter or an order that reads too much.
    pub async fn list_px(&self, query: &ListQuery<'_>, limits: QueryLimits) -> Result<ListPage> {
        let mut budget = ListBudget::new(self, limits);
        let page = if query.sort.is_empty() {
            self.list_by_key(query, &mut budget).await
        } else {
            self.list_sorted(query, &mut budget).await
        };
        budget.finish().await;
        page
    }

    async fn list_by_key(
        &self,
        query: &ListQuery<'_>,
        budget: &mut ListBudget<'_>,
    ) -> Result<ListPage> {
        let mut walk = RowWalk::new(self, query)?;
        let mut page = PageBuilder::new(query.request.page_size);
        let (mut matched, mut is_at_end) = (0, false);
        while !page.is_full && !is_at_end {
            let wanted = if query.filter.is_empty() {
                page.rows_wanted().min(UNFILTERED_BATCH_ROWS)
            } else {
                BATCH_ROWS
            };
            let rows = walk.next_rows(wanted).await?;
            is_at_end = rows.is_none();
            let rows = rows.unwrap_or_default();
            for row in rows.iter().filter_map(|row| row.view(query.metadata)) {
                if query.filter.matches(&row) {
                    matched += 1;
                    page.add_row(&row, query.position(&row));
                }
            }
            if let Some(limit) = budget.check().await?.filter(|_| !is_at_end && !page.is_full) {
                if page.is_empty() {
                    return Err(exceeded(&limit, "a wider filter, or none"));
                }
                let last = rows.last().and_then(|row| row.view(query.metadata));
                page.end_early(last.map(|row| query.position(&row)));
            }
        }
        let total = match &query.request.progress {
            Some(progress) => progress.total,
            None if is_at_end => page.len(),
            None if query.filter.is_empty() => matched + count_rest(self, walk).await?,
            None => matched + count_matches(query, walk, budget).await?,
        };
        Ok(page.finish(total))
    }

    async fn list_sorted(
        &self,
        query: &ListQuery<'_>,
        budget: &mut ListBudget<'_>,
    ) -> Result<ListPage> {
        let after = query.request.progress.as_ref().map(|progress| progress.after.clone());
        let after = after.map(|after| query.sort.rank(after));
        let mut walk = RowWalk::new(self, query)?;
        let mut best: BTreeMap<Rank, (StoredRow, Position)> = BTreeMap::new();
        let mut matched = 0;
        while let Some(rows) = walk.next_rows(BATCH_ROWS).await? {
            matched += keep_first(&mut best, rows, query, after.as_ref());
            if let Some(limit) = budget.check().await? {
                return Err(exceeded(&limit, "no sort"));
            }
        }
        let mut page = PageBuilder::new(query.request.page_size);
        for (row, position) in best.into_values() {
            if let Some(row) = row.view(query.metadata) {
                page.add_row(&row, position);
            }
        }
        let total = query.request.progress.as_ref().map_or(matched, |progress| progress.total);
        Ok(page.finish(total))
    }
}

/// Keeps the first rows after a rank: those of the page, and one that tells that others follow.
fn keep_first(
    best: &mut BTreeMap<Rank, (StoredRow, Position)>,
    rows: Vec<StoredRow>,
    query: &ListQuery<'_>,
    after: Option<&Rank>,
) -> u64 {
    let mut matched = 0;
    for row in rows {
        let Some(view) = row.view(query.metadata) else { continue };
        if !query.filter.matches(&view) {
            continue;
        }
        matched += 1;
        let position = query.position(&view);
        let rank = query.sort.rank(position.clone());
        if after.is_some_and(|after| rank <= *after) {
            continue;
        }
        best.insert(rank, (row, position));
        if best.len() > query.request.page_size + 1 {
            best.pop_last();
        }
    }
    matched
}

/// Counts the matches that are left of a walk, as far as time and budget reach.
async fn count_matches(
    query: &ListQuery<'_>,
    mut walk: RowWalk<'_>,
    budget: &ListBudget<'_>,
) -> Result<u64> {
    let started = Instant::now();
    let mut matched = 0;
    while started.elapsed() < COUNT_TIME_MAX && budget.exceeded_limit().is_none() {
        let Some(rows) = walk.next_rows(BATCH_ROWS).await? else { break };
        let rows = rows.iter().filter_map(|row| row.view(query.metadata));
        matched += rows.filter(|row| query.filter.matches(row)).count() as u64;
    }
    Ok(matched)
}

fn exceeded(limit: &str, remedy: &str) -> StoreError {
    StoreError::ReadLimitExceeded(format!("A list {limit}; ask for {remedy}"))
}
