//! The progress of a pass over a tenant: a bar over the partitions of people, since the number of
//! people is not known before.

use std::cell::{Cell, RefCell};

use indicatif::{HumanCount, ProgressBar};
use people_domain::ids::base36;
use people_storage::PeoplePosition;

use crate::output::bar_style;

/// Steps of one partition; positions within it are spread evenly.
pub(crate) const PARTITION_STEPS: u64 = 1_000;

/// Characters of a position that give its step, after the one that names the partition.
const STEP_CHARS: std::ops::Range<usize> = 1..3;

pub(crate) struct PassProgress {
    bar: ProgressBar,
    rows: Cell<u64>,
    /// Steps of each partition that are done.
    partitions: RefCell<Vec<u64>>,
}

impl PassProgress {
    /// `partitions` are the steps of each that are done already.
    pub(crate) fn new(partitions: Vec<u64>) -> Self {
        let bar = ProgressBar::new(partitions.len() as u64 * PARTITION_STEPS);
        Self { bar, rows: Cell::new(0), partitions: RefCell::new(partitions) }
    }

    pub(crate) fn begin_object(&self, name: &str) {
        self.bar.set_style(bar_style("{spinner} {prefix}: {msg}"));
        self.bar.set_prefix(name.to_owned());
        self.rows.set(0);
        self.add_rows(0);
    }

    pub(crate) fn begin_people(&self) {
        self.bar.set_style(bar_style("{prefix} {bar:30} {percent}%, {msg}, {eta} left"));
        self.bar.set_prefix("people");
        self.rows.set(0);
        self.add_rows(0);
    }

    pub(crate) fn add_rows(&self, rows: u64) {
        self.rows.set(self.rows.get() + rows);
        self.bar.set_message(format!("{} read", HumanCount(self.rows.get())));
    }

    /// Adds a page of people; `next` is where its partition goes on.
    pub(crate) fn add_people(&self, count: u64, partition: usize, next: Option<&PeoplePosition>) {
        let mut partitions = self.partitions.borrow_mut();
        if let Some(steps) = partitions.get_mut(partition) {
            *steps = next.map_or(PARTITION_STEPS, |next| step_of(&next.last));
        }
        self.bar.set_position(partitions.iter().sum());
        self.add_rows(count);
    }

    /// The progress as a line without a bar.
    pub(crate) fn format_line(&self) -> String {
        format!("{}: {}", self.bar.prefix(), self.bar.message())
    }

    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// How much of a partition is before a sort key.
pub(crate) fn step_of(sort_key: &str) -> u64 {
    let digits = sort_key.get(STEP_CHARS).filter(|digits| base36::is_valid(digits));
    let number = digits.and_then(|digits| u64::from_str_radix(digits, 36).ok());
    number.unwrap_or_default() * PARTITION_STEPS / 36_u64.pow(2)
}
