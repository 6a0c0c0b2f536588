//! People as far as jobs are concerned: their last write and its fence. Whether a row may be
//! written is decided by the production code.

use people_domain::ids::stamp::Stamp;
use people_domain::objects::record::Attributes;
use people_domain::people::{
    EMAIL, Erasure, FENCE, Fence, JobAcceptance, NamedBy, build_tombstone,
};
use people_domain::values::Value;

use crate::payload::Row;
use crate::rules::Rules;
use crate::run_invariants::{PersonEvent, ReportedOutcome};

const JOB: &str = "0199c0de-0000-7000-8000-000000000001";
const OTHER: &str = "0199c0de-0000-7000-8000-000000000002";

/// A time relative to the job's acceptance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Time {
    Before,
    After,
}

impl Time {
    /// An erasure at this time. The job was accepted when one erasure had been counted.
    fn erasure(self) -> Erasure {
        let stamp = Stamp::new(self as u128 + 1);
        Erasure { stamp, job: OTHER.to_owned(), number: 1 + self as u64 }
    }
}

/// The count of erasures at which the job was accepted.
const ERASURES: u64 = 1;

/// The job row in a person's fence token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Mark {
    Ours(u32),
    Other,
}

/// One incarnation of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Incarnation {
    /// The row that created it; `None` if others did.
    pub(crate) created_by: Option<u32>,
    /// The row that would change nothing.
    pub(crate) last_row: Option<u32>,
    pub(crate) fence: Option<Mark>,
    /// When the incarnation before it was erased.
    pub(crate) erased_before: Option<Time>,
}

/// A slot of the table.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Person {
    pub(crate) incarnation: Option<Incarnation>,
    /// The erasure of the tombstone, while the slot has no person.
    pub(crate) erased: Option<Time>,
    pub(crate) events: Vec<PersonEvent>,
}

impl Person {
    /// The item as it would be stored, as far as conditions depend on it.
    fn item(&self) -> Attributes {
        let text = |text: &str| Some(Value::Text(text.to_owned()));
        let mut item = match self.incarnation {
            Some(_) => Attributes::from([(EMAIL.to_owned(), text("p@x.co"))]),
            None => Attributes::new(),
        };
        if let Some(erased) =
            self.erased.or(self.incarnation.and_then(|incarnation| incarnation.erased_before))
        {
            item.extend(build_tombstone("0", &erased.erasure(), Attributes::new()));
        }
        let mark = match self.incarnation.and_then(|incarnation| incarnation.fence) {
            None => return item,
            Some(Mark::Ours(row)) => fence(row).token(),
            Some(Mark::Other) => Fence { job: OTHER.to_owned(), ..fence(99) }.token(),
        };
        item.insert(FENCE.to_owned(), text(&mark));
        item
    }

    fn is_past(&self, row: u32) -> bool {
        fence(row).is_applied_to(&self.item())
    }

    /// Writes or refuses a row of the job.
    pub(crate) fn write_row(&mut self, rules: &Rules, row: Row) -> ReportedOutcome {
        if rules.fence && self.is_past(row.number) {
            return self.outcome_before(row.number);
        }
        let is_erased = rules.tombstone && fence(row.number).was_erased(&self.item());
        if is_erased || (row.needs_person && self.incarnation.is_none()) {
            return ReportedOutcome::Failed;
        }
        self.events.push(PersonEvent::RowWritten(row.number));
        let inserted = self.incarnation.is_none();
        let incarnation = self.current_incarnation(rules, Some(row.number));
        incarnation.fence = Some(Mark::Ours(row.number));
        incarnation.last_row = Some(row.number);
        if inserted { ReportedOutcome::Inserted } else { ReportedOutcome::Updated }
    }

    /// The outcome of a row in an earlier attempt; writes nothing.
    pub(crate) fn inspect_row(&self, row: u32) -> ReportedOutcome {
        if self.is_past(row) { self.outcome_before(row) } else { ReportedOutcome::Failed }
    }

    fn outcome_before(&self, row: u32) -> ReportedOutcome {
        match self.incarnation {
            Some(incarnation) if incarnation.created_by == Some(row) => ReportedOutcome::Inserted,
            _ => ReportedOutcome::Updated,
        }
    }

    /// Whether a row would change nothing.
    pub(crate) fn would_change_nothing(&self, row: u32) -> bool {
        self.incarnation.is_some_and(|incarnation| incarnation.last_row == Some(row))
    }

    /// Records that a row would change nothing.
    pub(crate) fn find_same(&mut self, row: u32) {
        if !self.events.contains(&PersonEvent::RowUnchanged(row)) {
            self.events.push(PersonEvent::RowUnchanged(row));
        }
    }

    /// Skips a row that would change nothing.
    pub(crate) fn skip_row(rules: &Rules, row: u32, created_by: Option<u32>) -> ReportedOutcome {
        let inserted = rules.skip_knows_creation && created_by == Some(row);
        if inserted { ReportedOutcome::Inserted } else { ReportedOutcome::Updated }
    }

    /// A write of another client, outside of jobs, so that no fence refuses it. It has the values
    /// of a row.
    pub(crate) fn write_by_client(&mut self, rules: &Rules, row: u32) {
        self.events.push(PersonEvent::ClientWrote);
        self.current_incarnation(rules, None).last_row = Some(row);
    }

    pub(crate) fn erase(&mut self) {
        self.events.push(PersonEvent::PersonErased);
        (self.incarnation, self.erased) = (None, Some(Time::After));
    }

    /// The current incarnation, or a new one.
    fn current_incarnation(&mut self, rules: &Rules, created_by: Option<u32>) -> &mut Incarnation {
        let after = self.erased.take().filter(|_| rules.incarnation_knows_erasure);
        let new = Incarnation { created_by, last_row: None, fence: None, erased_before: after };
        self.incarnation.get_or_insert(new)
    }
}

pub(crate) fn row_bit(row: u32) -> u8 {
    1 << row
}

fn fence(row: u32) -> Fence {
    let row = u64::from(row);
    let accepted = JobAcceptance { erasures: ERASURES, uploaded: None };
    Fence { job: JOB.to_owned(), rows: row..=row, named_by: NamedBy::Email, accepted }
}
