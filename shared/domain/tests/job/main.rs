//! Splitting payloads into chunks: the scanner against `serde_json`, plans against their
//! invariants.

mod documents;
mod emails;
mod fuzz;
mod plan_invariants;
mod plans;
mod reference;
mod refusals;
mod scans;
