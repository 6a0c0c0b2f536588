//! Tests of jobs on DynamoDB Local: every transition, each done twice, and erasures.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that can't go on has failed"
)]

mod jobs {
    mod cost;
    mod erase;
    mod lifecycle;
    mod list;
    mod plan;
    mod rows;
}
