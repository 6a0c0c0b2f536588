//! Tests that take longer than 20 s, which is too long for CI: `cargo xtask long NAME`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test ends by panicking"
)]
#![allow(clippy::print_stdout, reason = "the figures are what the measurement is for")]

#[allow(dead_code, reason = "these tests use a part of it")]
#[path = "../cli/command.rs"]
mod command;
#[allow(dead_code, reason = "these tests use a part of it")]
#[path = "../cli/comparable_rows.rs"]
mod comparable_rows;
mod export;
mod measured_run;
