//! `people serve` as its users run it: a process of its own, which these tests start, call, end and
//! kill.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod data;
mod options;
mod restart;
mod server;
mod start;
