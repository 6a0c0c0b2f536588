//! Tests the real binary, on DynamoDB where a command needs it and without it where it must not.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test ends by panicking"
)]

mod command;
mod comparable_rows;
mod export;
mod export_refusals;
mod export_tenant;
mod failures;
mod job_list;
mod jobs;
mod key;
mod person;
mod schema;
mod settings;
mod stalling_proxy;
mod tenant;
mod waiting;
