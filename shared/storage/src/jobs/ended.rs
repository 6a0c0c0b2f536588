//! How the rows of a chunk ended so far, kept in the chunk's item: an attempt that gives the chunk back
//! leaves it there, and one that is killed has left it at its last record. The next attempt writes
//! none of these rows again, so that it undoes nothing that others wrote since.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;

use crate::people::Refusal;
use crate::table::convert::Item;

/// Rows that end between two records of how they did.
pub(crate) const ROWS_A_RECORD: usize = 100;

/// A row that the store refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct StoredRefusal {
    /// Why.
    pub(crate) refusal: Refusal,
    /// Whether the person was there.
    pub(crate) exists: bool,
}

/// How a row ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RowEnd {
    /// Its person is as the row wants it.
    Written,
    Refused(StoredRefusal),
}

/// How the rows of a chunk ended so far, each by its place among them.
#[derive(Debug, Default)]
pub struct RowsEnded {
    state: Mutex<State>,
    /// The version that is recorded; held while one is being recorded.
    pub(super) recorded: tokio::sync::Mutex<u64>,
}

#[derive(Debug, Default)]
struct State {
    /// Raised by each change. A record replaces only older ones.
    version: u64,
    /// A bit a row, for each way to end.
    rows: BTreeMap<RowEnd, Vec<u8>>,
    /// Rows that have ended since the last record was due.
    unrecorded: usize,
}

/// The recorded ends of rows at one moment.
pub(super) struct Snapshot {
    pub(super) version: u64,
    pub(super) rows: AttributeValue,
}

impl RowsEnded {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether so many rows have ended that it is time for a record; once for each record.
    pub(crate) fn take_due(&self) -> bool {
        let mut state = self.state();
        let is_due = state.unrecorded >= ROWS_A_RECORD;
        if is_due {
            state.unrecorded = 0;
        }
        is_due
    }

    /// Notes how a row ended.
    pub(crate) fn note(&self, row: usize, end: RowEnd) {
        let mut state = self.state();
        let bits = state.rows.entry(end).or_default();
        let (byte, bit) = (row / 8, 1 << (row % 8));
        if bits.len() <= byte {
            bits.resize(byte + 1, 0);
        }
        match bits.get_mut(byte) {
            Some(bits) if *bits & bit == 0 => *bits |= bit,
            _ => return,
        }
        state.version += 1;
        state.unrecorded += 1;
    }

    /// How a row ended, if it did.
    pub(crate) fn end_of(&self, row: usize) -> Option<RowEnd> {
        let state = self.state();
        let has = |bits: &Vec<u8>| bits.get(row / 8).is_some_and(|byte| byte & 1 << (row % 8) != 0);
        state.rows.iter().find(|(_, bits)| has(bits)).map(|(end, _)| *end)
    }

    pub(super) fn version(&self) -> u64 {
        self.state().version
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        let state = self.state();
        let bits = |bits: &Vec<u8>| AttributeValue::B(Blob::new(bits.clone()));
        let rows = state.rows.iter().map(|(end, rows)| (end.name(), bits(rows)));
        Snapshot { version: state.version, rows: AttributeValue::M(rows.collect()) }
    }

    /// Reads the record of an earlier attempt in a chunk's item.
    pub(super) fn read(item: &Item) -> Option<Self> {
        let version = match item.get(VERSION) {
            None => return Some(Self::default()),
            Some(version) => version.as_n().ok()?.parse().ok()?,
        };
        let rows: &HashMap<_, _> = item.get(ROWS)?.as_m().ok()?;
        let row = |(name, bits): (&String, &AttributeValue)| {
            Some((RowEnd::parse(name)?, bits.as_b().ok()?.as_ref().to_vec()))
        };
        let rows = rows.iter().map(row).collect::<Option<_>>()?;
        let state = Mutex::new(State { version, rows, unrecorded: 0 });
        Some(Self { state, recorded: tokio::sync::Mutex::new(version) })
    }
}

/// Attribute of a chunk's item that holds [`RowsEnded`], and the one that orders its records.
pub(super) const ROWS: &str = "ended";
pub(super) const VERSION: &str = "endedVersion";

/// Names [`RowEnd::Written`] in the item.
const WRITTEN: &str = "written";

impl RowEnd {
    /// As the item names it: a refusal, and a `+` where the person was there.
    fn name(self) -> String {
        match self {
            Self::Written => WRITTEN.to_owned(),
            Self::Refused(StoredRefusal { refusal, exists }) => {
                let there = if exists { "+" } else { "" };
                format!("{}{there}", refusal.as_str())
            }
        }
    }

    fn parse(name: &str) -> Option<Self> {
        if name == WRITTEN {
            return Some(Self::Written);
        }
        let refusal = Refusal::parse(name.trim_end_matches('+'))?;
        Some(Self::Refused(StoredRefusal { refusal, exists: name.ends_with('+') }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_rows_ended_survives_the_store() {
        let ended = RowsEnded::default();
        let refused = |refusal, exists| RowEnd::Refused(StoredRefusal { refusal, exists });
        let ends = [
            (0, RowEnd::Written),
            (9, refused(Refusal::EmailTaken, true)),
            (499, refused(Refusal::EmailTaken, false)),
        ];
        for (row, end) in ends {
            ended.note(row, end);
        }
        let Snapshot { version, rows } = ended.snapshot();
        let item = Item::from([
            (ROWS.to_owned(), rows),
            (VERSION.to_owned(), AttributeValue::N(version.to_string())),
        ]);
        let read = RowsEnded::read(&item).unwrap();
        for (row, end) in ends {
            assert_eq!(read.end_of(row), Some(end));
        }
        assert_eq!((read.end_of(1), read.end_of(5_000)), (None, None));
        assert_eq!(RowsEnded::read(&Item::new()).unwrap().end_of(0), None);
    }

    #[test]
    fn a_record_is_due_every_hundred_rows() {
        let ended = RowsEnded::default();
        let is_due = |row: &usize| {
            ended.note(*row, RowEnd::Written);
            // Of rows that are refused nobody asks.
            *row != 99 && ended.take_due()
        };
        assert_eq!((0..250).filter(is_due).collect::<Vec<_>>(), [100, 200]);
    }
}
