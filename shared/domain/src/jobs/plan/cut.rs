//! Chunks of given sizes: ranges of the payload, and repeat chunks of rows that hang together
//! beyond one range.

use super::chunk::ChunkPlan;
use super::component::Components;
use super::pack::Pack;
use super::places::Places;
use super::{RowPlace, Sizes};

/// All chunks: first the ranges, then the repeat chunks by their first rows.
pub(super) fn cut(places: &Places, components: &Components, sizes: Sizes) -> Vec<ChunkPlan> {
    let firsts = firsts(places, sizes);
    let spread = spread(places, components, &firsts);
    let moves = |row: u32| spread.get(components.first(row) as usize).is_some_and(|moves| *moves);
    let ends = firsts.iter().skip(1).copied().chain([places.rows()]);
    let ranges =
        firsts.iter().zip(ends).filter_map(|(first, end)| range(places, *first, end, moves));
    let mut pack = Pack::new(places, sizes, ranges.collect());
    let all = || (0..places.rows()).filter(|row| moves(*row));
    let mut moved = Vec::with_capacity(all().count());
    moved.extend(all().map(|row| (components.first(row), row)));
    moved.sort_unstable();
    for component in moved.chunk_by(|a, b| a.0 == b.0) {
        pack.add(component.iter().map(|(_, row)| *row));
    }
    pack.finish()
}

/// The first row of each range: as many rows as fit, at least one.
fn firsts(places: &Places, sizes: Sizes) -> Vec<u32> {
    let mut firsts: Vec<u32> = Vec::new();
    let mut first = 0;
    for row in 0..places.rows() {
        let is_full =
            row - first >= sizes.rows || places.start(row + 1) - places.start(first) > sizes.bytes;
        if is_full || firsts.is_empty() {
            firsts.push(row);
            first = row;
        }
    }
    firsts
}

/// Whether the rows that hang together with a first row are in more ranges than one.
fn spread(places: &Places, components: &Components, firsts: &[u32]) -> Vec<bool> {
    let mut spread = vec![false; places.starts.len()];
    let range_of = |row: u32| firsts.partition_point(|first| *first <= row);
    for row in 0..places.rows() {
        let first = components.first(row);
        if first != row
            && let Some(slot) = spread.get_mut(first as usize)
            && !*slot
        {
            *slot = range_of(first) != range_of(row);
        }
    }
    spread
}

/// One range without the rows that move, unless all do.
fn range(places: &Places, from: u32, to: u32, moves: impl Fn(u32) -> bool) -> Option<ChunkPlan> {
    let first = (from..to).find(|row| !moves(*row))?;
    let last = (first..to).rfind(|row| !moves(*row))?;
    let skip = (first..last).filter(|row| moves(*row)).map(|row| row + 1).collect();
    let RowPlace { row, start, .. } = places.place(first);
    let end = places.start(last + 1);
    Some(ChunkPlan::Range { first: row, start, end, rows: last - first + 1, skip })
}
