//! The table: dynoxide, a DynamoDB on SQLite, in memory or in a file. It serves on a loopback port.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use dynoxide::Database;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::time::{MissedTickBehavior, interval};

/// How often expired items are removed.
const SWEEP_INTERVAL: Duration = Duration::from_secs(60);

/// Threads that handle calls. The database takes one call at a time; a second thread parses the
/// next one meanwhile.
const THREADS: usize = 2;

/// A running table service, until it is dropped.
#[derive(Debug)]
pub(crate) struct EmbeddedTable {
    /// The address at which it serves the protocol of DynamoDB.
    pub(crate) url: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl EmbeddedTable {
    /// Opens the database in `file`, or a new one in memory, and serves it. Its calls block, so it
    /// has threads of its own.
    pub(crate) async fn start(file: Option<&Path>) -> Result<Self> {
        let database = open_database(file)?;
        let (stop, stopped) = oneshot::channel();
        let (report, started) = oneshot::channel();
        let thread = std::thread::spawn(move || serve_database(database, stopped, report));
        let address = started.await.context("the thread of the table ended")??;
        Ok(Self { url: format!("http://{address}"), stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for EmbeddedTable {
    fn drop(&mut self) {
        drop(self.stop.take());
        // The last handle closes the database, which then leaves no write-ahead log to replay.
        _ = self.thread.take().map(JoinHandle::join);
    }
}

fn open_database(file: Option<&Path>) -> Result<Database> {
    let Some(file) = file else {
        return Database::memory().map_err(|error| anyhow!("no table in memory: {error}"));
    };
    let text = file.to_str().context("the path of the data is not UTF-8")?;
    let database = Database::new(text).map_err(|error| anyhow!("{}: {error}", file.display()))?;
    // Commits go to the write-ahead log without waiting for the disk: they survive the end of this
    // process at any point, and a power failure may take the last ones.
    database.disable_bulk_loading().map_err(|error| anyhow!("{}: {error}", file.display()))?;
    Ok(database)
}

/// Serves until `stopped`, and reports the address at which it does.
fn serve_database(
    database: Database,
    stopped: oneshot::Receiver<()>,
    report: oneshot::Sender<Result<SocketAddr>>,
) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(THREADS).enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            _ = report.send(Err(error.into()));
            return;
        }
    };
    runtime.block_on(async {
        let listener = match TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await {
            Ok(listener) => listener,
            Err(error) => {
                _ = report.send(Err(error.into()));
                return;
            }
        };
        _ = report.send(listener.local_addr().map_err(Into::into));
        let sweeper = tokio::spawn(sweep_expired_items(database.clone()));
        let server = tokio::spawn(dynoxide::server::serve_with_shutdown(
            listener,
            database,
            std::future::pending(),
        ));
        _ = stopped.await;
        sweeper.abort();
        server.abort();
    });
    // Connections that clients keep open would hold a graceful end.
    runtime.shutdown_timeout(Duration::from_millis(200));
}

async fn sweep_expired_items(database: Database) {
    let mut ticks = interval(SWEEP_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let database = database.clone();
        // An error leaves the items for the next sweep; readers ignore expired ones anyway.
        _ = tokio::task::spawn_blocking(move || database.sweep_ttl()).await;
    }
}
