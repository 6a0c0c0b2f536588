//! The functions of the service, run within the process: the handlers of the Lambda binaries.

mod http_functions;
mod queue_functions;

pub(crate) use http_functions::build_http_functions;
pub(crate) use queue_functions::build_queue_functions;
