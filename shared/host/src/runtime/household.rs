//! The processes that live, so that all can be ended at once, and the most memory that one has had.

use super::lock;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use std::collections::BTreeSet;
use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::process::{Child, Command};

#[derive(Debug, Default)]
pub(super) struct Household {
    living: Mutex<Living>,
    /// In bytes, 0 as long as none is known.
    peak: AtomicU64,
}

#[derive(Debug, Default)]
struct Living {
    /// Leaders of process groups.
    leaders: BTreeSet<Pid>,
    closed: bool,
}

impl Household {
    /// Starts a process that leads a group, unless all is over.
    pub(super) fn start(&self, command: &mut Command) -> io::Result<(Pid, Child)> {
        // Under the lock, so that none starts while all are ended.
        let mut living = lock(&self.living);
        if living.closed {
            return Err(io::Error::other("the host was stopped"));
        }
        let child = command.process_group(0).kill_on_drop(true).spawn()?;
        let id = child.id().and_then(|id| i32::try_from(id).ok()).map(Pid::from_raw);
        let id = id.ok_or_else(|| io::Error::other("a process without an id"))?;
        living.leaders.insert(id);
        Ok((id, child))
    }

    /// Kills what is left of the group.
    pub(super) fn end(&self, leader: Pid) {
        self.note(leader);
        if lock(&self.living).leaders.remove(&leader) {
            // A group that is gone already needs no signal.
            let _ = killpg(leader, Signal::SIGKILL);
        }
    }

    /// Kills all, and lets none start.
    pub(super) fn close(&self) {
        self.look();
        let mut living = lock(&self.living);
        living.closed = true;
        for leader in &living.leaders {
            let _ = killpg(*leader, Signal::SIGKILL);
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        lock(&self.living).closed
    }

    /// Notes the memory of all.
    pub(super) fn look(&self) {
        let leaders = lock(&self.living).leaders.clone();
        leaders.into_iter().for_each(|leader| self.note(leader));
    }

    /// Notes the memory of one. The kernel keeps the highest mark, so only what comes after the last look is missed.
    pub(super) fn note(&self, leader: Pid) {
        if let Some(bytes) = high_water(leader) {
            self.peak.fetch_max(bytes, Ordering::Relaxed);
        }
    }

    pub(super) fn peak(&self) -> Option<u64> {
        Some(self.peak.load(Ordering::Relaxed)).filter(|bytes| *bytes > 0)
    }
}

/// Most memory that the process has had resident, in bytes.
fn high_water(process: Pid) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kilobytes.checked_mul(1024)
}
