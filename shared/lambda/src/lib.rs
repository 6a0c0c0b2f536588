//! The parts of every function: start-up, access keys, limits, bodies, answers, queues, and one log
//! event per request or message. A function itself is a route and a handler.

mod access_key;
mod api_family;
mod body;
mod bootstrap;
mod caller;
mod compression;
mod config;
mod envelope;
mod gateway_path;
mod ignored_header;
mod log_event;
mod params;
mod px;
mod queue;
mod raw_body;
mod records;
mod render;
mod response;
mod route_access;
mod telemetry;

pub use access_key::AccessKeyError;
pub use api_family::ApiFamily;
pub use body::JsonBody;
pub use bootstrap::{Error, build_app, serve_routes, serve_routes_with, serve_routes_within};
pub use caller::Caller;
pub use config::Config;
pub use http::StatusCode;
pub use log_event::{LogLevel, LogOutput, log_failure, log_panics, set_log_output};
pub use params::{FormParams, PathParam, PathParamPair, QueryParams};
pub use people_domain as domain;
pub use people_domain::limit::RateLimitClass;
pub use people_storage::{
    IdentityOutcome, ObjectsOutcome, PxAccountOutcome, QueryCaller, QueryLimits, QueryRefusal,
    RawRow, StoreError, jobs,
};
pub use px::{list_px_rows, parse_px_user_id};
pub use queue::{Invocation, QueueMessage, handle_queue_event, serve_queue};
pub use raw_body::{PayloadLimit, RawBody};
pub use records::{PeopleBatch, parse_records};
pub use response::{ApiError, ApiResponse};
pub use route_access::RouteAccess;

/// The result of a handler. Both sides become an answer in one place.
pub type Result<T = ApiResponse> = std::result::Result<T, ApiError>;

/// The routes of one function.
pub type Routes = axum::Router<()>;
