//! Samples the peak resident memory of programs, as the kernel reports it.

use people_lambda_emulator::read_peak_memory;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::task::JoinHandle;

const SAMPLE_INTERVAL: Duration = Duration::from_millis(500);

type Peaks = BTreeMap<&'static str, u64>;

/// Samples until it is dropped.
pub(crate) struct PeakMemory {
    peaks: Arc<Mutex<Peaks>>,
    task: JoinHandle<()>,
}

impl PeakMemory {
    pub(crate) fn start_sampling(names: &'static [&'static str]) -> Self {
        let peaks = Arc::new(Mutex::new(Peaks::new()));
        let shared = Arc::clone(&peaks);
        let task = tokio::spawn(async move {
            let mut ticks = tokio::time::interval(SAMPLE_INTERVAL);
            loop {
                ticks.tick().await;
                sample_processes(names, &mut shared.lock().unwrap_or_else(PoisonError::into_inner));
            }
        });
        Self { peaks, task }
    }

    /// Bytes by the name of the program.
    pub(crate) fn by_name(&self) -> Peaks {
        self.peaks.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for PeakMemory {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn sample_processes(names: &[&'static str], peaks: &mut Peaks) {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    for process in processes {
        // A process may end meanwhile.
        let Some((name, bytes)) = read_peak(&process.path()) else { continue };
        if let Some(known) = names.iter().find(|known| **known == name) {
            let peak = peaks.entry(known).or_default();
            *peak = bytes.max(*peak);
        }
    }
}

/// The name and the peak of the program that a process runs.
fn read_peak(process: &Path) -> Option<(String, u64)> {
    let name = std::fs::read_link(process.join("exe")).ok()?.file_name()?.to_str()?.to_owned();
    Some((name, read_peak_memory(process)?))
}
