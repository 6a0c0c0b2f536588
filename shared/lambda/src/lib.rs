//! What every function is made of: start-up, access keys, limits, bodies, answers, queues, one
//! log event per request or message. A function itself is a route and a handler.

mod answer;
mod body;
mod bootstrap;
mod caller;
mod config;
mod envelope;
mod ignored;
mod path;
mod queue;
mod raw_body;
mod records;
mod telemetry;

pub use answer::{Answer, KeyFault, Refusal};
pub use body::JsonBody;
pub use bootstrap::{Error, app, serve, serve_with};
pub use caller::Caller;
pub use config::Config;
pub use path::{Params, PathPair, PathParams};
pub use people_domain as domain;
pub use people_domain::limit::Class;
pub use people_storage::{Incoming, ObjectsOutcome, QueryRefusal, StoreError, jobs};
pub use queue::{QueueMessage, serve_queue};
pub use raw_body::{PayloadLimit, RawBody};
pub use records::{People, records};

/// What a handler gives: both sides become an answer in one place.
pub type Result<T = Answer> = std::result::Result<T, Refusal>;

/// The routes of one function.
pub type Routes = axum::Router<()>;
