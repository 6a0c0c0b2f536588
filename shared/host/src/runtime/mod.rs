//! A small host for the Lambda runtime API, for soaks and crash tests: each function has a pool of processes, real
//! deadlines and the real limits of Lambda. What must not be: a caller who waits for a process that is gone, or a
//! process that outlives its host.

mod api;
mod desk;
mod door;
mod household;
mod invocation;
mod lineage;
mod process;
mod talk;

use anyhow::{Context, Result};
use bytes::Bytes;
use desk::Desk;
use household::Household;
use invocation::Queue;
pub use invocation::{InvokeError, LAMBDA_PAYLOAD};
use lineage::Lineage;
pub use process::lambda_environment;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// How often the memory of the processes is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// A function and how it is to run.
#[derive(Clone, Debug)]
pub struct FunctionSpec {
    /// Name of the function.
    pub name: String,
    /// The program.
    pub binary: PathBuf,
    /// All of its environment, but for what Lambda sets.
    pub env: BTreeMap<String, String>,
    /// What the first process that starts has besides: where it is to crash, say.
    pub first_env: BTreeMap<String, String>,
    /// Processes, each of which has one event at a time.
    pub processes: usize,
    /// Longest run of an invocation.
    pub timeout: Duration,
    /// Whether a chain of requests may invoke it any number of times: `RecursiveLoop: Allow` of the template.
    pub allow_recursion: bool,
    /// What its processes print is added here; without it, dropped.
    pub log: Option<PathBuf>,
}

/// A function that runs, until it is stopped or dropped.
#[derive(Debug)]
pub struct Host {
    spec: Arc<FunctionSpec>,
    queue: Arc<Queue>,
    household: Arc<Household>,
    tasks: Mutex<JoinSet<()>>,
    server: Mutex<JoinSet<()>>,
}

impl Host {
    /// Starts the processes. Those that can't run are told by the first invocation.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start(spec: FunctionSpec) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let listener = listener.context("a port for the runtime API")?;
        let address: SocketAddr = listener.local_addr()?;
        let (door, spec) = (door::Door::default(), Arc::new(spec));
        let (queue, household) = (Arc::new(Queue::default()), Arc::new(Household::default()));
        let (mut tasks, mut server) = (JoinSet::new(), JoinSet::new());
        server.spawn(api::serve(listener, door.clone()));
        for place in 0..spec.processes {
            let desk = Desk {
                spec: Arc::clone(&spec),
                first: place == 0,
                queue: Arc::clone(&queue),
                household: Arc::clone(&household),
                door: door.clone(),
                address,
            };
            tasks.spawn(desk.run());
        }
        tasks.spawn(look(Arc::clone(&household)));
        Ok(Self { spec, queue, household, tasks: Mutex::new(tasks), server: Mutex::new(server) })
    }

    /// Gives an event to the next process that is free, and waits for its answer.
    ///
    /// # Errors
    /// When the function fails, does not live to answer, or feeds itself without being allowed to.
    pub async fn invoke(&self, event: Bytes) -> Result<Bytes, InvokeError> {
        let (lineage, name) = (Lineage::of(&event), &self.spec.name);
        if lineage.is_loop_of(name) && !self.spec.allow_recursion {
            return Err(InvokeError::RecursiveInvocation);
        }
        self.queue.give(event, lineage.header(name)).await
    }

    /// Most memory that any process has had resident, in bytes; `None` where the kernel does not tell.
    #[must_use]
    pub fn peak_memory(&self) -> Option<u64> {
        self.household.peak()
    }

    /// Kills every process and waits until all are gone. What was being done fails.
    pub async fn stop(&self) {
        self.household.close();
        self.queue.close();
        let mut tasks = std::mem::take(&mut *lock(&self.tasks));
        while tasks.join_next().await.is_some() {}
        self.queue.clear().await;
        lock(&self.server).abort_all();
    }
}

impl Drop for Host {
    /// The way out of a panic: nothing can be awaited.
    fn drop(&mut self) {
        self.household.close();
    }
}

async fn look(household: Arc<Household>) {
    let mut ticks = tokio::time::interval(LOOK);
    while !household.is_closed() {
        ticks.tick().await;
        household.look();
    }
}

/// What stands behind the lock; a panic of another holder leaves it whole.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
