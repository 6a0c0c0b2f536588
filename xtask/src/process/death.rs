//! The end of a service that should have gone on, told with the last lines of its log.

use crate::root::shown;
use anyhow::{Error, anyhow};
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

/// Lines of a log that are shown.
const TAIL: usize = 20;

pub(crate) struct Death {
    pub(crate) name: &'static str,
    pub(crate) status: Option<ExitStatus>,
    pub(crate) log: PathBuf,
}

impl Death {
    pub(crate) fn into_error(self) -> Error {
        let status = self
            .status
            .map_or("for an unknown reason".to_owned(), |status| format!("with {status}"));
        anyhow!("{} ended {status}\n{}", self.name, told(&self.log))
    }
}

/// The last lines of a log, under its name.
pub(crate) fn told(log: &Path) -> String {
    format!("last lines of {}:\n{}", shown(log), tail(log, TAIL))
}

/// The last lines of a file, as far as it can be read.
pub(crate) fn tail(log: &Path, lines: usize) -> String {
    let bytes = std::fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let all: Vec<&str> = text.lines().collect();
    all.iter().skip(all.len().saturating_sub(lines)).copied().collect::<Vec<_>>().join("\n")
}
