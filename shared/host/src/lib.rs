//! What AWS does around the functions, done on this machine: queues are polled for them, as event source mappings do,
//! and pools of their processes are given events, as Lambda does. For the developer's commands and tests only; no
//! function has it.

mod emulator;
mod poll;
mod runtime;
mod trace_proxy;

pub use emulator::{Emulator, sound};
pub use poll::{Poller, Round, Source, event};
pub use runtime::{FunctionSpec, Host, InvokeError, LAMBDA_PAYLOAD, lambda_environment};
pub use trace_proxy::TraceProxy;
