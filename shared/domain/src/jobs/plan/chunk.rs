//! The plan of one chunk: the bytes that a worker reads, and the rows in them.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::jobs::row_splitter;
use crate::limit;

/// The position of one row: its number, and its bytes with those up to the next row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(u32, u32, u32)", into = "(u32, u32, u32)")]
pub struct RowSpan {
    /// Its number in the payload, from 1.
    pub row: u32,
    /// Its first byte.
    pub start: u32,
    /// The byte after it.
    pub end: u32,
}

impl From<(u32, u32, u32)> for RowSpan {
    fn from((row, start, end): (u32, u32, u32)) -> Self {
        Self { row, start, end }
    }
}

impl From<RowSpan> for (u32, u32, u32) {
    fn from(span: RowSpan) -> Self {
        (span.row, span.start, span.end)
    }
}

/// The rows of one chunk, in the order of the payload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ChunkPlan {
    /// Consecutive rows.
    Range {
        /// The number of the first row, from 1.
        first: u32,
        /// Its first byte.
        start: u32,
        /// The byte after the last row.
        end: u32,
        /// The number of rows from the first to the last, skipped ones included.
        rows: u32,
        /// Numbers of rows among them that are in another chunk, ascending.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        skip: Vec<u32>,
    },
    /// Rows of people whose rows are spread over the payload.
    Scattered {
        /// Ascending by number.
        rows: Vec<RowSpan>,
        /// The number of the chunk that may start once this one is settled.
        next: Option<u32>,
    },
}

impl ChunkPlan {
    /// The number of the chunk that follows in a chain.
    #[must_use]
    pub fn next_in_chain(&self) -> Option<u32> {
        match self {
            Self::Range { .. } => None,
            Self::Scattered { next, .. } => *next,
        }
    }

    /// The number of rows that the chunk applies.
    #[must_use]
    pub fn row_count(&self) -> u32 {
        match self {
            Self::Range { rows, skip, .. } => rows - skip.len() as u32,
            Self::Scattered { rows, .. } => rows.len() as u32,
        }
    }

    /// The numbers of its rows, ascending.
    #[must_use]
    pub fn row_numbers(&self) -> Vec<u32> {
        match self {
            Self::Range { first, rows, skip, .. } => {
                (*first..first + rows).filter(|row| skip.binary_search(row).is_err()).collect()
            }
            Self::Scattered { rows, .. } => rows.iter().map(|span| span.row).collect(),
        }
    }

    /// The bytes of the payload to read, ascending; rows near each other share a range.
    #[must_use]
    pub fn byte_ranges(&self) -> Vec<Range<u32>> {
        match self {
            Self::Range { start, end, .. } => std::iter::once(*start..*end).collect(),
            Self::Scattered { rows, .. } => join_ranges(rows),
        }
    }

    /// The rows with their numbers, from the bytes of each of [`Self::byte_ranges`]. `None` if the
    /// bytes are not those of the plan: no row may be lost silently.
    #[must_use]
    pub fn split_rows<'b>(&self, parts: &'b [impl AsRef<[u8]>]) -> Option<Vec<(u32, &'b [u8])>> {
        match (self, parts) {
            (Self::Range { first, start, end, rows, skip }, [part]) => {
                let bytes = part.as_ref();
                let found: Vec<_> = (*first..).zip(row_splitter::split_rows(bytes)).collect();
                let is_whole =
                    bytes.len() == (end - start) as usize && found.len() == *rows as usize;
                let kept = found.into_iter().filter(|(row, _)| skip.binary_search(row).is_err());
                is_whole.then(|| kept.collect())
            }
            (Self::Range { .. }, _) => None,
            (Self::Scattered { rows, .. }, parts) => {
                let ranges = self.byte_ranges();
                rows.iter()
                    .map(|span| Some((span.row, find_row_bytes(span, &ranges, parts)?)))
                    .collect()
            }
        }
    }
}

fn join_ranges(rows: &[RowSpan]) -> Vec<Range<u32>> {
    let mut ranges: Vec<Range<u32>> = Vec::new();
    for span in rows {
        match ranges.last_mut() {
            Some(last) if span.start - last.end <= limit::CHUNK_GAP_BYTES_MAX => {
                last.end = span.end
            }
            _ => ranges.push(span.start..span.end),
        }
    }
    ranges
}

fn find_row_bytes<'b>(
    span: &RowSpan,
    ranges: &[Range<u32>],
    parts: &'b [impl AsRef<[u8]>],
) -> Option<&'b [u8]> {
    let at = ranges.partition_point(|range| range.end < span.end);
    let (range, part) = (ranges.get(at)?, parts.get(at)?.as_ref());
    let from = span.start.checked_sub(range.start)? as usize;
    let row = part.get(from..from + (span.end - span.start) as usize)?;
    Some(row_splitter::trim_row(row))
}
