//! Functions behind `cargo lambda watch`, which knows a function by its binary. Three of its limits are dealt with here:
//! about 100 requests that wait for one function block the whole emulator, so a function has no more requests than
//! instances; a request that is given up fails the function that handles it, so each one is awaited to its end; and
//! nothing restarts a process that ended, unless it was started here.

use crate::function::{FunctionSpec, Invoke, InvokeError, InvokeFuture, InvokeResult};
use crate::process::FunctionProcess;
use bytes::Bytes;
use reqwest::{Client, StatusCode};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Most requests that wait for one function at a time.
const REQUESTS_MAX: usize = 40;

/// Additional time for a response: `cargo lambda watch` may have to build a changed function first.
const BUILD_TIME: Duration = Duration::from_secs(120);

/// Pause before a process is started again, so that one that can't start does not spin.
const RESTART_PAUSE: Duration = Duration::from_millis(200);

/// Which program starts the processes of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartedBy {
    /// `cargo lambda watch` runs them through Cargo and restarts them when a source changes.
    Watch,
    /// This crate runs them as they were built, which takes no seconds of Cargo for each.
    Emulator,
}

/// A function that receives its events through `cargo lambda watch`, with processes that start on the first invocation.
#[derive(Debug)]
pub struct WatchedFunction {
    http: Client,
    /// Address of `cargo lambda watch`.
    watch_url: String,
    /// Name of the function's binary.
    binary: String,
    spec: Arc<FunctionSpec>,
    started_by: StartedBy,
    permits: Arc<Semaphore>,
    processes: OnceLock<JoinSet<()>>,
}

impl WatchedFunction {
    /// A function whose `cargo lambda watch` listens at `watch_url`.
    ///
    /// # Errors
    /// When the HTTP client can't be made.
    pub fn new(
        watch_url: &str,
        spec: FunctionSpec,
        started_by: StartedBy,
    ) -> Result<Self, reqwest::Error> {
        let binary = spec.binary.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self {
            http: Client::builder().no_proxy().build()?,
            watch_url: watch_url.to_owned(),
            binary,
            permits: Arc::new(Semaphore::new(spec.instances.min(REQUESTS_MAX))),
            spec: Arc::new(spec),
            started_by,
            processes: OnceLock::new(),
        })
    }

    fn start_processes(&self) -> JoinSet<()> {
        let runtime_api = format!("{}/.rt/{}", self.watch_url, self.binary);
        let mut processes = JoinSet::new();
        for _ in 0..self.spec.instances {
            processes.spawn(keep_running(Arc::clone(&self.spec), runtime_api.clone()));
        }
        processes
    }

    async fn send_event(&self, event: Bytes) -> InvokeResult {
        if event.len() > self.spec.payload_bytes_max {
            return Err(InvokeError::EventTooLarge(event.len()));
        }
        if self.started_by == StartedBy::Emulator {
            self.processes.get_or_init(|| self.start_processes());
        }
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        let permit = permit.map_err(|_| InvokeError::Stopped)?;
        let path = format!("2015-03-31/functions/{}/invocations", self.binary);
        let request = self.http.post(format!("{}/{path}", self.watch_url)).body(event);
        let time_limit = self.spec.timeout + BUILD_TIME;
        // In a task, so that a caller that goes away ends nothing: behind API Gateway, the function runs to its end too.
        let response = tokio::spawn(async move {
            let _permit = permit;
            let response = request.timeout(time_limit).send().await?;
            Ok::<_, reqwest::Error>((response.status(), response.bytes().await?))
        });
        match response.await.map_err(|_| InvokeError::Stopped)? {
            Ok((StatusCode::OK, body)) if body.len() > self.spec.payload_bytes_max => {
                Err(InvokeError::ResponseTooLarge(body.len()))
            }
            Ok((StatusCode::OK, body)) => Ok(body),
            Ok((_, body)) => Err(InvokeError::Function(body)),
            Err(error) if error.is_timeout() => Err(InvokeError::TimedOut(time_limit)),
            Err(error) => Err(InvokeError::Unreachable(error.without_url().to_string())),
        }
    }
}

impl Invoke for WatchedFunction {
    fn invoke(&self, event: Bytes) -> InvokeFuture<'_> {
        Box::pin(self.send_event(event))
    }
}

/// Starts a process again each time that it ends, as Lambda does.
async fn keep_running(spec: Arc<FunctionSpec>, runtime_api: String) {
    loop {
        // Its log says how it ended. A program that is being rebuilt is missing for a moment.
        if let Ok(mut process) = FunctionProcess::start(&spec, false, &runtime_api) {
            process.wait().await;
        }
        tokio::time::sleep(RESTART_PAUSE).await;
    }
}
