//! Tests of queries on DynamoDB Local: their cost, their pages, and the conditions that the store
//! evaluates.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that can't go on has failed"
)]

mod queries {
    mod cost;
    mod order;
    mod pages;
    mod push_down;
    mod reader;
    mod snapshots;
}
