//! The children of this command. Each leads a group; some of them start others, in groups and sessions of their own
//! (`cargo lambda watch` does). What must not be: one of them alive after this command.

#[cfg(test)]
mod tests;

use super::tree::{self, Tree};
use super::{Death, log_to};
use anyhow::{Context, Result};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::{ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Time that children have to end by themselves.
const GRACE: Duration = Duration::from_secs(3);

/// Pause before a process is started again, so that one that can't start does not spin.
const RESTART: Duration = Duration::from_millis(200);

/// Group leaders that have not been waited for.
type Leaders = Arc<Mutex<BTreeSet<Pid>>>;

pub(crate) struct Family {
    leaders: Leaders,
    deaths: UnboundedSender<Death>,
    /// Set when the whole family is being ended: nothing is started again from then on.
    ending: Arc<AtomicBool>,
    tree: Tree,
}

impl Family {
    /// An empty family, and where the deaths of its services are told.
    pub(crate) fn new() -> Result<(Self, UnboundedReceiver<Death>)> {
        tree::adopt_orphans();
        let (deaths, told) = unbounded_channel();
        let (leaders, ending, tree) = (Leaders::default(), Arc::default(), Tree::new()?);
        Ok((Self { leaders, deaths, ending, tree }, told))
    }

    /// Runs a command to its end.
    pub(crate) async fn run(&self, mut command: Command) -> Result<ExitStatus> {
        let (leader, mut child) = spawn(&self.leaders, &mut command)?;
        let status = child.wait().await?;
        edit(&self.leaders, |leaders| leaders.remove(&leader));
        Ok(status)
    }

    /// Runs a command to its end and passes on what it prints, line by line; its errors go where ours go.
    pub(crate) async fn lines(
        &self,
        mut command: Command,
        mut line: impl FnMut(&str),
    ) -> Result<ExitStatus> {
        command.stdout(Stdio::piped());
        let (leader, mut child) = spawn(&self.leaders, &mut command)?;
        if let Some(stdout) = child.stdout.take() {
            let mut lines = BufReader::new(stdout).lines();
            while let Some(next) = lines.next_line().await? {
                line(&next);
            }
        }
        let status = child.wait().await?;
        edit(&self.leaders, |leaders| leaders.remove(&leader));
        Ok(status)
    }

    /// Runs a command to its end and takes what it prints.
    pub(crate) async fn output(&self, mut command: Command) -> Result<Output> {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let (leader, child) = spawn(&self.leaders, &mut command)?;
        let output = child.wait_with_output().await?;
        edit(&self.leaders, |leaders| leaders.remove(&leader));
        Ok(output)
    }

    /// Starts a service; its death will be told.
    pub(crate) fn serve(
        &self,
        name: &'static str,
        mut command: Command,
        log: PathBuf,
    ) -> Result<()> {
        log_to(&mut command, &log)?;
        let (leader, mut child) = spawn(&self.leaders, &mut command)?;
        let (leaders, deaths) = (Arc::clone(&self.leaders), self.deaths.clone());
        tokio::spawn(async move {
            let status = child.wait().await.ok();
            edit(&leaders, |leaders| leaders.remove(&leader));
            // No one listens any more when the whole family is being ended.
            let _ = deaths.send(Death { name, status, log });
        });
        Ok(())
    }

    /// Starts a service, and starts it again each time that it ends, as Lambda does with a function.
    pub(crate) fn serve_again(&self, mut command: Command) -> Result<()> {
        let mut started = spawn(&self.leaders, &mut command)?;
        let (leaders, ending) = (Arc::clone(&self.leaders), Arc::clone(&self.ending));
        tokio::spawn(async move {
            loop {
                let (leader, mut child) = started;
                // How it ended stands in its own log.
                let _ = child.wait().await;
                edit(&leaders, |leaders| leaders.remove(&leader));
                started = loop {
                    tokio::time::sleep(RESTART).await;
                    if ending.load(Ordering::Relaxed) {
                        return;
                    }
                    // A program that is being built anew is missing for a moment.
                    if let Ok(next) = spawn(&leaders, &mut command) {
                        break next;
                    }
                };
            }
        });
        Ok(())
    }

    /// Ends every child and all that they started; returns when they are gone.
    pub(crate) async fn end(&mut self) {
        self.ending.store(true, Ordering::Relaxed);
        self.tree.look();
        self.signal(Signal::SIGTERM);
        if !self.tree.gone_within(GRACE).await {
            self.signal(Signal::SIGKILL);
            self.tree.kill();
            self.tree.gone_within(GRACE).await;
        }
        edit(&self.leaders, BTreeSet::clear);
    }

    fn signal(&self, signal: Signal) {
        for leader in edit(&self.leaders, |leaders| leaders.clone()) {
            // A leader that is gone already needs no signal.
            let _ = killpg(leader, signal);
        }
    }
}

impl Drop for Family {
    /// The way out of a panic: nothing can be awaited, so nothing is asked.
    fn drop(&mut self) {
        let was_ended = self.ending.swap(true, Ordering::Relaxed);
        if !was_ended {
            self.tree.look();
            self.signal(Signal::SIGKILL);
            self.tree.kill();
        }
    }
}

fn spawn(leaders: &Leaders, command: &mut Command) -> Result<(Pid, Child)> {
    let program = command.as_std().get_program().to_string_lossy().into_owned();
    let child = command.spawn().with_context(|| format!("can't start {program}"))?;
    let id = child.id().with_context(|| format!("{program} has no process id"))?;
    let leader = Pid::from_raw(i32::try_from(id)?);
    edit(leaders, |leaders| leaders.insert(leader));
    Ok((leader, child))
}

fn edit<T>(leaders: &Leaders, change: impl FnOnce(&mut BTreeSet<Pid>) -> T) -> T {
    change(&mut leaders.lock().unwrap_or_else(PoisonError::into_inner))
}
