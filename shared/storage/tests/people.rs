//! Tests of people on DynamoDB Local: cost, concurrency, email changes and limits.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that can't go on has failed"
)]

mod people {
    mod association_index;
    mod association_removal;
    mod cost;
    mod export;
    mod identity;
    mod limits;
    mod metadata;
    mod moves;
    mod order;
    mod race;
    mod schema;
    mod scope;
    mod search;
    mod tenant_isolation;
}
