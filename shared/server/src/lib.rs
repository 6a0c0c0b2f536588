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

/// Bytes of the stack of each thread that runs handlers. In a debug build, the frames of a chunk
/// that calls the store through the SDK take nearly the 2 MB that threads have by default.
pub const THREAD_STACK_BYTES: usize = 4 * 1024 * 1024;

pub use bucket::BucketCredentials;
pub use server::{RunningServer, Server, ServerOptions, format_local_url};
