//! Reports a service that exited although it should have kept running, with the last lines of its log.

use crate::paths::relative_to_root;
use anyhow::{Error, anyhow};
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

/// Number of lines of a log in an error.
const TAIL_LINES: usize = 20;

pub(crate) struct UnexpectedExit {
    pub(crate) name: &'static str,
    pub(crate) status: Option<ExitStatus>,
    pub(crate) log: PathBuf,
}

impl UnexpectedExit {
    pub(crate) fn into_error(self) -> Error {
        let status = self
            .status
            .map_or("for an unknown reason".to_owned(), |status| format!("with {status}"));
        anyhow!("{} exited {status}\n{}", self.name, format_log_tail(&self.log))
    }
}

/// The last lines of a log, under its name.
pub(crate) fn format_log_tail(log: &Path) -> String {
    format!("last lines of {}:\n{}", relative_to_root(log), read_tail(log, TAIL_LINES))
}

/// The last lines of a file, as far as it can be read.
pub(crate) fn read_tail(file: &Path, lines: usize) -> String {
    let bytes = std::fs::read(file).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let all: Vec<&str> = text.lines().collect();
    all.iter().skip(all.len().saturating_sub(lines)).copied().collect::<Vec<_>>().join("\n")
}
