//! Finds or installs cargo-deny, which checks the licences and sources of dependencies (deny.toml). The other commands
//! work without it, and `lint` skips the check, because a build of it takes as long as all other lints.

use crate::cargo::cargo_command;
use crate::paths::tools_dir;
use crate::process::{Supervisor, new_command};
use crate::progress::run_captured;
use anyhow::Result;
use std::path::{Path, PathBuf};
use tokio::process::Command;

const VERSION: &str = "0.20.2";

/// The command that checks dependencies, or `None` without cargo-deny.
pub(crate) async fn find_cargo_deny(supervisor: &Supervisor) -> Option<Command> {
    let own = install_dir().join("bin/cargo-deny");
    for program in [own.as_path(), Path::new("cargo-deny")] {
        if runs(supervisor, program).await {
            return Some(check_command(program));
        }
    }
    None
}

/// Builds cargo-deny in target/tools, which takes two minutes on two cores, unless it is there.
pub(crate) async fn install_cargo_deny(supervisor: &Supervisor) -> Result<()> {
    if find_cargo_deny(supervisor).await.is_some() {
        return Ok(());
    }
    let mut install = cargo_command();
    install.args(["install", "cargo-deny", "--locked", "--version", VERSION, "--root"]);
    install.arg(install_dir());
    run_captured(supervisor, "installing cargo-deny", "install-cargo-deny", install).await?;
    Ok(())
}

fn install_dir() -> PathBuf {
    tools_dir().join("cargo-deny")
}

async fn runs(supervisor: &Supervisor, program: &Path) -> bool {
    let mut version = new_command(program);
    version.arg("--version");
    supervisor.output(version).await.is_ok_and(|output| output.status.success())
}

fn check_command(program: &Path) -> Command {
    let mut command = new_command(program);
    command.args(["--log-level", "warn", "check", "--hide-inclusion-graph"]);
    command.args(["licenses", "bans", "sources"]);
    command
}
