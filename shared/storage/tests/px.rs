//! Tests of Gainsight PX on the store: accounts, and lists with writers beside them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that can't go on has failed"
)]

mod px {
    mod accounts;
    mod client;
    mod cost;
    mod entries;
    mod orders;
    mod writers;
}
