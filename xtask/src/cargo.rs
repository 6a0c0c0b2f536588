//! Runs Cargo and reads what it knows about the workspace.

use crate::paths::workspace_root;
use crate::process::new_command;
use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use std::path::PathBuf;
use tokio::process::Command;

#[derive(Deserialize)]
pub(crate) struct Workspace {
    pub(crate) packages: Vec<Package>,
    pub(crate) target_directory: PathBuf,
}

#[derive(Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) manifest_path: PathBuf,
    pub(crate) targets: Vec<Target>,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    /// `dev` or `build`; nothing for one that is linked.
    kind: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Target {
    pub(crate) name: String,
    pub(crate) kind: Vec<String>,
    pub(crate) src_path: PathBuf,
}

/// The Cargo that runs this binary.
pub(crate) fn cargo_command() -> Command {
    new_command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Reads the packages of the workspace, without its dependencies.
pub(crate) fn read_workspace() -> Result<Workspace> {
    let mut command = std::process::Command::new(cargo_command().as_std().get_program());
    command.args(["metadata", "--no-deps", "--format-version", "1"]);
    let output = command.current_dir(workspace_root()).output().context("can't start cargo")?;
    ensure!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    Ok(serde_json::from_slice(&output.stdout)?)
}

impl Package {
    /// The names of the packages that are linked with this one.
    pub(crate) fn linked_dependencies(&self) -> impl Iterator<Item = &str> {
        let linked = self.dependencies.iter().filter(|dependency| dependency.kind.is_none());
        linked.map(|dependency| dependency.name.as_str())
    }

    /// Whether the package builds a binary of this name.
    pub(crate) fn has_binary(&self, name: &str) -> bool {
        self.targets
            .iter()
            .any(|target| target.name == name && target.kind.iter().any(|kind| kind == "bin"))
    }
}
