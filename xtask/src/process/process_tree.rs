//! The processes under this one, including children of children. Process groups do not suffice: `cargo lambda watch` puts
//! functions into groups of their own. A process whose parent exited is found as well: on Linux this process adopts
//! orphans, and elsewhere the tree keeps the processes that it has seen.

use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use sysinfo::{
    Pid, Process, ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, Signal, System,
    get_current_pid,
};

/// Interval of the checks whether processes have ended.
const POLL_INTERVAL: Duration = Duration::from_millis(25);

/// Makes orphans under this process its children.
pub(crate) fn adopt_orphans() {
    #[cfg(target_os = "linux")]
    // Only kernels before 3.4 refuse it. The tree is then limited to what a refresh finds.
    let _ = nix::sys::prctl::set_child_subreaper(true);
}

/// Live processes by id. The start time tells a process from another one that received its id later.
pub(crate) struct ProcessTree {
    system: System,
    start_times: BTreeMap<Pid, u64>,
}

impl ProcessTree {
    /// A tree that is empty until it is refreshed.
    pub(crate) fn new() -> Result<Self> {
        Ok(Self { system: System::new()?, start_times: BTreeMap::new() })
    }

    /// Returns whether all processes end within the time limit.
    pub(crate) async fn wait_until_empty(&mut self, limit: Duration) -> bool {
        let emptied = async {
            let mut ticks = tokio::time::interval(POLL_INTERVAL);
            while !self.start_times.is_empty() {
                ticks.tick().await;
                self.refresh();
            }
        };
        tokio::time::timeout(limit, emptied).await.is_ok()
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.start_times.len()
    }

    /// Sends a signal to every process.
    pub(crate) fn signal(&self, signal: Signal) {
        for process in self.start_times.keys().filter_map(|id| self.system.process(*id)) {
            process.kill_with(signal);
        }
    }

    /// Adds processes that appeared and removes those that ended.
    pub(crate) fn refresh(&mut self) {
        let kind = ProcessRefreshKind::nothing().without_tasks();
        self.system.refresh_processes_specifics(ProcessesToUpdate::All, true, kind);
        let mut found = self.find_descendants();
        found.extend(self.start_times.iter().filter(|(id, start)| self.is_alive(**id, **start)));
        self.start_times = found;
    }

    fn is_alive(&self, id: Pid, start_time: u64) -> bool {
        let process = self.system.process(id);
        process.is_some_and(|process| is_running(process) && process.start_time() == start_time)
    }

    fn find_descendants(&self) -> BTreeMap<Pid, u64> {
        let mut known: BTreeSet<Pid> = get_current_pid().into_iter().collect();
        let mut found = BTreeMap::new();
        loop {
            let before = known.len();
            for (id, process) in self.system.processes() {
                let is_child = process.parent().is_some_and(|parent| known.contains(&parent));
                if is_child && known.insert(*id) && is_running(process) {
                    found.insert(*id, process.start_time());
                }
            }
            if known.len() == before {
                return found;
            }
        }
    }
}

fn is_running(process: &Process) -> bool {
    !matches!(process.status(), ProcessStatus::Zombie | ProcessStatus::Dead)
}
