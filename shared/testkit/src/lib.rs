//! What tests share: the running stack, a tenant of each test's own, and masks for what differs
//! from run to run.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that can't go on has failed"
)]

mod api;
mod job;
mod mask;
mod stack;
mod tenant;

pub use api::{Api, Reply};
pub use job::{submission, todo};
pub use mask::{mask, mask_plain};
pub use stack::{Stack, client, impatient_client};
pub use tenant::TestTenant;
