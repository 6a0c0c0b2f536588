//! How far a job is, for those who watch it.

use serde::Deserialize;

use super::{Job, JobCounts};
use crate::table::convert::TableItem;
use crate::table::keys::{self, ItemKey};
use crate::{Result, StoreError, TenantStore};

/// How far a planned job is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JobProgress {
    /// The sums of the chunks that are settled.
    pub counts: JobCounts,
    /// How many are.
    pub settled: u32,
    /// Rows of the others.
    pub rows_left: u64,
}

/// What a chunk's item tells of it; the item may hold a long list too.
#[derive(Deserialize)]
struct StoredCounts {
    counts: Option<JobCounts>,
}

impl TenantStore {
    /// How far a job is; nothing of one that is not planned.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn read_job_progress(&self, job: &Job) -> Result<JobProgress> {
        // Markers first: a chunk that is settled in between is then counted once, and never lost.
        let todos = self.list_pending_chunks(job).await?;
        let (mut progress, mut settled) = (JobProgress::default(), Vec::new());
        for item in self.list_job_items(job, keys::CHUNK_PREFIX, None).await? {
            let (chunk, counts) =
                parse_chunk_progress(item).ok_or_else(|| StoreError::corrupt("chunk"))?;
            if let Some(counts) = counts {
                progress.counts = progress.counts.plus(counts);
                progress.settled += 1;
                settled.push(chunk);
            }
        }
        let is_left = |chunk| settled.binary_search(&chunk).is_err();
        let left = todos.iter().filter(|todo| is_left(todo.chunk));
        progress.rows_left = left.map(|todo| u64::from(todo.rows)).sum();
        Ok(progress)
    }
}

fn parse_chunk_progress(item: TableItem) -> Option<(u32, Option<JobCounts>)> {
    let chunk = ItemKey::from_item(&item)?.sk.strip_prefix(keys::CHUNK_PREFIX)?.parse().ok()?;
    let StoredCounts { counts } = serde_dynamo::from_item(item).ok()?;
    Some((chunk, counts))
}
