//! The functions that queues drive, by the names of their binaries.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use people_jobs::Jobs;
use people_lambda::{Invocation, QueueMessage, handle_queue_event};
use people_lambda_emulator::{Invoke, InvokeError, InvokeResult};
use people_storage::Store;
use tokio::runtime::Handle;
use tokio::sync::{OwnedRwLockReadGuard, RwLock};
use uuid::Uuid;

/// A function, which runs its events for as long as its timeout at most.
pub(crate) type QueueFunction = Box<dyn Fn(Duration) -> Arc<dyn Invoke>>;

/// The runs of all functions: each holds a read guard, so that the write guard is free once none is
/// left.
pub(crate) type RunningFunctions = Arc<RwLock<()>>;

/// Every function that a queue drives.
pub(crate) fn build_queue_functions(
    store: &Store,
    jobs: &Jobs,
    running: &RunningFunctions,
) -> BTreeMap<&'static str, QueueFunction> {
    let parts = (store, jobs, running);
    macro_rules! functions {
        ($($name:literal: $function:ident;)*) => {
            BTreeMap::from([$(($name, build_function($name, parts, $function::handle))),*])
        };
    }
    functions! {
        "accept-upload": accept_upload;
        "apply-chunk": apply_chunk;
        "delete-chunk": delete_chunk;
        "settle-dead-letter": settle_dead_letter;
        "split-payload": split_payload;
    }
}

fn build_function<H, F>(
    name: &'static str,
    (store, jobs, running): (&Store, &Jobs, &RunningFunctions),
    handle: H,
) -> QueueFunction
where
    H: Fn(Jobs, QueueMessage) -> F + Copy + Send + Sync + 'static,
    F: Future<Output = people_jobs::Result<()>>,
{
    let (store, jobs, running) = (store.clone(), jobs.clone(), Arc::clone(running));
    Box::new(move |timeout| {
        let (store, jobs, running) = (store.clone(), jobs.clone(), Arc::clone(&running));
        Arc::new(move |event: Bytes| {
            let (store, jobs, running) = (store.clone(), jobs.clone(), Arc::clone(&running));
            let run = move |_running: OwnedRwLockReadGuard<()>| {
                let handle_message = |message| handle(jobs.clone(), message);
                Handle::current().block_on(run_event(name, &store, &event, timeout, handle_message))
            };
            // A thread of its own: the scan of a payload takes the processor for seconds.
            async move {
                let running = running.read_owned().await;
                let run = tokio::task::spawn_blocking(move || run(running)).await;
                run.unwrap_or_else(|error| Err(InvokeError::NotStarted(error.to_string())))
            }
        })
    })
}

async fn run_event<H, F>(
    name: &str,
    store: &Store,
    event: &[u8],
    timeout: Duration,
    handle: H,
) -> InvokeResult
where
    H: Fn(QueueMessage) -> F,
    F: Future<Output = people_jobs::Result<()>>,
{
    let event = serde_json::from_slice(event)
        .map_err(|error| InvokeError::Function(error.to_string().into()))?;
    let invocation = Invocation {
        id: Uuid::now_v7().to_string(),
        function: Some(name.to_owned()),
        deadline: Instant::now() + timeout,
    };
    Ok(handle_queue_event(store, &event, &invocation, handle).await.to_string().into())
}
