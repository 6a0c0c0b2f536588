//! Tests that take longer than 20 s, which is too long for CI: `cargo xtask long NAME`.
#![recursion_limit = "256"]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod failpoints;
mod identity;
mod memory;
mod px_lists;
mod reads;
mod schema_rollout;
mod search;
mod upload_flood;

/// The harness that `tests/api` uses too.
#[allow(dead_code, reason = "these tests use a part of it")]
#[path = "../api/crash"]
mod crash {
    pub(crate) mod client;
    pub(crate) mod harness;
    pub(crate) mod payload;
    pub(crate) mod people;
}

/// The proxy that `tests/api` uses too.
#[allow(dead_code, reason = "these tests use a part of it")]
#[path = "../api/store"]
mod store {
    pub(crate) mod held_call;
    pub(crate) mod proxy;
}
