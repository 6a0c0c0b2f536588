//! The answer to a batch of people, row by row: what was sent and what became of it (contract:
//! bulk#rows, contract: bulk#echo, bulk#details).

mod detail;
mod echo;

use std::collections::HashSet;

use serde_json::{Map, Value as Json, json};

use crate::fault::Fault;
use crate::ids::mint::Mint;
use crate::json::escaped_len_of;
use crate::limit;
use crate::people::Person;
use crate::people::plan::Plan;
use crate::people::row::Row;

pub use detail::Seen;
use detail::{Detail, details};
use echo::echo;

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// All of it was written.
    Success,
    /// The person was written, but not all of its associations.
    Partial,
    /// Nothing was written.
    Failure,
}

impl Status {
    /// As an answer names it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Success => "SUCCESS",
            Self::Partial => "PARTIAL_SUCCESS",
            Self::Failure => "FAILURE",
        }
    }
}

/// The person of a row, once the row is done.
#[derive(Debug)]
pub enum Outcome<'a> {
    /// It is as the row wants it.
    Written {
        /// As it stands now.
        person: &'a Person,
        /// Whether this row made it.
        inserted: bool,
        /// Names of the associations that this row made.
        made: HashSet<String>,
    },
    /// It was not written, for these reasons.
    Refused {
        /// Why.
        faults: Vec<Fault>,
        /// Whether the person was there before.
        exists: bool,
    },
}

/// One row of an answer, printed once it is known whether the others are well.
#[derive(Debug, Clone)]
pub struct RowAnswer {
    /// Its place in the payload, from 1.
    pub number: u64,
    /// What became of it.
    pub status: Status,
    record: Json,
    details: Vec<Detail>,
}

/// A row and all that its answer is made of.
pub struct Done<'a> {
    /// Its place in the payload, from 1.
    pub number: u64,
    /// As sent.
    pub row: &'a Row<'a>,
    /// As planned.
    pub plan: &'a Plan,
    /// What became of its person.
    pub outcome: &'a Outcome<'a>,
    /// Whether what was merely sent and defaults are left out, since the answer would be too large.
    pub is_short: bool,
}

impl RowAnswer {
    /// The answer to a row; `seen` holds the incomplete keys of the rows before it.
    #[must_use]
    pub fn new(done: &Done<'_>, mint: &Mint, seen: &mut Seen) -> Self {
        let details = details(done, seen);
        let status = match (done.outcome, details.is_empty()) {
            (Outcome::Refused { .. }, _) => Status::Failure,
            (Outcome::Written { .. }, true) => Status::Success,
            (Outcome::Written { .. }, false) => Status::Partial,
        };
        let answer = Self { number: done.number, status, record: echo(done, mint), details };
        if done.is_short { answer.shortened() } else { answer }
    }

    /// Bytes that it takes in an answer, about.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let details = self.details.iter().map(|detail| escaped_len_of(&detail.print(false)));
        escaped_len_of(&self.record) + details.sum::<usize>()
    }

    /// A row of which nothing but its place is known.
    #[must_use]
    pub fn lost(number: u64, fault: &Fault) -> Self {
        let details = vec![Detail::of(fault)];
        Self { number, status: Status::Failure, record: json!({}), details }
    }

    /// The row without what was merely sent.
    #[must_use]
    pub fn shortened(&self) -> Self {
        let details = self.details.iter().map(Detail::shortened).collect();
        Self { record: echo::ids(&self.record), details, ..self.clone() }
    }

    /// Prints the row; `with_nulls`: as in a chunk that has a failed or partial row (contract:
    /// jobs#nulls-in-results).
    #[must_use]
    pub fn print(&self, with_nulls: bool) -> Json {
        let record = if with_nulls { self.record.clone() } else { echo::plain(&self.record) };
        let mut row = Map::new();
        let mut member = |name: &str, value: Json| _ = row.insert(name.to_owned(), value);
        if !self.details.is_empty() {
            let details = self.details.iter().map(|detail| detail.print(with_nulls));
            let mut error = Map::new();
            error.insert("rowNum".to_owned(), self.number.into());
            error.insert("details".to_owned(), details.collect());
            error.extend(with_nulls.then(|| ("record".to_owned(), Json::Null)));
            member("error", error.into());
        }
        member("record", record);
        member("messageId", self.number.to_string().into());
        member("rowNumber", self.number.into());
        member("operationStatus", self.status.as_str().into());
        if with_nulls {
            member("operationType", Json::Null);
        }
        Json::Object(row)
    }
}

/// How many rows ended how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Rows that were written whole.
    pub success: u64,
    /// Rows of which nothing was written.
    pub failure: u64,
    /// Rows of which the person was written.
    pub partial: u64,
}

impl Counts {
    /// Of these rows.
    #[must_use]
    pub fn of(rows: &[RowAnswer]) -> Self {
        rows.iter().fold(Self::default(), |mut counts, row| {
            match row.status {
                Status::Success => counts.success += 1,
                Status::Failure => counts.failure += 1,
                Status::Partial => counts.partial += 1,
            }
            counts
        })
    }

    /// All rows.
    #[must_use]
    pub fn total(self) -> u64 {
        self.success + self.failure + self.partial
    }
}

/// The `data` of a synchronous batch. One that would be larger than an answer may be is told without
/// what was merely sent: ids, states and errors stay.
#[must_use]
pub fn batch(rows: &[RowAnswer]) -> Json {
    let whole = Json::Object(document(rows, false));
    if escaped_len_of(&whole) <= limit::ANSWER {
        return whole;
    }
    let rows: Vec<_> = rows.iter().map(RowAnswer::shortened).collect();
    Json::Object(document(&rows, false))
}

/// The document of a chunk, with the nulls that one with a fault has (contract:
/// jobs#which-parts-are-null).
#[must_use]
pub fn chunk(rows: &[RowAnswer]) -> Json {
    let flawed = rows.iter().any(|row| row.status != Status::Success);
    let mut document = document(rows, flawed);
    document.extend(flawed.then(|| ("outPutFilePath".to_owned(), Json::Null)));
    Json::Object(document)
}

fn document(rows: &[RowAnswer], with_nulls: bool) -> Map<String, Json> {
    let counts = Counts::of(rows);
    let members: [(&str, Json); 5] = [
        ("successCount", counts.success.into()),
        ("totalCount", counts.total().into()),
        ("failureCount", counts.failure.into()),
        ("partialSuccessCount", counts.partial.into()),
        ("records", rows.iter().map(|row| row.print(with_nulls)).collect()),
    ];
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
