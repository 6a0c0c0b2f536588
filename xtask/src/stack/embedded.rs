//! Starts the stack as one process: the server of `people serve`, with a table, a bucket and queues in it.

use super::environment::FunctionEnvironment;
use super::stack_file::StackResources;
use super::{OPTIMIZED_PROFILE, StackOptions, programs_dir, tenants};
use crate::cargo::cargo_command;
use crate::paths::state_dir;
use crate::process::{Supervisor, new_command};
use crate::progress::run_inherited;
use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

const SERVER_EXAMPLE: &str = "test-server";

/// Longest wait for the server.
const START_TIMEOUT: Duration = Duration::from_secs(10);

/// Interval of looking whether it has started.
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// Starts the server and returns its environment and resources.
pub(super) async fn start_server(
    supervisor: &Supervisor,
    options: &StackOptions,
) -> Result<(FunctionEnvironment, StackResources)> {
    build_server(supervisor, options.release).await?;
    let file = state_dir().join(format!("{}.environment.json", options.name));
    _ = std::fs::remove_file(&file);
    let mut command =
        new_command(programs_dir(options.release)?.join("examples").join(SERVER_EXAMPLE));
    let optional = |value: Option<u64>| value.map_or("-".to_owned(), |value| value.to_string());
    command.arg(options.port.to_string()).arg(&file);
    command.arg(optional(options.retry.map(|retry| retry.as_secs())));
    command.arg(options.concurrency.to_string()).arg(optional(options.payload_limit));
    let log = state_dir().join(format!("{}.functions.log", options.name));
    supervisor.start_service("the server", command, log)?;
    let variables = tokio::time::timeout(START_TIMEOUT, read_variables(&file))
        .await
        .with_context(|| format!("the server did not start within {START_TIMEOUT:?}"))??;
    let read = |name: &str| {
        variables.get(name).cloned().with_context(|| format!("the server has no {name}"))
    };
    let resources = StackResources {
        dynamodb_url: read("AWS_ENDPOINT_URL_DYNAMODB")?,
        sqs_url: read("AWS_ENDPOINT_URL_SQS")?,
        s3_url: read("AWS_ENDPOINT_URL_S3")?,
        table: read("TABLE_NAME")?,
        bucket: read("PAYLOAD_BUCKET")?,
        queues: read_queues(&variables),
    };
    let dynamodb_url = resources.dynamodb_url.clone();
    Ok((FunctionEnvironment { dynamodb_url, variables }, resources))
}

/// The URLs of the queues by their names, which are the last parts of the URLs.
fn read_queues(variables: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let urls = variables.iter().filter(|(name, _)| name.ends_with("_QUEUE_URL"));
    let queues = urls.filter_map(|(_, url)| Some((url.rsplit('/').next()?, url)));
    queues.map(|(name, url)| (name.to_owned(), url.clone())).collect()
}

/// Builds the server and the operator's command.
pub(crate) async fn build_server(supervisor: &Supervisor, release: bool) -> Result<()> {
    let mut command = cargo_command();
    command.args(["build", "-p", "people-server", "--example", SERVER_EXAMPLE]);
    command.args(["-p", "people-cli", "--bin", tenants::OPERATOR_BINARY]);
    if release {
        command.args(["--profile", OPTIMIZED_PROFILE]);
    }
    run_inherited(supervisor, "building the server", command).await
}

/// Waits for the file that the server writes when it answers.
async fn read_variables(file: &Path) -> Result<BTreeMap<String, String>> {
    let mut ticks = tokio::time::interval(POLL_INTERVAL);
    loop {
        ticks.tick().await;
        if let Ok(text) = std::fs::read(file) {
            return Ok(serde_json::from_slice(&text)?);
        }
    }
}
