//! The payload: which rows are whose, and in which chunks.

use crate::rules::Rules;

/// A row on its way to a person.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    pub(crate) number: u32,
    /// It lacks what a new person has to have, so that it can only change one.
    pub(crate) needs_person: bool,
}

/// Chunks of the job: a chain of two for the first person, and one for the second.
pub(crate) const CHUNKS: usize = 3;

/// The marks of all chunks, a bit each.
pub(crate) const ALL_CHUNKS: u8 = 0b111;

/// The marks of the chunks that are sent at once.
pub(crate) fn first_chunks(code: &Rules) -> u8 {
    if code.chain { 0b101 } else { ALL_CHUNKS }
}

/// The part of the chain that waits for this one.
pub(crate) fn next_chunk(chunk: usize) -> Option<usize> {
    (chunk == 0).then_some(1)
}

/// Whose rows are in a chunk.
pub(crate) fn person_of_chunk(chunk: usize) -> usize {
    chunk / 2
}

/// The rows of a chunk: those of the last can't be written together, as the first of them lacks
/// something.
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
