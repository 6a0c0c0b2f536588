//! The pinned tools under target/tools: cargo-lambda, ministack and the template checks in a Python environment of their
//! own, and DynamoDB Local with its libraries. requirements.txt and pom.xml in xtask/tools/ name the versions.

mod cargo_deny;
mod install;
mod prerequisites;

pub(crate) use cargo_deny::{find_cargo_deny, install_cargo_deny};

use crate::paths::{tools_dir, workspace_root};
use crate::process::{FileLock, Supervisor, new_command};
use anyhow::Result;
use std::path::{Path, PathBuf};
use tokio::process::Command;

/// The pinned versions. The marker contains a copy, so that a changed line installs the tools again.
const REQUIREMENTS: &str = include_str!("../../tools/requirements.txt");
const POM: &str = include_str!("../../tools/pom.xml");

pub(crate) struct Tools {
    folder: PathBuf,
}

impl Tools {
    /// Returns the tools, and installs them first unless the pinned versions are there.
    pub(crate) async fn ensure_installed(supervisor: &Supervisor) -> Result<Self> {
        let folder = tools_dir();
        std::fs::create_dir_all(&folder)?;
        let _lock = FileLock::acquire(&folder.join("lock")).await?;
        let marker = folder.join("installed");
        if std::fs::read_to_string(&marker).is_ok_and(|installed| installed == format_pins(&folder))
        {
            return Ok(Self { folder });
        }
        prerequisites::check_prerequisites()?;
        install::install_python(supervisor, &folder).await?;
        install::install_dynamodb(supervisor, &folder).await?;
        std::fs::write(marker, format_pins(&folder))?;
        Ok(Self { folder })
    }

    /// A tool of the Python environment, with that environment on its path: cargo-lambda finds its linker there.
    pub(crate) fn python_command(&self, tool: &str) -> Command {
        let programs = install::python_dir(&self.folder).join("bin");
        let mut command = new_command(programs.join(tool));
        let path = std::env::var_os("PATH").unwrap_or_default();
        let all = std::iter::once(programs).chain(std::env::split_paths(&path));
        command.envs(std::env::join_paths(all).map(|path| ("PATH", path)));
        command
    }

    /// DynamoDB Local, in memory, on this port of the loopback interface.
    pub(crate) fn dynamodb_command(&self, port: u16) -> Command {
        let libraries = install::dynamodb_dir(&self.folder);
        let mut command = new_command("java");
        command.arg(format!("-Djava.library.path={}", libraries.display()));
        command.arg("-cp").arg(libraries.join("*"));
        command.arg(workspace_root().join("xtask/tools/LoopbackDynamoDb.java"));
        command.args(["-inMemory", "-sharedDb", "-disableTelemetry", "-port", &port.to_string()]);
        command
    }
}

/// A Python environment contains its own path, so the tools are installed again in a moved folder.
fn format_pins(folder: &Path) -> String {
    format!("{}\n{REQUIREMENTS}{POM}", folder.display())
}
