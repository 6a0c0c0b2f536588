//! Starts child processes and ends them all. A child may start others in groups and sessions of their own, as
//! `cargo lambda watch` does. None of them may outlive this command.

#[cfg(test)]
mod tests;

use super::process_tree::{self, ProcessTree};
use super::{UnexpectedExit, log_to};
use anyhow::{Context, Result};
use std::path::PathBuf;
use std::process::{ExitStatus, Output, Stdio};
use std::time::Duration;
use sysinfo::Signal;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Time that processes have to end by themselves.
const GRACE: Duration = Duration::from_secs(3);

pub(crate) struct Supervisor {
    exits: UnboundedSender<UnexpectedExit>,
    tree: ProcessTree,
    has_ended: bool,
}

impl Supervisor {
    /// Returns a supervisor without children, and the channel that reports when a service of it exits.
    pub(crate) fn new() -> Result<(Self, UnboundedReceiver<UnexpectedExit>)> {
        process_tree::adopt_orphans();
        let (exits, receiver) = unbounded_channel();
        Ok((Self { exits, tree: ProcessTree::new()?, has_ended: false }, receiver))
    }

    /// Runs a command to its end.
    pub(crate) async fn run(&self, mut command: Command) -> Result<ExitStatus> {
        Ok(spawn_child(&mut command)?.wait().await?)
    }

    /// Runs a command to its end and passes on each line of its standard output.
    pub(crate) async fn run_with_lines(
        &self,
        mut command: Command,
        mut on_line: impl FnMut(&str),
    ) -> Result<ExitStatus> {
        let mut child = spawn_child(command.stdout(Stdio::piped()))?;
        if let Some(stdout) = child.stdout.take() {
            let mut lines = BufReader::new(stdout).lines();
            while let Some(line) = lines.next_line().await? {
                on_line(&line);
            }
        }
        Ok(child.wait().await?)
    }

    /// Runs a command to its end and returns its output.
    pub(crate) async fn output(&self, mut command: Command) -> Result<Output> {
        let child = spawn_child(command.stdout(Stdio::piped()).stderr(Stdio::piped()))?;
        Ok(child.wait_with_output().await?)
    }

    /// Starts a service and reports when it exits.
    pub(crate) fn start_service(
        &self,
        name: &'static str,
        mut command: Command,
        log: PathBuf,
    ) -> Result<()> {
        log_to(&mut command, &log)?;
        let (mut child, exits) = (spawn_child(&mut command)?, self.exits.clone());
        tokio::spawn(async move {
            let status = child.wait().await.ok();
            // Nobody receives it while everything is being ended.
            let _ = exits.send(UnexpectedExit { name, status, log });
        });
        Ok(())
    }

    /// Ends every process under this one, and returns when all are gone.
    pub(crate) async fn end_all(&mut self) {
        self.has_ended = true;
        self.tree.refresh();
        self.tree.signal(Signal::Term);
        if !self.tree.wait_until_empty(GRACE).await {
            self.tree.signal(Signal::Kill);
            self.tree.wait_until_empty(GRACE).await;
        }
    }
}

impl Drop for Supervisor {
    /// Kills every process when a panic prevents [`Self::end_all`], since nothing can be awaited here.
    fn drop(&mut self) {
        if !self.has_ended {
            self.tree.refresh();
            self.tree.signal(Signal::Kill);
        }
    }
}

fn spawn_child(command: &mut Command) -> Result<Child> {
    let program = command.as_std().get_program().to_string_lossy().into_owned();
    command.spawn().with_context(|| format!("can't start {program}"))
}
