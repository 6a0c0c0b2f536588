//! The invariants of every plan, each as a predicate.

use people_domain::jobs::scan::key::KeyEntry;
use people_domain::jobs::{ChunkPlan, PayloadPlan};

/// No row is lost, and none is in two chunks.
pub(crate) fn every_row_once(plan: &PayloadPlan) -> bool {
    let mut rows: Vec<_> = plan.chunks.iter().flat_map(ChunkPlan::row_numbers).collect();
    rows.sort_unstable();
    rows.into_iter().eq(1..=plan.rows)
}

/// No chunk is empty, and none has its rows in another order than the payload.
pub(crate) fn rows_ascend(plan: &PayloadPlan) -> bool {
    plan.chunks.iter().all(|chunk| {
        let numbers = chunk.row_numbers();
        !numbers.is_empty() && numbers.len() == chunk.row_count() as usize && numbers.is_sorted()
    })
}

/// No two rows with a key in common can be applied at the same time or in another order than the
/// payload's: they are in one chunk, or in one chain in order.
pub(crate) fn order_is_kept(plan: &PayloadPlan, keys: &[KeyEntry]) -> bool {
    let mut places = vec![(0, 0); plan.rows as usize + 1];
    let mut chain = 0;
    let mut starts = plan.startable_chunks().peekable();
    for (number, chunk) in (1..).zip(&plan.chunks) {
        chain = starts.next_if_eq(&number).unwrap_or(chain);
        for row in chunk.row_numbers() {
            if let Some(place) = places.get_mut(row as usize) {
                *place = (chain, number);
            }
        }
    }
    let place = |entry: &KeyEntry| places.get(entry.row() as usize + 1).copied();
    let mut keys = keys.to_vec();
    keys.sort_unstable();
    keys.windows(2).all(|pair| match pair {
        [a, b] if a.hash() == b.hash() => match (place(a), place(b)) {
            (Some(a), Some(b)) => a.0 == b.0 && a.1 <= b.1,
            _ => false,
        },
        _ => true,
    })
}

/// No chunk is larger than allowed, unless it is one row.
pub(crate) fn sizes_are_kept(plan: &PayloadPlan) -> bool {
    plan.chunks.iter().all(|chunk| {
        let bytes = match chunk {
            ChunkPlan::Range { start, end, .. } => u64::from(end - start),
            ChunkPlan::Scattered { rows, .. } => {
                rows.iter().map(|place| u64::from(place.end - place.start)).sum()
            }
        };
        chunk.row_count() <= plan.sizes.rows.max(1)
            && (bytes <= u64::from(plan.sizes.bytes) || chunk.row_count() == 1)
    })
}

/// No job has more chunks than its items and messages are made for.
pub(crate) fn chunk_count_is_limited(plan: &PayloadPlan) -> bool {
    plan.chunks.len() <= plan.sizes.chunks.max(1) as usize
}

/// No chunk waits for a chunk that does not exist, that comes before it, or that another chunk
/// waits for.
pub(crate) fn chains_are_valid(plan: &PayloadPlan) -> bool {
    (1..).zip(&plan.chunks).all(|(number, chunk)| {
        chunk
            .next_in_chain()
            .is_none_or(|next| next == number + 1 && number < plan.chunks.len() as u32)
    })
}
