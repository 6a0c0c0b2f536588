//! The processes under this one, children of children too.
//! A process that left its group, or whose parent died first, is still found: on Linux this process adopts orphans,
//! and elsewhere it keeps those it has seen.

use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use sysinfo::{
    Pid, Process, ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, Signal, System,
    get_current_pid,
};

/// How often the end of a process is looked for.
const LOOK: Duration = Duration::from_millis(25);

/// Orphans under this process become its children.
pub(crate) fn adopt_orphans() {
    #[cfg(target_os = "linux")]
    // Refused only by kernels before 3.4; the tree of the moment is then all that is known.
    let _ = nix::sys::prctl::set_child_subreaper(true);
}

/// Live processes by id, with the moment of their start: an id alone may have been given again.
pub(crate) struct Tree {
    system: System,
    members: BTreeMap<Pid, u64>,
}

impl Tree {
    /// An empty tree, until the first look.
    pub(crate) fn new() -> Result<Self> {
        Ok(Self { system: System::new()?, members: BTreeMap::new() })
    }

    /// Whether all are gone in the time given.
    pub(crate) async fn gone_within(&mut self, limit: Duration) -> bool {
        let gone = async {
            let mut ticks = tokio::time::interval(LOOK);
            while !self.members.is_empty() {
                ticks.tick().await;
                self.look();
            }
        };
        tokio::time::timeout(limit, gone).await.is_ok()
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.members.len()
    }

    pub(crate) fn kill(&self) {
        for process in self.members.keys().filter_map(|id| self.system.process(*id)) {
            process.kill_with(Signal::Kill);
        }
    }

    /// Forgets those that ended, adds those that appeared.
    pub(crate) fn look(&mut self) {
        let kind = ProcessRefreshKind::nothing().without_tasks();
        self.system.refresh_processes_specifics(ProcessesToUpdate::All, true, kind);
        let mut seen = self.descendants();
        seen.extend(self.members.iter().filter(|(id, start)| self.alive(**id, **start)));
        self.members = seen;
    }

    fn alive(&self, id: Pid, start: u64) -> bool {
        self.system
            .process(id)
            .is_some_and(|process| runs(process) && process.start_time() == start)
    }

    fn descendants(&self) -> BTreeMap<Pid, u64> {
        let mut known: BTreeSet<Pid> = get_current_pid().into_iter().collect();
        let mut found = BTreeMap::new();
        loop {
            let before = known.len();
            for (id, process) in self.system.processes() {
                let ours = process.parent().is_some_and(|parent| known.contains(&parent));
                if ours && known.insert(*id) && runs(process) {
                    found.insert(*id, process.start_time());
                }
            }
            if known.len() == before {
                return found;
            }
        }
    }
}

fn runs(process: &Process) -> bool {
    !matches!(process.status(), ProcessStatus::Zombie | ProcessStatus::Dead)
}
