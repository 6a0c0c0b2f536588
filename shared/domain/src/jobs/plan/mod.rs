//! The plan of a job: which rows are applied together. Chunks run at the same time, so all rows
//! that share a key with another, over any number of rows, are in one chunk or in one chain.

mod chunk;
mod chunk_packer;
mod component;
mod row_offsets;
mod split;

use std::fmt;

use serde::{Deserialize, Serialize};

use super::scan::PayloadScan;
use crate::limit;
use component::RowComponents;
use row_offsets::RowOffsets;

pub use chunk::{ChunkPlan, RowSpan};

/// How large chunks may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChunkSizes {
    /// Rows of one chunk.
    pub rows: u32,
    /// Bytes of one chunk, unless it is one row.
    pub bytes: u32,
    /// Chunks of one job.
    pub chunks: u32,
}

impl Default for ChunkSizes {
    fn default() -> Self {
        Self {
            rows: limit::CHUNK_ROWS_DEFAULT,
            bytes: limit::CHUNK_BYTES_DEFAULT,
            chunks: limit::JOB_CHUNKS_MAX,
        }
    }
}

impl ChunkSizes {
    /// All rows in one chunk: for a payload that is known to be one, whatever the sizes were when
    /// it was planned.
    pub const ONE_CHUNK: Self = Self { rows: u32::MAX, bytes: u32::MAX, chunks: 1 };

    /// At least as large as a payload of so many rows and bytes asks for. Rows that are many ask
    /// for chunks of more rows, not of more bytes: a worker has memory for so many.
    fn fitted_to_payload(self, rows: u32, bytes: u32) -> Self {
        let share = |all: u32| all.div_ceil(self.chunks.max(1));
        Self { rows: self.rows.max(share(rows)), bytes: self.bytes.max(share(bytes)), ..self }
    }

    /// A sixteenth larger, until one chunk holds all: for a payload that did not fit.
    fn grown_by_sixteenth(self) -> Self {
        let grow = |size: u32| size.saturating_add(size / 16 + 1);
        Self { rows: grow(self.rows), bytes: grow(self.bytes), ..self }
    }
}

/// The chunks of a job.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayloadPlan {
    /// In the order of their numbers, from 1.
    pub chunks: Vec<ChunkPlan>,
    /// Rows of the payload.
    pub rows: u32,
    /// The payload's `lookups` as sent.
    pub lookups: Option<String>,
    /// The sizes that the chunks keep.
    pub sizes: ChunkSizes,
}

impl PayloadPlan {
    /// Numbers of the chunks that may start at once: all but later parts of chains.
    pub fn startable_chunks(&self) -> impl Iterator<Item = u32> {
        list_startable_chunks(&self.chunks)
    }
}

/// The same of a plan's chunks alone.
pub fn list_startable_chunks(chunks: &[ChunkPlan]) -> impl Iterator<Item = u32> {
    let before = std::iter::once(None).chain(chunks.iter().map(ChunkPlan::next_in_chain));
    let later = before.zip(1..).map(|(next, number)| next == Some(number));
    (1..).zip(later).take(chunks.len()).filter_map(|(number, later)| (!later).then_some(number))
}

/// Cuts a payload into chunks: the same payload gives the same plan.
#[must_use]
pub fn plan_chunks(mut scanned: PayloadScan, mut sizes: ChunkSizes) -> PayloadPlan {
    scanned.keys.sort_unstable();
    let rows = scanned.row_count();
    let components = RowComponents::from_sorted_keys(&scanned.keys, rows);
    scanned.keys = Vec::new();
    let places = RowOffsets { starts: scanned.starts, end: scanned.end };
    sizes = sizes.fitted_to_payload(rows, scanned.end);
    loop {
        let chunks = split::split_into_chunks(&places, &components, sizes);
        if chunks.len() <= sizes.chunks.max(1) as usize {
            return PayloadPlan { chunks, rows, lookups: scanned.lookups, sizes };
        }
        sizes = sizes.grown_by_sixteenth();
    }
}

/// Counts only: lookups are the caller's text.
impl fmt::Debug for PayloadPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Plan(<{} rows, {} chunks>)", self.rows, self.chunks.len())
    }
}
