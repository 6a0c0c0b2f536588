//! How every child is started: leader of its own process group, so that a Ctrl-C reaches us first, with no standard
//! input, and without the variables that `cargo run` set for this binary.

use anyhow::{Context, Result};
use std::ffi::OsStr;
use std::fs::File;
use std::path::Path;
use std::process::Stdio;
use tokio::process::Command;

/// Variables that Cargo sets for the one crate it runs. Build scripts that look at them would build again.
const SET_BY_CARGO_RUN: [&str; 6] = [
    "CARGO_PKG_",
    "CARGO_MANIFEST_",
    "CARGO_BIN_",
    "CARGO_CRATE_NAME",
    "CARGO_PRIMARY_PACKAGE",
    "OUT_DIR",
];

/// A command in the root of the workspace.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(crate::root::root()).process_group(0).stdin(Stdio::null());
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
    send_to(command, file)
}

/// Sends both outputs of the command to the end of a file, which other processes may write too.
pub(crate) fn append_to(command: &mut Command, log: &Path) -> Result<()> {
    let file = File::options().create(true).append(true).open(log);
    send_to(command, file.with_context(|| format!("can't write {}", log.display()))?)
}

fn send_to(command: &mut Command, file: File) -> Result<()> {
    command.stdout(file.try_clone()?).stderr(file);
    Ok(())
}
