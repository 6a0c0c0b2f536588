//! Tests that need more than 20 s each, which CI has no time for: `cargo xtask long NAME`.
#![recursion_limit = "256"]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that can't go on has failed"
)]

mod failpoints;
mod memory;
mod schema_rollout;
mod search;
mod upload_flood;

/// The machine that tests of CI have too.
#[allow(dead_code, reason = "not all of it is asked for here")]
#[path = "../api/crash"]
mod crash {
    pub(crate) mod client;
    pub(crate) mod harness;
    pub(crate) mod payload;
    pub(crate) mod people;
}
