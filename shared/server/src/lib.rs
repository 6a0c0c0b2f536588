//! The whole service in one process: the handlers of all functions behind one address, with a
//! table, a bucket and queues in the same process. It is for evaluation, tests and a customer's own
//! CI; in production the functions run on Lambda. No function depends on this crate.

mod api;
mod bucket;
mod connections;
mod connector;
mod functions;
mod queues;
mod resources;
mod restart;
mod router;
mod server;
mod services;
mod table;

pub use bucket::BucketCredentials;
pub use server::{RunningServer, Server, ServerOptions, format_local_url};
