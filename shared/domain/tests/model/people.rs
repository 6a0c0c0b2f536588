//! People as far as jobs care: who wrote them last, and what that writer left. Whether a row may
//! be written is asked of the code that production asks.

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

/// When things were done, against the job's acceptance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Time {
    Before,
    After,
}

impl Time {
    /// An erasure at this time. The job was accepted when one had been counted.
    fn erasure(self) -> Erasure {
        let stamp = Stamp::new(self as u128 + 1);
        Erasure { stamp, job: OTHER.to_owned(), number: 1 + self as u64 }
    }
}

/// The count of erasures at which the job was accepted.
const ERASURES: u64 = 1;

/// The job row that a person bears the mark of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Mark {
    Ours(u32),
    Other,
}

/// What a person is while it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Incarnation {
    /// The row that made it; none when others did.
    pub(crate) created_by: Option<u32>,
    /// The row that would change nothing.
    pub(crate) last_row: Option<u32>,
    pub(crate) fence: Option<Mark>,
    /// When the life before it ended.
    pub(crate) erased_before: Option<Time>,
}

/// A place where a person may be.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Person {
    pub(crate) incarnation: Option<Incarnation>,
    /// The tombstone, while nobody is there.
    pub(crate) erased: Option<Time>,
    pub(crate) deeds: Vec<PersonEvent>,
}

impl Person {
    /// The item as it would be stored, as far as conditions look at it.
    fn item(&self) -> Attributes {
        let text = |text: &str| Some(Value::Text(text.to_owned()));
        let mut item = match self.incarnation {
            Some(_) => Attributes::from([(EMAIL.to_owned(), text("p@x.co"))]),
            None => Attributes::new(),
        };
        if let Some(erased) = self.erased.or(self.incarnation.and_then(|life| life.erased_before)) {
            item.extend(build_tombstone("0", &erased.erasure(), Attributes::new()));
        }
        let mark = match self.incarnation.and_then(|life| life.fence) {
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

    /// A row of the job is written, or refused.
    pub(crate) fn write_row(&mut self, code: &Rules, row: Row) -> ReportedOutcome {
        if code.fence && self.is_past(row.number) {
            return self.outcome_before(row.number);
        }
        let gone = code.tombstone && fence(row.number).was_erased(&self.item());
        if gone || (row.needs_person && self.incarnation.is_none()) {
            return ReportedOutcome::Failed;
        }
        self.deeds.push(PersonEvent::RowWritten(row.number));
        let inserted = self.incarnation.is_none();
        let life = self.current_incarnation(code, Some(row.number));
        life.fence = Some(Mark::Ours(row.number));
        life.last_row = Some(row.number);
        if inserted { ReportedOutcome::Inserted } else { ReportedOutcome::Updated }
    }

    /// What an earlier attempt did with a row, and nothing else.
    pub(crate) fn inspect_row(&self, row: u32) -> ReportedOutcome {
        if self.is_past(row) { self.outcome_before(row) } else { ReportedOutcome::Failed }
    }

    fn outcome_before(&self, row: u32) -> ReportedOutcome {
        match self.incarnation {
            Some(life) if life.created_by == Some(row) => ReportedOutcome::Inserted,
            _ => ReportedOutcome::Updated,
        }
    }

    /// Whether a row would change nothing.
    pub(crate) fn would_change_nothing(&self, row: u32) -> bool {
        self.incarnation.is_some_and(|life| life.last_row == Some(row))
    }

    /// A row that would change nothing is found.
    pub(crate) fn find_same(&mut self, row: u32) {
        if !self.deeds.contains(&PersonEvent::RowUnchanged(row)) {
            self.deeds.push(PersonEvent::RowUnchanged(row));
        }
    }

    /// A row that would change nothing is left.
    pub(crate) fn skip_row(code: &Rules, row: u32, born: Option<u32>) -> ReportedOutcome {
        let inserted = code.skip_knows_creation && born == Some(row);
        if inserted { ReportedOutcome::Inserted } else { ReportedOutcome::Updated }
    }

    /// Another client's write, of no job, so that no fence stops it. It says what a row says.
    pub(crate) fn write_by_client(&mut self, code: &Rules, row: u32) {
        self.deeds.push(PersonEvent::ClientWrote);
        self.current_incarnation(code, None).last_row = Some(row);
    }

    pub(crate) fn erase(&mut self) {
        self.deeds.push(PersonEvent::PersonErased);
        (self.incarnation, self.erased) = (None, Some(Time::After));
    }

    /// The life that is there, or a new one.
    fn current_incarnation(&mut self, code: &Rules, born: Option<u32>) -> &mut Incarnation {
        let after = self.erased.take().filter(|_| code.incarnation_knows_erasure);
        let new =
            Incarnation { created_by: born, last_row: None, fence: None, erased_before: after };
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
