//! Packs repeat chunks: small components share a chunk, a component too large for one chunk becomes
//! a chain of chunks.

use super::chunk::ChunkPlan;
use super::row_offsets::RowOffsets;
use super::{ChunkSizes, RowSpan};

/// The chunks so far, and the one that components are still added to.
pub(super) struct ChunkPacker<'p> {
    offsets: &'p RowOffsets,
    sizes: ChunkSizes,
    chunks: Vec<ChunkPlan>,
    open_bin: ChunkBin,
}

/// Rows that will be one chunk.
#[derive(Default)]
struct ChunkBin {
    rows: Vec<RowSpan>,
    bytes: u64,
}

impl ChunkBin {
    fn push_row(&mut self, span: RowSpan) {
        self.bytes += u64::from(span.end - span.start);
        self.rows.push(span);
    }

    fn has_room_for(&self, more: &Self, sizes: ChunkSizes) -> bool {
        self.rows.len() + more.rows.len() <= sizes.rows as usize
            && self.bytes + more.bytes <= u64::from(sizes.bytes)
    }
}

impl<'p> ChunkPacker<'p> {
    pub(super) fn new(offsets: &'p RowOffsets, sizes: ChunkSizes, chunks: Vec<ChunkPlan>) -> Self {
        Self { offsets, sizes, chunks, open_bin: ChunkBin::default() }
    }

    /// Adds the rows of a component in their order.
    pub(super) fn add_component(&mut self, rows: impl Iterator<Item = u32>) {
        let mut parts: Vec<ChunkBin> = Vec::new();
        for row in rows {
            let mut one = ChunkBin::default();
            one.push_row(self.offsets.row_span(row));
            match parts.last_mut() {
                Some(part) if part.has_room_for(&one, self.sizes) => {
                    part.push_row(self.offsets.row_span(row))
                }
                last => {
                    // The parts of a component may hold millions of rows, so they keep no spare
                    // capacity.
                    last.into_iter().for_each(|part| part.rows.shrink_to_fit());
                    parts.push(one);
                }
            }
        }
        match parts.pop() {
            Some(part) if parts.is_empty() => self.add_group(part),
            last => self.add_chain(parts.into_iter().chain(last)),
        }
    }

    fn add_group(&mut self, group: ChunkBin) {
        if !self.open_bin.has_room_for(&group, self.sizes) {
            self.close_chunk();
        }
        self.open_bin.bytes += group.bytes;
        self.open_bin.rows.extend(group.rows);
    }

    fn add_chain(&mut self, parts: impl Iterator<Item = ChunkBin>) {
        let mut parts = parts.peekable();
        while let Some(part) = parts.next() {
            // Chunks are numbered from 1, so that this one has the number len + 1.
            let next = parts.peek().map(|_| self.chunks.len() as u32 + 2);
            self.chunks.push(ChunkPlan::Scattered { rows: part.rows, next });
        }
    }

    fn close_chunk(&mut self) {
        let mut rows = std::mem::take(&mut self.open_bin).rows;
        rows.shrink_to_fit();
        rows.sort_unstable_by_key(|span| span.row);
        if !rows.is_empty() {
            self.chunks.push(ChunkPlan::Scattered { rows, next: None });
        }
    }

    pub(super) fn finish(mut self) -> Vec<ChunkPlan> {
        self.close_chunk();
        self.chunks
    }
}
