//! Repeat chunks: small groups of rows together, a group too large for one chunk as a chain.

use super::chunk::ChunkPlan;
use super::places::Places;
use super::{RowPlace, Sizes};

/// The chunks so far, and the one that still takes groups.
pub(super) struct Pack<'p> {
    places: &'p Places,
    sizes: Sizes,
    chunks: Vec<ChunkPlan>,
    open: Part,
}

/// Rows that will be one chunk.
#[derive(Default)]
struct Part {
    rows: Vec<RowPlace>,
    bytes: u64,
}

impl Part {
    fn push(&mut self, place: RowPlace) {
        self.bytes += u64::from(place.end - place.start);
        self.rows.push(place);
    }

    fn fits(&self, more: &Self, sizes: Sizes) -> bool {
        self.rows.len() + more.rows.len() <= sizes.rows as usize
            && self.bytes + more.bytes <= u64::from(sizes.bytes)
    }
}

impl<'p> Pack<'p> {
    pub(super) fn new(places: &'p Places, sizes: Sizes, chunks: Vec<ChunkPlan>) -> Self {
        Self { places, sizes, chunks, open: Part::default() }
    }

    /// Adds rows that hang together, in their order.
    pub(super) fn add(&mut self, rows: impl Iterator<Item = u32>) {
        let mut parts: Vec<Part> = Vec::new();
        for row in rows {
            let mut one = Part::default();
            one.push(self.places.place(row));
            match parts.last_mut() {
                Some(part) if part.fits(&one, self.sizes) => part.push(self.places.place(row)),
                last => {
                    // Parts of millions of rows wait here: no slack.
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

    fn add_group(&mut self, group: Part) {
        if !self.open.fits(&group, self.sizes) {
            self.close();
        }
        self.open.bytes += group.bytes;
        self.open.rows.extend(group.rows);
    }

    fn add_chain(&mut self, parts: impl Iterator<Item = Part>) {
        let mut parts = parts.peekable();
        while let Some(part) = parts.next() {
            // Numbers count from 1, so that this is number len + 1.
            let next = parts.peek().map(|_| self.chunks.len() as u32 + 2);
            self.chunks.push(ChunkPlan::Repeat { rows: part.rows, next });
        }
    }

    fn close(&mut self) {
        let mut rows = std::mem::take(&mut self.open).rows;
        rows.shrink_to_fit();
        rows.sort_unstable_by_key(|place| place.row);
        if !rows.is_empty() {
            self.chunks.push(ChunkPlan::Repeat { rows, next: None });
        }
    }

    pub(super) fn finish(mut self) -> Vec<ChunkPlan> {
        self.close();
        self.chunks
    }
}
