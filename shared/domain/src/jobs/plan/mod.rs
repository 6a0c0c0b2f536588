//! Plans the chunks of a payload. Chunks run concurrently, so all rows that share a key, directly
//! or over other rows, are in one chunk or in one chain of chunks.

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

/// The limits of chunks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChunkSizes {
    pub rows: u32,
    /// Bytes of one chunk, unless it is one row.
    pub bytes: u32,
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
    /// All rows in one chunk: for a payload that is known to be one chunk, whatever sizes it was
    /// planned with.
    pub const ONE_CHUNK: Self = Self { rows: u32::MAX, bytes: u32::MAX, chunks: 1 };

    /// The sizes, raised to what a payload of so many rows and bytes needs. Many rows need chunks
    /// of more rows, not of more bytes: a worker has memory for so many bytes.
    fn fitted_to_payload(self, rows: u32, bytes: u32) -> Self {
        let share = |all: u32| all.div_ceil(self.chunks.max(1));
        Self { rows: self.rows.max(share(rows)), bytes: self.bytes.max(share(bytes)), ..self }
    }

    /// The sizes, raised by a sixteenth: for a payload that did not fit.
    fn grown_by_sixteenth(self) -> Self {
        let grow = |size: u32| size.saturating_add(size / 16 + 1);
        Self { rows: grow(self.rows), bytes: grow(self.bytes), ..self }
    }
}

/// The chunks of a payload.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayloadPlan {
    /// In the order of their numbers, from 1.
    pub chunks: Vec<ChunkPlan>,
    pub rows: u32,
    pub lookups: Option<String>,
    /// The sizes that the chunks were planned with.
    pub sizes: ChunkSizes,
}

impl PayloadPlan {
    /// The numbers of the chunks that may start at once: all but the later parts of chains.
    pub fn startable_chunks(&self) -> impl Iterator<Item = u32> {
        list_startable_chunks(&self.chunks)
    }
}

/// Like [`PayloadPlan::startable_chunks`], for the chunks alone.
pub fn list_startable_chunks(chunks: &[ChunkPlan]) -> impl Iterator<Item = u32> {
    let before = std::iter::once(None).chain(chunks.iter().map(ChunkPlan::next_in_chain));
    let later = before.zip(1..).map(|(next, number)| next == Some(number));
    (1..).zip(later).take(chunks.len()).filter_map(|(number, later)| (!later).then_some(number))
}

/// Plans the chunks of a scanned payload; the same payload gives the same plan.
#[must_use]
pub fn plan_chunks(mut scanned: PayloadScan, mut sizes: ChunkSizes) -> PayloadPlan {
    scanned.keys.sort_unstable();
    let rows = scanned.row_count();
    let components = RowComponents::from_sorted_keys(&scanned.keys, rows);
    scanned.keys = Vec::new();
    let offsets = RowOffsets { starts: scanned.starts, end: scanned.end };
    sizes = sizes.fitted_to_payload(rows, scanned.end);
    loop {
        let chunks = split::split_into_chunks(&offsets, &components, sizes);
        if chunks.len() <= sizes.chunks.max(1) as usize {
            return PayloadPlan { chunks, rows, lookups: scanned.lookups, sizes };
        }
        sizes = sizes.grown_by_sixteenth();
    }
}

/// Prints counts alone, because lookups are text of the caller.
impl fmt::Debug for PayloadPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PayloadPlan(<{} rows, {} chunks>)", self.rows, self.chunks.len())
    }
}
