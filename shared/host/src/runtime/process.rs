//! One process of a function, in its own group, with the environment that Lambda gives.

use super::FunctionSpec;
use super::household::Household;
use nix::unistd::Pid;
use std::fs::File;
use std::io;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use tokio::process::{Child, Command};

/// The environment that Lambda gives to a function of this name, which asks for its events under `api`.
#[must_use]
pub fn lambda_environment<'v>(name: &'v str, api: &'v str) -> [(&'static str, &'v str); 6] {
    [
        ("AWS_LAMBDA_FUNCTION_NAME", name),
        ("AWS_LAMBDA_RUNTIME_API", api),
        // The runtime wants a number.
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1024"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "local"),
    ]
}

pub(super) struct Process {
    id: Pid,
    child: Child,
    household: Arc<Household>,
}

impl Process {
    /// Starts one that asks for its events under `api`.
    pub(super) fn start(
        spec: &FunctionSpec,
        first: bool,
        api: &str,
        household: &Arc<Household>,
    ) -> io::Result<Self> {
        let mut command = Command::new(&spec.binary);
        command.env_clear().envs(&spec.env).envs(lambda_environment(&spec.name, api));
        command.stdin(Stdio::null());
        if first {
            command.envs(&spec.first_env);
        }
        match &spec.log {
            Some(log) => {
                let log = File::options().append(true).create(true).open(log)?;
                command.stdout(log.try_clone()?).stderr(log);
            }
            None => {
                command.stdout(Stdio::null()).stderr(Stdio::null());
            }
        }
        let (id, child) = household.start(&mut command)?;
        Ok(Self { id, child, household: Arc::clone(household) })
    }

    /// Waits for its end.
    pub(super) async fn ended(&mut self) -> ExitStatus {
        // An error says that someone else has waited for it: it is gone, and how is not known.
        self.child.wait().await.unwrap_or_default()
    }

    /// Whether it has ended, asked of the kernel: the news of it may still be on its way.
    pub(super) fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    pub(super) fn note_memory(&self) {
        self.household.note(self.id);
    }

    /// Kills it with all that it started, and waits until it is gone.
    pub(super) async fn end(mut self) {
        self.household.end(self.id);
        self.ended().await;
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.household.end(self.id);
    }
}
