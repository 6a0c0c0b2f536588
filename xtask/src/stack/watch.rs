//! Starts `cargo lambda watch`, which hands events to the functions.

use super::environment::FunctionEnvironment;
use super::{StackOptions, free_port};
use crate::http::wait_until_ready;
use crate::process::Supervisor;
use crate::tools::Tools;
use anyhow::Result;
use people_lambda_emulator::StartedBy;
use std::path::Path;
use std::time::Duration;

/// Longest wait for the emulator itself, which starts no function yet.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// Starts it without `--timeout`, which would end idle functions, and returns its address.
pub(super) async fn start_watch(
    supervisor: &Supervisor,
    tools: &Tools,
    options: &StackOptions,
    environment: &FunctionEnvironment,
    started_by: StartedBy,
    functions_log: &Path,
) -> Result<String> {
    let port = free_port()?;
    let mut command = tools.python_command("cargo-lambda");
    command.args(["lambda", "watch", "--disable-cors", "--invoke-address", "127.0.0.1"]);
    command.args(["--invoke-port", &port.to_string()]);
    let log = match started_by {
        StartedBy::Watch => {
            command.args(["--concurrency", &options.concurrency.to_string()]);
            functions_log.to_owned()
        }
        StartedBy::Emulator => {
            // With a concurrency it would start functions by itself.
            command.args(["--ignore-changes", "--only-lambda-apis"]);
            functions_log.with_extension("lambda.log")
        }
    };
    environment.apply_to(&mut command);
    supervisor.start_service("cargo lambda watch", command, log)?;
    let url = format!("http://127.0.0.1:{port}");
    // It answers this by itself, since no binary has this name.
    let path = format!("{url}/2015-03-31/functions/none/invocations");
    wait_until_ready(&path, "cargo lambda watch", START_TIMEOUT).await?;
    Ok(url)
}
