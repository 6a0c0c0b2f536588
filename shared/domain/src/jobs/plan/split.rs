//! Splits a payload into chunks of given sizes: ranges of consecutive rows, and repeat chunks of
//! components that span several ranges.

use super::chunk::ChunkPlan;
use super::chunk_packer::ChunkPacker;
use super::component::RowComponents;
use super::row_offsets::RowOffsets;
use super::{ChunkSizes, RowSpan};

/// All chunks: first the ranges, then the repeat chunks by their first rows.
pub(super) fn split_into_chunks(
    offsets: &RowOffsets,
    components: &RowComponents,
    sizes: ChunkSizes,
) -> Vec<ChunkPlan> {
    let firsts = find_range_starts(offsets, sizes);
    let spread = find_spread_components(offsets, components, &firsts);
    let moves =
        |row: u32| spread.get(components.first_row(row) as usize).is_some_and(|moves| *moves);
    let ends = firsts.iter().skip(1).copied().chain([offsets.row_count()]);
    let ranges =
        firsts.iter().zip(ends).filter_map(|(first, end)| build_range(offsets, *first, end, moves));
    let mut packer = ChunkPacker::new(offsets, sizes, ranges.collect());
    let all = || (0..offsets.row_count()).filter(|row| moves(*row));
    let mut moved = Vec::with_capacity(all().count());
    moved.extend(all().map(|row| (components.first_row(row), row)));
    moved.sort_unstable();
    for component in moved.chunk_by(|a, b| a.0 == b.0) {
        packer.add_component(component.iter().map(|(_, row)| *row));
    }
    packer.finish()
}

/// The first row of each range; a range has as many rows as fit, at least one.
fn find_range_starts(offsets: &RowOffsets, sizes: ChunkSizes) -> Vec<u32> {
    let mut firsts: Vec<u32> = Vec::new();
    let mut first = 0;
    for row in 0..offsets.row_count() {
        let is_full = row - first >= sizes.rows
            || offsets.row_start(row + 1) - offsets.row_start(first) > sizes.bytes;
        if is_full || firsts.is_empty() {
            firsts.push(row);
            first = row;
        }
    }
    firsts
}

/// For each first row of a component, whether the component spans several ranges.
fn find_spread_components(
    offsets: &RowOffsets,
    components: &RowComponents,
    firsts: &[u32],
) -> Vec<bool> {
    let mut spread = vec![false; offsets.starts.len()];
    let range_of = |row: u32| firsts.partition_point(|first| *first <= row);
    for row in 0..offsets.row_count() {
        let first = components.first_row(row);
        if first != row
            && let Some(slot) = spread.get_mut(first as usize)
            && !*slot
        {
            *slot = range_of(first) != range_of(row);
        }
    }
    spread
}

/// One range without the rows that move to repeat chunks; `None` if all do.
fn build_range(
    offsets: &RowOffsets,
    from: u32,
    to: u32,
    moves: impl Fn(u32) -> bool,
) -> Option<ChunkPlan> {
    let first = (from..to).find(|row| !moves(*row))?;
    let last = (first..to).rfind(|row| !moves(*row))?;
    let skip = (first..last).filter(|row| moves(*row)).map(|row| row + 1).collect();
    let RowSpan { row, start, .. } = offsets.row_span(first);
    let end = offsets.row_start(last + 1);
    Some(ChunkPlan::Range { first: row, start, end, rows: last - first + 1, skip })
}
