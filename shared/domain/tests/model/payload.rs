//! The payload: the rows of each person, and their chunks.

use crate::rules::Rules;

/// A row of the payload.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    pub(crate) number: u32,
    /// Whether it lacks a required field, so that it can only change an existing person.
    pub(crate) needs_person: bool,
}

/// Chunks of the job: a chain of two for the first person, and one for the second.
pub(crate) const CHUNKS: usize = 3;

/// The markers of all chunks, a bit each.
pub(crate) const ALL_CHUNKS: u8 = 0b111;

/// The markers of the chunks that are sent at once.
pub(crate) fn first_chunks(rules: &Rules) -> u8 {
    if rules.chain { 0b101 } else { ALL_CHUNKS }
}

/// The part of the chain that waits for this one.
pub(crate) fn next_chunk(chunk: usize) -> Option<usize> {
    (chunk == 0).then_some(1)
}

/// The person whose rows are in a chunk.
pub(crate) fn person_of_chunk(chunk: usize) -> usize {
    chunk / 2
}

/// The rows of a chunk. Those of the last can't be merged into one write, as the first of them
/// lacks a required field.
pub(crate) fn rows_of_chunk(chunk: usize) -> &'static [Row] {
    const ROWS: [Row; 4] = [
        Row { number: 1, needs_person: false },
        Row { number: 2, needs_person: false },
        Row { number: 3, needs_person: true },
        Row { number: 4, needs_person: false },
    ];
    match chunk {
        0 => &ROWS[..1],
        1 => &ROWS[1..2],
        _ => &ROWS[2..],
    }
}

/// The last of a person's rows.
pub(crate) fn last_row(person: usize) -> u32 {
    if person == 0 { 2 } else { 4 }
}
