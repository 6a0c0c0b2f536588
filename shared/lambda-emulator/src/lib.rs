//! Emulates on this machine what AWS does around the functions: the HTTP API before them, their event source mappings,
//! and Lambda itself with its process pools, deadlines and size limits. `cargo lambda watch` may take the part of Lambda.
//! Only the developer's commands and the tests depend on this crate.

mod aws_endpoint;
mod event_source;
mod function;
mod gateway;
mod peak_memory;
mod pool;
mod process;
mod resources;
mod trace_proxy;
mod watched;

pub use aws_endpoint::{ActionFuture, AwsEndpoint, CallAction, read_success};
pub use event_source::{BatchReport, EventSourceMapping, Poller};
pub use function::{
    FunctionSpec, Invoke, InvokeError, InvokeFuture, InvokeResult, LAMBDA_PAYLOAD_BYTES_MAX,
};
pub use gateway::{GATEWAY_BODY_BYTES_MAX, Gateway, GatewayRoute};
pub use peak_memory::read_peak_memory;
pub use pool::FunctionPool;
pub use resources::{
    ProvisionedQueue, ProvisionedQueues, create_queues, create_table, find_queue_arn, set_expiry,
};
pub use trace_proxy::TraceProxy;
pub use watched::{StartedBy, WatchedFunction};
