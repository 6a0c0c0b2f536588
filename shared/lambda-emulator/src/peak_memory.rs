//! The peak memory of processes, as the Linux kernel reports it.

use std::path::Path;

/// Reads the peak resident memory, in bytes, of the process with this folder under /proc. `None` if the process is gone or
/// the kernel does not report it.
#[must_use]
pub fn read_peak_memory(process: &Path) -> Option<u64> {
    let status = std::fs::read_to_string(process.join("status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kilobytes.checked_mul(1024)
}
