//! People as far as jobs care: who wrote them last, and what that writer left. Whether a row may
//! be written is asked of the code that production asks.

use people_domain::ids::stamp::Stamp;
use people_domain::jobs::run::{Deed, Told};
use people_domain::objects::record::Attributes;
use people_domain::people::{Acceptance, EMAIL, Erasure, FENCE, Fence, Named, tombstone};
use people_domain::values::Value;

use crate::code::Code;
use crate::payload::Row;

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
pub(crate) struct Life {
    /// The row that made it; none when others did.
    pub(crate) born: Option<u32>,
    /// The row that would change nothing.
    pub(crate) says: Option<u32>,
    pub(crate) fence: Option<Mark>,
    /// When the life before it ended.
    pub(crate) after: Option<Time>,
}

/// A place where a person may be.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Person {
    pub(crate) life: Option<Life>,
    /// The tombstone, while nobody is there.
    pub(crate) erased: Option<Time>,
    pub(crate) deeds: Vec<Deed>,
}

impl Person {
    /// The item as it would be stored, as far as conditions look at it.
    fn item(&self) -> Attributes {
        let text = |text: &str| Some(Value::Text(text.to_owned()));
        let mut item = match self.life {
            Some(_) => Attributes::from([(EMAIL.to_owned(), text("p@x.co"))]),
            None => Attributes::new(),
        };
        if let Some(erased) = self.erased.or(self.life.and_then(|life| life.after)) {
            item.extend(tombstone("0", &erased.erasure(), Attributes::new()));
        }
        let mark = match self.life.and_then(|life| life.fence) {
            None => return item,
            Some(Mark::Ours(row)) => fence(row).mark(),
            Some(Mark::Other) => Fence { job: OTHER.to_owned(), ..fence(99) }.mark(),
        };
        item.insert(FENCE.to_owned(), text(&mark));
        item
    }

    fn is_past(&self, row: u32) -> bool {
        fence(row).is_behind(&self.item())
    }

    /// A row of the job is written, or refused.
    pub(crate) fn write(&mut self, code: &Code, row: Row) -> Told {
        if code.fence && self.is_past(row.number) {
            return self.told_before(row.number);
        }
        let gone = code.tombstone && fence(row.number).was_erased(&self.item());
        if gone || (row.needs_person && self.life.is_none()) {
            return Told::Failed;
        }
        self.deeds.push(Deed::Row(row.number));
        let inserted = self.life.is_none();
        let life = self.live(code, Some(row.number));
        life.fence = Some(Mark::Ours(row.number));
        life.says = Some(row.number);
        if inserted { Told::Inserted } else { Told::Updated }
    }

    /// What an earlier attempt did with a row, and nothing else.
    pub(crate) fn look(&self, row: u32) -> Told {
        if self.is_past(row) { self.told_before(row) } else { Told::Failed }
    }

    fn told_before(&self, row: u32) -> Told {
        match self.life {
            Some(life) if life.born == Some(row) => Told::Inserted,
            _ => Told::Updated,
        }
    }

    /// Whether a row would change nothing.
    pub(crate) fn is_as(&self, row: u32) -> bool {
        self.life.is_some_and(|life| life.says == Some(row))
    }

    /// A row that would change nothing is found.
    pub(crate) fn find_same(&mut self, row: u32) {
        if !self.deeds.contains(&Deed::Same(row)) {
            self.deeds.push(Deed::Same(row));
        }
    }

    /// A row that would change nothing is left.
    pub(crate) fn skip(code: &Code, row: u32, born: Option<u32>) -> Told {
        let inserted = code.skip_knows_birth && born == Some(row);
        if inserted { Told::Inserted } else { Told::Updated }
    }

    /// Another client's write, of no job, so that no fence stops it. It says what a row says.
    pub(crate) fn client(&mut self, code: &Code, row: u32) {
        self.deeds.push(Deed::Client);
        self.live(code, None).says = Some(row);
    }

    pub(crate) fn erase(&mut self) {
        self.deeds.push(Deed::Erasure);
        (self.life, self.erased) = (None, Some(Time::After));
    }

    /// The life that is there, or a new one.
    fn live(&mut self, code: &Code, born: Option<u32>) -> &mut Life {
        let after = self.erased.take().filter(|_| code.life_knows_erasure);
        let new = Life { born, says: None, fence: None, after };
        self.life.get_or_insert(new)
    }
}

pub(crate) fn bit(row: u32) -> u8 {
    1 << row
}

fn fence(row: u32) -> Fence {
    let row = u64::from(row);
    let accepted = Acceptance { erasures: ERASURES, uploaded: None };
    Fence { job: JOB.to_owned(), rows: row..=row, named: Named::ByEmail, accepted }
}
