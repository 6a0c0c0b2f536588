//! The service over HTTP, through the functions; the tree mirrors the routes. Each test has a
//! tenant of its own.
#![recursion_limit = "256"]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that can't go on has failed"
)]

mod answers;
mod bulk {
    mod order;
    mod rules;
    mod samples;
    pub(crate) mod world;
}
mod codes;
mod crash {
    mod chain;
    mod dead;
    mod dead_letters;
    mod lost;
    mod machine;
    mod payload;
    mod people;
    mod redelivery;
    mod small_jobs;
    mod talk;
}
mod crossing {
    mod property;
    mod side;
    mod steps;
}
mod documents;
mod edges;
mod envelope;
mod jobs {
    mod bulk_async;
    mod delete;
    mod moved;
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
    mod delete;
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
mod queues;
mod state;
mod store {
    mod again;
    mod calls;
    mod chunks;
    mod delete;
    mod entries;
    mod given_back;
    mod gone;
    mod hold;
    mod late;
    mod process;
    pub(crate) mod proxy;
    mod race;
}
mod tenants;
