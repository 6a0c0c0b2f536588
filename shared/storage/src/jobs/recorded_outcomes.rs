//! How the rows of a chunk ended so far, kept in the chunk's item: an attempt that gives the chunk back
//! leaves it there, and one that is killed has left it at its last record. The next attempt writes
//! none of these rows again, so that it undoes nothing that others wrote since.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;

use crate::people::WriteRefusal;
use crate::table::convert::TableItem;

/// Rows that end between two records of how they did.
pub(crate) const ROWS_PER_RECORD: usize = 100;

/// A row that the store refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct StoredRefusal {
    /// Why.
    pub(crate) refusal: WriteRefusal,
    /// Whether the person was there.
    pub(crate) exists: bool,
}

/// How a row ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RecordedOutcome {
    /// Its person is as the row wants it.
    Written,
    Refused(StoredRefusal),
}

/// How the rows of a chunk ended so far, each by its place among them.
#[derive(Debug, Default)]
pub struct RecordedOutcomes {
    state: Mutex<OutcomesState>,
    /// The version that is recorded; held while one is being recorded.
    pub(super) recorded: tokio::sync::Mutex<u64>,
}

#[derive(Debug, Default)]
struct OutcomesState {
    /// Raised by each change. A record replaces only older ones.
    version: u64,
    /// A bit a row, for each way to end.
    rows: BTreeMap<RecordedOutcome, Vec<u8>>,
    /// Rows that have ended since the last record was due.
    unrecorded: usize,
}

/// The recorded ends of rows at one moment.
pub(super) struct OutcomesSnapshot {
    pub(super) version: u64,
    pub(super) rows: AttributeValue,
}

impl RecordedOutcomes {
    fn lock_state(&self) -> MutexGuard<'_, OutcomesState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether so many rows have ended that it is time for a record; once for each record.
    pub(crate) fn take_record_due(&self) -> bool {
        let mut state = self.lock_state();
        let is_due = state.unrecorded >= ROWS_PER_RECORD;
        if is_due {
            state.unrecorded = 0;
        }
        is_due
    }

    /// Notes how a row ended.
    pub(crate) fn add_outcome(&self, row: usize, end: RecordedOutcome) {
        let mut state = self.lock_state();
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
    pub(crate) fn outcome_of(&self, row: usize) -> Option<RecordedOutcome> {
        let state = self.lock_state();
        let has = |bits: &Vec<u8>| bits.get(row / 8).is_some_and(|byte| byte & 1 << (row % 8) != 0);
        state.rows.iter().find(|(_, bits)| has(bits)).map(|(end, _)| *end)
    }

    pub(super) fn version(&self) -> u64 {
        self.lock_state().version
    }

    pub(super) fn snapshot(&self) -> OutcomesSnapshot {
        let state = self.lock_state();
        let bits = |bits: &Vec<u8>| AttributeValue::B(Blob::new(bits.clone()));
        let rows = state.rows.iter().map(|(end, rows)| (end.name(), bits(rows)));
        OutcomesSnapshot { version: state.version, rows: AttributeValue::M(rows.collect()) }
    }

    /// Reads the record of an earlier attempt in a chunk's item.
    pub(super) fn from_item(item: &TableItem) -> Option<Self> {
        let version = match item.get(OUTCOMES_VERSION) {
            None => return Some(Self::default()),
            Some(version) => version.as_n().ok()?.parse().ok()?,
        };
        let rows: &HashMap<_, _> = item.get(OUTCOMES)?.as_m().ok()?;
        let row = |(name, bits): (&String, &AttributeValue)| {
            Some((RecordedOutcome::parse(name)?, bits.as_b().ok()?.as_ref().to_vec()))
        };
        let rows = rows.iter().map(row).collect::<Option<_>>()?;
        let state = Mutex::new(OutcomesState { version, rows, unrecorded: 0 });
        Some(Self { state, recorded: tokio::sync::Mutex::new(version) })
    }
}

/// Attribute of a chunk's item that holds [`RowsEnded`], and the one that orders its records.
pub(super) const OUTCOMES: &str = "ended";
pub(super) const OUTCOMES_VERSION: &str = "endedVersion";

/// Names [`RowEnd::Written`] in the item.
const WRITTEN: &str = "written";

impl RecordedOutcome {
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
        let refusal = WriteRefusal::parse(name.trim_end_matches('+'))?;
        Some(Self::Refused(StoredRefusal { refusal, exists: name.ends_with('+') }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_rows_ended_survives_the_store() {
        let ended = RecordedOutcomes::default();
        let refused = |refusal, exists| RecordedOutcome::Refused(StoredRefusal { refusal, exists });
        let ends = [
            (0, RecordedOutcome::Written),
            (9, refused(WriteRefusal::EmailTaken, true)),
            (499, refused(WriteRefusal::EmailTaken, false)),
        ];
        for (row, end) in ends {
            ended.add_outcome(row, end);
        }
        let OutcomesSnapshot { version, rows } = ended.snapshot();
        let item = TableItem::from([
            (OUTCOMES.to_owned(), rows),
            (OUTCOMES_VERSION.to_owned(), AttributeValue::N(version.to_string())),
        ]);
        let read = RecordedOutcomes::from_item(&item).unwrap();
        for (row, end) in ends {
            assert_eq!(read.outcome_of(row), Some(end));
        }
        assert_eq!((read.outcome_of(1), read.outcome_of(5_000)), (None, None));
        assert_eq!(RecordedOutcomes::from_item(&TableItem::new()).unwrap().outcome_of(0), None);
    }

    #[test]
    fn a_record_is_due_every_hundred_rows() {
        let ended = RecordedOutcomes::default();
        let is_due = |row: &usize| {
            ended.add_outcome(*row, RecordedOutcome::Written);
            // Of rows that are refused nobody asks.
            *row != 99 && ended.take_record_due()
        };
        assert_eq!((0..250).filter(is_due).collect::<Vec<_>>(), [100, 200]);
    }
}
