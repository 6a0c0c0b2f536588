//! The row outcomes of a chunk so far, stored in the chunk's item. An attempt that releases the
//! chunk stores all of them, and an attempt that is killed has stored those of its last record. The
//! next attempt writes none of these rows again, so it undoes no later writes of others.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;

use crate::people::WriteRefusal;
use crate::table::convert::TableItem;
use crate::table::update::ItemUpdate;

/// Rows that end between two records.
pub(crate) const ROWS_PER_RECORD: usize = 100;

/// A row that the store refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct StoredRefusal {
    pub(crate) refusal: WriteRefusal,
    /// Whether the person existed.
    pub(crate) exists: bool,
}

/// The recorded outcome of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RecordedOutcome {
    /// The person is stored as the row wants it.
    Written,
    Refused(StoredRefusal),
}

/// The outcomes of a chunk's rows so far, by the rows' indexes.
#[derive(Debug, Default)]
pub struct RecordedOutcomes {
    state: Mutex<OutcomesState>,
    /// The version that is stored; locked while a record is being written.
    pub(super) recorded: tokio::sync::Mutex<u64>,
}

#[derive(Debug, Default)]
struct OutcomesState {
    /// Incremented by each change. A record replaces only older ones.
    version: u64,
    /// A bit set of row indexes for each outcome.
    rows: BTreeMap<RecordedOutcome, Vec<u8>>,
    /// Rows that ended since a record was last due.
    unrecorded: usize,
}

/// The outcomes at one moment, as they are stored.
pub(super) struct OutcomesSnapshot {
    pub(super) version: u64,
    rows: AttributeValue,
}

impl RecordedOutcomes {
    fn lock_state(&self) -> MutexGuard<'_, OutcomesState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether enough rows have ended for another record; true once for each record.
    pub(crate) fn take_record_due(&self) -> bool {
        let mut state = self.lock_state();
        let is_due = state.unrecorded >= ROWS_PER_RECORD;
        if is_due {
            state.unrecorded = 0;
        }
        is_due
    }

    pub(crate) fn add_outcome(&self, row: usize, outcome: RecordedOutcome) {
        let mut state = self.lock_state();
        let bits = state.rows.entry(outcome).or_default();
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

    /// The outcome of a row; `None` when it has not ended.
    pub(crate) fn outcome_of(&self, row: usize) -> Option<RecordedOutcome> {
        let state = self.lock_state();
        let has = |bits: &Vec<u8>| bits.get(row / 8).is_some_and(|byte| byte & 1 << (row % 8) != 0);
        state.rows.iter().find(|(_, bits)| has(bits)).map(|(outcome, _)| *outcome)
    }

    pub(super) fn version(&self) -> u64 {
        self.lock_state().version
    }

    pub(super) fn snapshot(&self) -> OutcomesSnapshot {
        let state = self.lock_state();
        let bits = |bits: &Vec<u8>| AttributeValue::B(Blob::new(bits.clone()));
        let rows = state.rows.iter().map(|(outcome, rows)| (outcome.name(), bits(rows)));
        OutcomesSnapshot { version: state.version, rows: AttributeValue::M(rows.collect()) }
    }

    /// Parses the record of an earlier attempt in a chunk's item.
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

/// Attribute of a chunk's item that holds [`RecordedOutcomes`].
const OUTCOMES: &str = "ended";

/// Attribute of a chunk's item that orders the records.
const OUTCOMES_VERSION: &str = "endedVersion";

impl ItemUpdate {
    /// Stores the outcomes, under the condition that no later ones are stored.
    pub(super) fn set_outcomes(self, snapshot: OutcomesSnapshot) -> Self {
        let OutcomesSnapshot { version, rows } = snapshot;
        self.set_attribute(OUTCOMES, rows).set_version(OUTCOMES_VERSION, version)
    }
}

/// Name of [`RecordedOutcome::Written`] in the item.
const WRITTEN: &str = "written";

impl RecordedOutcome {
    /// The outcome's name in the item: that of the refusal, and a `+` if the person existed.
    fn name(self) -> String {
        match self {
            Self::Written => WRITTEN.to_owned(),
            Self::Refused(StoredRefusal { refusal, exists }) => {
                let suffix = if exists { "+" } else { "" };
                format!("{}{suffix}", refusal.as_str())
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
        let outcomes = RecordedOutcomes::default();
        let refused = |refusal, exists| RecordedOutcome::Refused(StoredRefusal { refusal, exists });
        let ends = [
            (0, RecordedOutcome::Written),
            (9, refused(WriteRefusal::EmailTaken, true)),
            (499, refused(WriteRefusal::EmailTaken, false)),
        ];
        for (row, outcome) in ends {
            outcomes.add_outcome(row, outcome);
        }
        let OutcomesSnapshot { version, rows } = outcomes.snapshot();
        let item = TableItem::from([
            (OUTCOMES.to_owned(), rows),
            (OUTCOMES_VERSION.to_owned(), AttributeValue::N(version.to_string())),
        ]);
        let read = RecordedOutcomes::from_item(&item).unwrap();
        for (row, outcome) in ends {
            assert_eq!(read.outcome_of(row), Some(outcome));
        }
        assert_eq!((read.outcome_of(1), read.outcome_of(5_000)), (None, None));
        assert_eq!(RecordedOutcomes::from_item(&TableItem::new()).unwrap().outcome_of(0), None);
    }

    #[test]
    fn a_record_is_due_every_hundred_rows() {
        let outcomes = RecordedOutcomes::default();
        let is_due = |row: &usize| {
            outcomes.add_outcome(*row, RecordedOutcome::Written);
            // No record is requested after row 99, as after a refused row.
            *row != 99 && outcomes.take_record_due()
        };
        assert_eq!((0..250).filter(is_due).collect::<Vec<_>>(), [100, 200]);
    }
}
