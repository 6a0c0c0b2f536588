//! The answer to a batch of people, row by row: what was sent and what became of it (contract:
//! bulk#rows, contract: bulk#echo, bulk#details).

mod detail;
mod echo;

use std::collections::HashSet;

use serde_json::{Map, Value as Json, json};

use crate::fault::Fault;
use crate::ids::tenant_ids::TenantIds;
use crate::json::escaped_len_of_value;
use crate::limit;
use crate::people::Person;
use crate::people::plan::RowPlan;
use crate::people::row::Row;

pub use detail::SeenKeys;
use detail::{ErrorDetail, collect_details};
use echo::echo_record;

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowStatus {
    /// All of it was written.
    Success,
    /// The person was written, but not all of its associations.
    Partial,
    /// Nothing was written.
    Failure,
}

impl RowStatus {
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
pub enum RowOutcome<'a> {
    /// It is as the row wants it.
    Written {
        /// As it stands now.
        person: &'a Person,
        /// Whether this row made it.
        inserted: bool,
        /// Names of the associations that this row made.
        created_associations: HashSet<String>,
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
pub struct RowResponse {
    /// Its place in the payload, from 1.
    pub number: u64,
    /// What became of it.
    pub status: RowStatus,
    record: Json,
    details: Vec<ErrorDetail>,
}

/// A row and all that its answer is made of.
pub struct FinishedRow<'a> {
    /// Its place in the payload, from 1.
    pub number: u64,
    /// As sent.
    pub row: &'a Row<'a>,
    /// As planned.
    pub plan: &'a RowPlan,
    /// What became of its person.
    pub outcome: &'a RowOutcome<'a>,
    /// Whether what was merely sent and defaults are left out, since the answer would be too large.
    pub is_short: bool,
}

impl RowResponse {
    /// The answer to a row; `seen` holds the incomplete keys of the rows before it.
    #[must_use]
    pub fn new(done: &FinishedRow<'_>, tenant_ids: &TenantIds, seen: &mut SeenKeys) -> Self {
        let details = collect_details(done, seen);
        let status = match (done.outcome, details.is_empty()) {
            (RowOutcome::Refused { .. }, _) => RowStatus::Failure,
            (RowOutcome::Written { .. }, true) => RowStatus::Success,
            (RowOutcome::Written { .. }, false) => RowStatus::Partial,
        };
        let answer =
            Self { number: done.number, status, record: echo_record(done, tenant_ids), details };
        if done.is_short { answer.without_sent_values() } else { answer }
    }

    /// Bytes that it takes in an answer, about.
    #[must_use]
    pub fn estimated_bytes(&self) -> usize {
        let details =
            self.details.iter().map(|detail| escaped_len_of_value(&detail.to_json(false)));
        escaped_len_of_value(&self.record) + details.sum::<usize>()
    }

    /// A row of which nothing but its place is known.
    #[must_use]
    pub fn failed(number: u64, fault: &Fault) -> Self {
        let details = vec![ErrorDetail::from_fault(fault)];
        Self { number, status: RowStatus::Failure, record: json!({}), details }
    }

    /// The row without what was merely sent.
    #[must_use]
    pub fn without_sent_values(&self) -> Self {
        let details = self.details.iter().map(ErrorDetail::without_values).collect();
        Self { record: echo::extract_ids(&self.record), details, ..self.clone() }
    }

    /// Prints the row; `with_nulls`: as in a chunk that has a failed or partial row (contract:
    /// jobs#nulls-in-results).
    #[must_use]
    pub fn to_json(&self, with_nulls: bool) -> Json {
        let record = if with_nulls { self.record.clone() } else { echo::strip_nulls(&self.record) };
        let mut row = Map::new();
        let mut member = |name: &str, value: Json| _ = row.insert(name.to_owned(), value);
        if !self.details.is_empty() {
            let details = self.details.iter().map(|detail| detail.to_json(with_nulls));
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
pub struct BulkCounts {
    /// Rows that were written whole.
    pub success: u64,
    /// Rows of which nothing was written.
    pub failure: u64,
    /// Rows of which the person was written.
    pub partial: u64,
}

impl BulkCounts {
    /// Of these rows.
    #[must_use]
    pub fn from_rows(rows: &[RowResponse]) -> Self {
        rows.iter().fold(Self::default(), |mut counts, row| {
            match row.status {
                RowStatus::Success => counts.success += 1,
                RowStatus::Failure => counts.failure += 1,
                RowStatus::Partial => counts.partial += 1,
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
pub fn render_batch(rows: &[RowResponse]) -> Json {
    let whole = Json::Object(render_document(rows, false));
    if escaped_len_of_value(&whole) <= limit::RESPONSE_BYTES_MAX {
        return whole;
    }
    let rows: Vec<_> = rows.iter().map(RowResponse::without_sent_values).collect();
    Json::Object(render_document(&rows, false))
}

/// The document of a chunk, with the nulls that one with a fault has (contract:
/// jobs#which-parts-are-null).
#[must_use]
pub fn render_chunk(rows: &[RowResponse]) -> Json {
    let flawed = rows.iter().any(|row| row.status != RowStatus::Success);
    let mut document = render_document(rows, flawed);
    document.extend(flawed.then(|| ("outPutFilePath".to_owned(), Json::Null)));
    Json::Object(document)
}

fn render_document(rows: &[RowResponse], with_nulls: bool) -> Map<String, Json> {
    let counts = BulkCounts::from_rows(rows);
    let members: [(&str, Json); 5] = [
        ("successCount", counts.success.into()),
        ("totalCount", counts.total().into()),
        ("failureCount", counts.failure.into()),
        ("partialSuccessCount", counts.partial.into()),
        ("records", rows.iter().map(|row| row.to_json(with_nulls)).collect()),
    ];
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
