//! Exports of a tenant: rows as JSON lines, records in the form that writes accept again, and the
//! ids of imported records.

mod imported_ids;
mod payload;
mod row;

pub use imported_ids::ImportedIds;
pub use payload::{render_person_payloads, render_record_payload};
pub use row::render_row;
