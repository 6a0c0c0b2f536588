//! A run of `people` whose peak memory is read while it runs.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value as Json;

/// How often the memory is read.
const READ_INTERVAL: Duration = Duration::from_millis(20);

/// The output and the resources of a run.
pub(crate) struct MeasuredRun {
    /// The JSON of its stdout; null if it was killed.
    pub(crate) result: Json,
    pub(crate) peak_mb: u64,
    pub(crate) seconds: u64,
}

/// Runs a command with `--json` to its end.
pub(crate) fn run_measured(command: Command) -> MeasuredRun {
    run_until(command, |_| false)
}

/// Runs a command until the file exists and meets a condition, and kills it then.
pub(crate) fn kill_once(
    command: Command,
    file: &Path,
    is_met: impl Fn(&Json) -> bool,
) -> MeasuredRun {
    let run = run_until(command, |()| {
        let text = std::fs::read(file).ok();
        text.and_then(|text| serde_json::from_slice(&text).ok()).is_some_and(|json| is_met(&json))
    });
    assert_eq!(run.result, Json::Null, "it was killed before its end");
    run
}

fn run_until(mut command: Command, is_over: impl Fn(()) -> bool) -> MeasuredRun {
    let start = Instant::now();
    let mut child = command.arg("--json").stdout(Stdio::piped()).spawn().unwrap();
    let mut peak_kb = 0;
    let is_killed = loop {
        peak_kb = peak_kb.max(read_peak_kb(&child).unwrap_or_default());
        if child.try_wait().unwrap().is_some() {
            break false;
        }
        if is_over(()) {
            child.kill().unwrap();
            break true;
        }
        #[allow(clippy::disallowed_methods, reason = "samples the memory of another process")]
        std::thread::sleep(READ_INTERVAL);
    };
    let output = child.wait_with_output().unwrap();
    let result = if is_killed {
        Json::Null
    } else {
        assert!(output.status.success(), "{}", output.status);
        serde_json::from_slice(&output.stdout).unwrap()
    };
    MeasuredRun { result, peak_mb: peak_kb.div_ceil(1024), seconds: start.elapsed().as_secs() }
}

/// The most memory that the process has taken so far.
fn read_peak_kb(child: &Child) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
