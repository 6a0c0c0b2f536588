//! One process of a function, in a process group of its own, with the environment that Lambda gives.

use crate::{FunctionSpec, read_peak_memory};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use std::fs::File;
use std::io;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use tokio::process::{Child, Command};

/// A running process. Dropping it kills its whole group.
pub(crate) struct FunctionProcess {
    /// Until its signal is sent: later, the id may belong to another group.
    group: Option<Pid>,
    child: Child,
}

impl FunctionProcess {
    /// Starts a process that asks for its events under `runtime_api`.
    pub(crate) fn start(
        spec: &FunctionSpec,
        is_first: bool,
        runtime_api: &str,
    ) -> io::Result<Self> {
        let mut command = Command::new(&spec.binary);
        command.env_clear().envs(&spec.env).envs(lambda_environment(&spec.name, runtime_api));
        if is_first {
            command.envs(&spec.first_env);
        }
        command.stdin(Stdio::null());
        match &spec.log {
            Some(log) => {
                let log = File::options().append(true).create(true).open(log)?;
                command.stdout(log.try_clone()?).stderr(log);
            }
            None => {
                command.stdout(Stdio::null()).stderr(Stdio::null());
            }
        }
        let child = command.process_group(0).spawn()?;
        let group = child.id().and_then(|id| i32::try_from(id).ok()).map(Pid::from_raw);
        Ok(Self { group, child })
    }

    /// Waits until the process ends.
    pub(crate) async fn wait(&mut self) -> ExitStatus {
        // An error means that the process is gone and its status is lost.
        self.child.wait().await.unwrap_or_default()
    }

    /// Asks the kernel whether the process has ended, since the notification may still be on its way.
    pub(crate) fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Peak resident memory in bytes, as long as the process has not ended.
    pub(crate) fn peak_memory(&self) -> Option<u64> {
        read_peak_memory(&Path::new("/proc").join(self.child.id()?.to_string()))
    }

    /// Kills the process with everything that it started, and waits until it is gone.
    pub(crate) async fn kill(mut self) {
        self.kill_group();
        self.wait().await;
    }

    fn kill_group(&mut self) {
        if let Some(group) = self.group.take() {
            // A group that is gone already needs no signal.
            let _ = killpg(group, Signal::SIGKILL);
        }
    }
}

impl Drop for FunctionProcess {
    fn drop(&mut self) {
        self.kill_group();
    }
}

/// The variables that Lambda sets.
fn lambda_environment<'v>(name: &'v str, runtime_api: &'v str) -> [(&'static str, &'v str); 6] {
    [
        ("AWS_LAMBDA_FUNCTION_NAME", name),
        ("AWS_LAMBDA_RUNTIME_API", runtime_api),
        // The runtime requires a number.
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1024"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "local"),
    ]
}
