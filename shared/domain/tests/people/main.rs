//! The rules of people and data objects from a request to its answer, with a store in memory: every
//! sample of `tests/fixtures` that needs no more, and tables of cases that the samples do not show.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that can't go on has failed"
)]

mod details;
mod echo;
mod export;
mod pipeline;
mod plan;
mod samples;
mod store;
mod view;
