//! Finds or installs cargo-deny, which checks the licences and sources of dependencies (deny.toml). The developer's commands
//! work without it, so a machine where it can't be installed is no error.

use crate::cargo::cargo_command;
use crate::paths::tools_dir;
use crate::process::{Supervisor, new_command};
use crate::progress::run_captured;
use std::path::Path;
use tokio::process::Command;

const VERSION: &str = "0.20.2";

/// The command that checks dependencies, or `None` where cargo-deny is neither installed nor can be, as without a network.
/// The first call builds it, which takes two minutes on two cores.
pub(crate) async fn find_cargo_deny(supervisor: &Supervisor) -> Option<Command> {
    let folder = tools_dir().join("cargo-deny");
    let own = folder.join("bin/cargo-deny");
    for program in [own.as_path(), Path::new("cargo-deny")] {
        if runs(supervisor, program).await {
            return Some(check_command(program));
        }
    }
    let mut install = cargo_command();
    install.args(["install", "cargo-deny", "--locked", "--version", VERSION, "--root"]);
    install.arg(&folder);
    let installed =
        run_captured(supervisor, "installing cargo-deny", "install-cargo-deny", install);
    installed.await.ok()?;
    Some(check_command(&own))
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
