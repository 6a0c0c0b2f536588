//! Counts the rows that follow the first page, for its totalHits.

use std::time::{Duration, Instant};

use futures::stream::{self, StreamExt, TryStreamExt};

use super::rows::RowWalk;
use super::users::SHARD_CONCURRENCY;
use crate::table::convert::TableItem;
use crate::table::partition::PageRequest;
use crate::{Result, TenantStore};

/// How long rows are counted; a list then has at least as many.
pub(super) const COUNT_TIME_MAX: Duration = Duration::from_secs(2);

/// Entries up to which their people are read to be counted: some may be no users any more.
const CHECKED_MAX: u64 = 500;

/// People of one read.
const BATCH_ROWS: usize = 100;

/// Counts what is left of a walk.
pub(super) async fn count_rest(store: &TenantStore, walk: RowWalk<'_>) -> Result<u64> {
    let deadline = Instant::now() + COUNT_TIME_MAX;
    let (ahead, rest) = match &walk {
        RowWalk::Users(walk) => (walk.read_ahead() as u64, walk.rest()),
        RowWalk::Accounts(walk) => (0, walk.rest().into_iter().collect()),
    };
    let counts = stream::iter(rest).map(|part| count_partition(store, part, deadline));
    let counts: Vec<u64> = counts.buffer_unordered(SHARD_CONCURRENCY).try_collect().await?;
    let count = ahead + counts.iter().sum::<u64>();
    let is_user = matches!(walk, RowWalk::Users(_));
    if is_user && count > 0 && count <= CHECKED_MAX { count_rows(walk).await } else { Ok(count) }
}

/// Counts a partition after a key, until the deadline.
async fn count_partition(
    store: &TenantStore,
    (pk, mut from): (String, Option<TableItem>),
    deadline: Instant,
) -> Result<u64> {
    let mut count = 0;
    loop {
        let request = PageRequest { pk: &pk, is_count: true, ..PageRequest::default() };
        let page = store.query_page(request, from).await?;
        count += page.count;
        from = page.next;
        if from.is_none() || Instant::now() > deadline {
            return Ok(count);
        }
    }
}

async fn count_rows(mut walk: RowWalk<'_>) -> Result<u64> {
    let mut count = 0;
    while let Some(rows) = walk.next_rows(BATCH_ROWS).await? {
        count += rows.len() as u64;
    }
    Ok(count)
}
