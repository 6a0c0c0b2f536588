//! Tests the service over HTTP, through the functions; the tree mirrors the routes. Each test has
//! its own tenant.
#![recursion_limit = "256"]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod responses;
mod bulk {
    pub(crate) mod bulk_tenant;
    mod order;
    mod rules;
    mod samples;
}
mod codes;
mod compressed_answers;
mod crash {
    mod chain;
    mod client;
    mod dead_letters;
    mod harness;
    mod lost_messages;
    mod payload;
    mod people;
    mod redelivery;
    mod repeated_failures;
    mod small_jobs;
}
mod tenant_isolation {
    mod property;
    mod steps;
    mod tenant_model;
}
mod api_gateway {
    mod events;
    mod large_pages;
}
mod boundaries;
mod documents;
mod envelope;
mod fixture_run;
mod jobs {
    mod bulk_async;
    mod delete;
    mod list;
    mod moved_people;
    mod nulls;
    mod people_async;
    pub(crate) mod poll;
    mod results;
    pub(crate) mod uploads;
}
mod ignored;
mod limits;
mod logs;
mod metadata;
mod objects {
    mod connectors;
    mod delete;
    mod delete_association;
    mod query;
    mod query_people;
    mod write;
}
mod people {
    mod associations;
    mod failures;
    mod get;
    mod race;
    mod samples;
    mod types;
    mod upsert;
}
mod px {
    mod accounts;
    mod events;
    mod keys;
    mod lists;
    pub(crate) mod px_tenant;
    mod refusals;
    mod samples;
    mod users;
}
mod queues;
mod snapshot;
mod store {
    mod association_entries;
    mod calls;
    mod created_jobs;
    mod delete;
    mod deleted_records;
    mod held_call;
    mod late_lookup_entries;
    mod late_packets;
    mod process;
    pub(crate) mod proxy;
    mod race;
    pub(crate) mod released_chunks;
    mod removed_associations;
    mod repeated_requests;
    mod throttled_chunks;
}
mod tenants;
