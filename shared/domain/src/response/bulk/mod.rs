//! The answer to a batch of people, row by row: the echo of each row and its outcome (contract:
//! bulk#rows, bulk#echo, bulk#details).
//!
//! The flow of a row to its answer:
//!
//! ```text
//! people::row::parse  raw JSON           -> Row: parts with paths, values, faults
//! people::plan        Row, Known         -> RowPlan: faults, key and name for each path
//! storage             RowPlan            -> RowOutcome: the stored person, or the faults
//! bulk::echo          RowInFlight        -> record: each part of the row with that of the plan
//! bulk::detail        RowInFlight        -> error.details, whose presence makes the status partial
//! ```
//!
//! `tests/people` runs these steps with a store in memory: `echo.rs` and `details.rs` are tables of
//! cases, `samples.rs` compares the samples in `tests/fixtures/bulk-upsert`.

mod detail;
mod echo;

use serde_json::{Map, Value as Json, json};

use crate::fault::Fault;
use crate::ids::tenant_ids::TenantIds;
use crate::json::escaped_len_of_value;
use crate::limit;
use crate::people::outcome::{RowInFlight, RowOutcome};

pub use detail::SeenKeys;
use detail::{ErrorDetail, collect_details};
use echo::echo_record;

/// The outcome of a row, as answers show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowStatus {
    Success,
    /// The person was written, but not all of its associations.
    Partial,
    /// Nothing was written.
    Failure,
}

impl RowStatus {
    /// The name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Success => "SUCCESS",
            Self::Partial => "PARTIAL_SUCCESS",
            Self::Failure => "FAILURE",
        }
    }
}

/// The answer to one row. It is rendered once all rows of the batch are known, because nulls depend
/// on whether any row failed.
#[derive(Debug, Clone)]
pub struct RowResponse {
    /// Its number in the payload, from 1.
    pub number: u64,
    pub status: RowStatus,
    record: Json,
    details: Vec<ErrorDetail>,
}

impl RowResponse {
    /// Builds the answer to a row. `seen_keys` are the incomplete keys of the rows before it;
    /// `is_short` leaves out defaults and sent values, for an answer that would be too large.
    #[must_use]
    pub fn new(
        row: &RowInFlight<'_>,
        is_short: bool,
        tenant_ids: &TenantIds,
        seen_keys: &mut SeenKeys,
    ) -> Self {
        let Some(outcome) = &row.outcome else {
            return Self::failed(row.number, &Fault::unexpected());
        };
        let details = collect_details(&row.plan, outcome, seen_keys);
        let status = match (outcome, details.is_empty()) {
            (RowOutcome::Refused { .. }, _) => RowStatus::Failure,
            (RowOutcome::Written(_), true) => RowStatus::Success,
            (RowOutcome::Written(_), false) => RowStatus::Partial,
        };
        let record = echo_record(row, outcome, is_short, tenant_ids);
        let response = Self { number: row.number, status, record, details };
        if is_short { response.without_sent_values() } else { response }
    }

    /// The approximate size of the row in an answer, in bytes.
    #[must_use]
    pub fn estimated_bytes(&self) -> usize {
        let details =
            self.details.iter().map(|detail| escaped_len_of_value(&detail.to_json(false)));
        escaped_len_of_value(&self.record) + details.sum::<usize>()
    }

    /// The answer to a failed row of which only the number is known.
    #[must_use]
    pub fn failed(number: u64, fault: &Fault) -> Self {
        let details = vec![ErrorDetail::from_fault(fault)];
        Self { number, status: RowStatus::Failure, record: json!({}), details }
    }

    /// The row without the fields that were only sent.
    #[must_use]
    pub fn without_sent_values(&self) -> Self {
        let details = self.details.iter().map(ErrorDetail::without_values).collect();
        Self { record: echo::extract_ids(&self.record), details, ..self.clone() }
    }

    /// Renders the row; `with_nulls` as in a chunk that has a failed or partial row (contract:
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

/// The number of rows by status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BulkCounts {
    /// Rows of which everything was written.
    pub success: u64,
    /// Rows of which nothing was written.
    pub failure: u64,
    /// Rows of which the person and some associations were written.
    pub partial: u64,
}

impl BulkCounts {
    /// Counts the rows.
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

    #[must_use]
    pub fn total(self) -> u64 {
        self.success + self.failure + self.partial
    }
}

/// The `data` of a synchronous batch. A batch that would be larger than an answer may be is
/// rendered without the fields that were only sent: ids, statuses and errors stay.
#[must_use]
pub fn render_batch(rows: &[RowResponse]) -> Json {
    let full = Json::Object(render_document(rows, false));
    if escaped_len_of_value(&full) <= limit::RESPONSE_BYTES_MAX {
        return full;
    }
    let rows: Vec<_> = rows.iter().map(RowResponse::without_sent_values).collect();
    Json::Object(render_document(&rows, false))
}

/// The results document of a chunk, with nulls if a row failed (contract:
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
