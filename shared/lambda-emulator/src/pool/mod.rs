//! Runs a function as Lambda does: a pool of processes, each with one event at a time, deadlines, size limits, and an
//! end to chains of requests that invoke the function again and again. It serves what `cargo lambda watch` lacks, for
//! long runs, crash tests and optimised functions. Two things must never happen: a caller that waits for a process that
//! is gone, and a process that outlives its pool.

mod exchange;
mod instance;
mod invocation_queue;
mod lineage;
mod mailbox;
mod runtime_api;

use crate::function::{FunctionSpec, Invoke, InvokeError, InvokeFuture};
use bytes::Bytes;
use instance::Instance;
use invocation_queue::InvocationQueue;
use lineage::Lineage;
use mailbox::Mailboxes;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpListener;
use tokio::sync::{OnceCell, watch};
use tokio::task::JoinSet;

/// A function with processes of its own, which start on its first invocation, until it is stopped or dropped.
#[derive(Debug)]
pub struct FunctionPool {
    spec: Arc<FunctionSpec>,
    queue: Arc<InvocationQueue>,
    /// The tasks that own the processes.
    instances: OnceCell<Mutex<JoinSet<()>>>,
    server: Mutex<JoinSet<()>>,
    /// In bytes; 0 until it is known.
    peak_memory: Arc<AtomicU64>,
    stopped: watch::Sender<bool>,
}

impl FunctionPool {
    /// A pool that runs nothing yet.
    #[must_use]
    pub fn new(spec: FunctionSpec) -> Self {
        Self {
            queue: Arc::new(InvocationQueue::new(spec.payload_bytes_max)),
            spec: Arc::new(spec),
            instances: OnceCell::new(),
            server: Mutex::default(),
            peak_memory: Arc::default(),
            stopped: watch::Sender::new(false),
        }
    }

    /// Peak resident memory of any process, in bytes, as of its last invocation; `None` where the kernel does not report it.
    #[must_use]
    pub fn peak_memory(&self) -> Option<u64> {
        Some(self.peak_memory.load(Ordering::Relaxed)).filter(|bytes| *bytes > 0)
    }

    /// Kills every process and waits until all are gone. Invocations that run fail.
    pub async fn stop(&self) {
        self.queue.close();
        self.stopped.send_replace(true);
        if let Some(instances) = self.instances.get() {
            let mut instances = std::mem::take(&mut *lock_mutex(instances));
            while instances.join_next().await.is_some() {}
        }
        self.queue.reject_all().await;
        lock_mutex(&self.server).abort_all();
    }

    async fn start(&self) -> Result<Mutex<JoinSet<()>>, InvokeError> {
        let not_started = |error: std::io::Error| InvokeError::NotStarted(error.to_string());
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(not_started)?;
        let address = listener.local_addr().map_err(not_started)?;
        let mailboxes = Mailboxes::default();
        let payload_bytes_max = self.spec.payload_bytes_max;
        lock_mutex(&self.server).spawn(runtime_api::serve_runtime_api(
            listener,
            mailboxes.clone(),
            payload_bytes_max,
        ));
        let mut instances = JoinSet::new();
        for index in 0..self.spec.instances {
            let instance = Instance {
                spec: Arc::clone(&self.spec),
                is_first: index == 0,
                queue: Arc::clone(&self.queue),
                mailboxes: mailboxes.clone(),
                peak_memory: Arc::clone(&self.peak_memory),
                address,
            };
            instances.spawn(instance.run(self.stopped.subscribe()));
        }
        Ok(Mutex::new(instances))
    }
}

impl Invoke for FunctionPool {
    fn invoke(&self, event: Bytes) -> InvokeFuture<'_> {
        Box::pin(async move {
            if *self.stopped.borrow() {
                return Err(InvokeError::Stopped);
            }
            let (lineage, name) = (Lineage::of_event(&event), &self.spec.name);
            if lineage.is_loop_of(name) && !self.spec.allow_recursion {
                return Err(InvokeError::RecursiveInvocation);
            }
            self.instances.get_or_try_init(|| self.start()).await?;
            self.queue.push(event, lineage.next_header(name)).await
        })
    }
}

/// The value behind the lock. A panic of another holder leaves it intact.
fn lock_mutex<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
