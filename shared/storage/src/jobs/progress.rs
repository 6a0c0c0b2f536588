//! How far a job is, for those who watch it.

use serde::Deserialize;

use super::{Counts, Job};
use crate::table::convert::Item;
use crate::table::keys::{self, Key};
use crate::{Result, StoreError, TenantStore};

/// How far a planned job is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// The sums of the chunks that are settled.
    pub counts: Counts,
    /// How many are.
    pub settled: u32,
    /// Rows of the others.
    pub rows_left: u64,
}

/// What a chunk's item tells of it; the item may hold a long list too.
#[derive(Deserialize)]
struct Settled {
    counts: Option<Counts>,
}

impl TenantStore {
    /// How far a job is; nothing of one that is not planned.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn progress(&self, job: &Job) -> Result<Progress> {
        // Markers first: a chunk that is settled in between is then counted once, and never lost.
        let todos = self.todos(job).await?;
        let (mut progress, mut settled) = (Progress::default(), Vec::new());
        for item in self.job_items(job, keys::CHUNK, None).await? {
            let (chunk, counts) = read(item).ok_or_else(|| StoreError::corrupt("chunk"))?;
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

fn read(item: Item) -> Option<(u32, Option<Counts>)> {
    let chunk = Key::of(&item)?.sk.strip_prefix(keys::CHUNK)?.parse().ok()?;
    let Settled { counts } = serde_dynamo::from_item(item).ok()?;
    Some((chunk, counts))
}
