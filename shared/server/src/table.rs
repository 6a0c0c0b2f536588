//! The table: dynoxide, a DynamoDB on SQLite, in memory or in a file. It has no port of its own.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use dynoxide::{Database, DynoxideError};
use people_lambda_emulator::{ActionFuture, CallAction};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use tokio::time::{MissedTickBehavior, interval};

use crate::services::ServiceAnswer;

/// How often expired items are removed.
const SWEEP_INTERVAL: Duration = Duration::from_secs(60);

/// A table service. Clones share it.
#[derive(Clone)]
pub(crate) struct EmbeddedTable(Database);

impl EmbeddedTable {
    /// Opens the database in `file`, or a new one in memory.
    pub(crate) fn open(file: Option<&Path>) -> Result<Self> {
        let Some(file) = file else {
            return Ok(Self(Database::memory().map_err(|error| anyhow!("no table: {error}"))?));
        };
        let refuse = |error: DynoxideError| {
            let file = file.display();
            anyhow!("{file} can't be read ({error}); choose another folder, or remove the file")
        };
        let path = file.to_str().context("the path of the data is not UTF-8")?;
        let database = Database::new(path).map_err(refuse)?;
        // Commits go to the write-ahead log without waiting for the disk: they survive the end of
        // this process at any point, and a power failure may take the last ones.
        database.disable_bulk_loading().map_err(refuse)?;
        Ok(Self(database))
    }

    /// Runs an operation, such as `PutItem`, as the protocol of DynamoDB says.
    pub(crate) fn run_operation(&self, operation: &str, body: &[u8]) -> ServiceAnswer {
        // The database works on this thread, for some of a millisecond.
        let answer = tokio::task::block_in_place(|| dispatch_operation(&self.0, operation, body));
        answer.map_or_else(
            |error| ServiceAnswer { status: error.status_code(), body: error.to_json() },
            ServiceAnswer::success,
        )
    }

    /// Removes expired items until it is aborted.
    pub(crate) async fn sweep_expired_items(self) {
        let mut ticks = interval(SWEEP_INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let database = self.0.clone();
            // An error leaves the items for the next sweep; readers ignore expired ones anyway.
            _ = tokio::task::spawn_blocking(move || database.sweep_ttl()).await;
        }
    }
}

impl std::fmt::Debug for EmbeddedTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EmbeddedTable")
    }
}

impl CallAction for EmbeddedTable {
    fn call_action<'a>(&'a self, action: &'a str, body: &'a Json) -> ActionFuture<'a> {
        Box::pin(async move {
            let operation = action.rsplit('.').next().unwrap_or_default();
            self.run_operation(operation, body.to_string().as_bytes()).into_result(action)
        })
    }
}

/// The operations that the service, the operator's command and the tests use.
fn dispatch_operation(
    database: &Database,
    operation: &str,
    body: &[u8],
) -> dynoxide::Result<String> {
    match operation {
        "BatchGetItem" => answer_with(body, |request| database.batch_get_item(request)),
        "BatchWriteItem" => answer_with(body, |request| database.batch_write_item(request)),
        "CreateTable" => answer_with(body, |request| database.create_table(request)),
        "DeleteItem" => answer_with(body, |request| database.delete_item(request)),
        "DescribeTimeToLive" => {
            answer_with(body, |request| database.describe_time_to_live(request))
        }
        "GetItem" => answer_with(body, |request| database.get_item(request)),
        "ListTables" => answer_with(body, |request| database.list_tables(request)),
        "PutItem" => answer_with(body, |request| database.put_item(request)),
        "Query" => answer_with(body, |request| database.query(request)),
        "TransactWriteItems" => answer_with(body, |request| database.transact_write_items(request)),
        "UpdateItem" => answer_with(body, |request| database.update_item(request)),
        "UpdateTimeToLive" => answer_with(body, |request| database.update_time_to_live(request)),
        other => Err(DynoxideError::ValidationException(format!("{other} is not supported"))),
    }
}

fn answer_with<Q: DeserializeOwned, A: Serialize>(
    body: &[u8],
    run: impl FnOnce(Q) -> dynoxide::Result<A>,
) -> dynoxide::Result<String> {
    let refuse =
        |error: serde_json::Error| DynoxideError::SerializationException(error.to_string());
    let answer = run(serde_json::from_slice(body).map_err(refuse)?)?;
    serde_json::to_string(&answer).map_err(refuse)
}
