//! Shared by tests: the running stack, a tenant for each test, and redaction of ids and times,
//! which differ from run to run.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that can't go on has failed"
)]

mod api;
mod identity;
mod job;
mod redact;
mod snapshots;
mod stack;
mod tenant;

pub use api::{Api, Reply};
pub use identity::external_id;
pub use job::{new_pending_chunk, new_submission, new_upload_submission};
pub use redact::{redact_json, redact_json_unnumbered};
pub use snapshots::MemorySnapshots;
pub use stack::{TestStack, connect_dynamodb, connect_with_attempt_timeout};
pub use tenant::TestTenant;
