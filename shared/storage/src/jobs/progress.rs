//! Progress of jobs, for operators that wait for one.

use serde::Deserialize;

use super::{Job, JobCounts};
use crate::table::convert::TableItem;
use crate::table::keys::{self, ItemKey};
use crate::{Result, StoreError, TenantStore};

/// Progress of a planned job.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JobProgress {
    /// The sums of the settled chunks.
    pub counts: JobCounts,
    /// The number of settled chunks.
    pub settled: u32,
    /// Rows of the chunks that are not settled.
    pub rows_left: u64,
}

/// The counts of a chunk's item, without the long lists that it may hold too.
#[derive(Deserialize)]
struct StoredCounts {
    counts: Option<JobCounts>,
}

impl TenantStore {
    /// Reads the progress of a job; all zero for a job that is not planned.
    pub async fn read_job_progress(&self, job: &Job) -> Result<JobProgress> {
        // Markers are read first: a chunk that is settled between the reads is then counted once.
        let pending_chunks = self.list_pending_chunks(job).await?;
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
        let left = pending_chunks.iter().filter(|pending_chunk| is_left(pending_chunk.chunk));
        progress.rows_left = left.map(|pending_chunk| u64::from(pending_chunk.rows)).sum();
        Ok(progress)
    }
}

fn parse_chunk_progress(item: TableItem) -> Option<(u32, Option<JobCounts>)> {
    let chunk = ItemKey::from_item(&item)?.sk.strip_prefix(keys::CHUNK_PREFIX)?.parse().ok()?;
    let StoredCounts { counts } = serde_dynamo::from_item(item).ok()?;
    Some((chunk, counts))
}
