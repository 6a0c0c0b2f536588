//! How every child process is started: as leader of its own process group, so that Ctrl-C reaches this command first;
//! without standard input; and without the variables that `cargo run` sets for this binary.

use crate::paths::workspace_root;
use anyhow::{Context, Result};
use std::ffi::OsStr;
use std::fs::File;
use std::path::Path;
use std::process::Stdio;
use tokio::process::Command;

/// Variables that Cargo sets for the one crate that it runs. Build scripts that read them would run again.
const SET_BY_CARGO_RUN: [&str; 6] = [
    "CARGO_PKG_",
    "CARGO_MANIFEST_",
    "CARGO_BIN_",
    "CARGO_CRATE_NAME",
    "CARGO_PRIMARY_PACKAGE",
    "OUT_DIR",
];

/// A command that runs in the root of the workspace.
pub(crate) fn new_command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(workspace_root()).process_group(0).stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        if SET_BY_CARGO_RUN.iter().any(|prefix| name.to_string_lossy().starts_with(prefix)) {
            command.env_remove(name);
        }
    }
    command
}

/// Sends both outputs of the command to a new file.
pub(crate) fn log_to(command: &mut Command, log: &Path) -> Result<()> {
    let file = File::create(log).with_context(|| format!("can't write {}", log.display()))?;
    command.stdout(file.try_clone()?).stderr(file);
    Ok(())
}
