//! A function as its callers see it: an event goes in, an answer or an error comes out.

use bytes::Bytes;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::pin::Pin;
use std::process::ExitStatus;
use std::time::Duration;

/// Lambda's limit for an event and for a response, in bytes.
pub const LAMBDA_PAYLOAD_BYTES_MAX: usize = 6 * 1024 * 1024 + 100;

/// The response of a function, or why there is none.
pub type InvokeResult = Result<Bytes, InvokeError>;

/// An invocation that runs.
pub type InvokeFuture<'a> = Pin<Box<dyn Future<Output = InvokeResult> + Send + 'a>>;

/// Takes events for one function. The gateway and the pollers call functions through this trait, so they do not know
/// whether a pool of this crate or `cargo lambda watch` runs them.
pub trait Invoke: Send + Sync {
    /// Passes an event to the function and waits for its response.
    fn invoke(&self, event: Bytes) -> InvokeFuture<'_>;
}

impl<F, R> Invoke for F
where
    F: Fn(Bytes) -> R + Send + Sync,
    R: Future<Output = InvokeResult> + Send + 'static,
{
    fn invoke(&self, event: Bytes) -> InvokeFuture<'_> {
        Box::pin(self(event))
    }
}

/// A function and how it is to run.
#[derive(Clone, Debug)]
pub struct FunctionSpec {
    /// Name of the function.
    pub name: String,
    /// The program.
    pub binary: PathBuf,
    /// The whole environment, apart from the variables that Lambda sets.
    pub env: BTreeMap<String, String>,
    /// Additional variables for the first process only, such as the point where it crashes.
    pub first_env: BTreeMap<String, String>,
    /// Number of processes. Each handles one event at a time.
    pub instances: usize,
    /// Longest run of an invocation.
    pub timeout: Duration,
    /// Limit for an event and for a response, in bytes: [`LAMBDA_PAYLOAD_BYTES_MAX`] on Lambda.
    pub payload_bytes_max: usize,
    /// Whether a chain of requests may invoke the function any number of times: `RecursiveLoop: Allow` of the template.
    pub allow_recursion: bool,
    /// The file that receives the output of the processes. Without one, the output is discarded.
    pub log: Option<PathBuf>,
}

/// Why an invocation has no response.
#[derive(Debug, thiserror::Error)]
pub enum InvokeError {
    /// The event exceeds Lambda's limit.
    #[error("the event of {0} bytes exceeds Lambda's limit")]
    EventTooLarge(usize),
    /// The response exceeds Lambda's limit. The work of the function is done all the same.
    #[error("the response of {0} bytes exceeds Lambda's limit")]
    ResponseTooLarge(usize),
    /// The function returned an error. Its text may quote the event, so it is not part of the message.
    #[error("the function returned an error")]
    Function(Bytes),
    /// The process ended while it handled the event.
    #[error("the process ended with {0}")]
    ProcessEnded(ExitStatus),
    /// The process exceeded the deadline of the event and was killed.
    #[error("the function did not respond within {0:?}")]
    TimedOut(Duration),
    /// No process of the function got as far as asking for an event.
    #[error("the function does not start: {0}")]
    NotStarted(String),
    /// One chain of requests invoked the function too often, and the function does not allow recursion.
    #[error("the function invokes itself, and RecursiveLoop does not allow it")]
    RecursiveInvocation,
    /// The emulator of the function can't be reached.
    #[error("cargo lambda watch does not respond: {0}")]
    Unreachable(String),
    /// The function was stopped.
    #[error("the function was stopped")]
    Stopped,
}
