//! The pinned tools, under target/tools: cargo-lambda, ministack and the checks of the template in a Python environment of
//! their own, and
//! DynamoDB Local with its libraries. The versions stand in xtask/tools/, in requirements.txt and pom.xml.

mod install;
mod needs;

use crate::process::{Family, Lock, command};
use crate::root::{root, tools};
use anyhow::Result;
use std::path::{Path, PathBuf};
use tokio::process::Command;

/// What is installed; the marker holds a copy, so that a changed line installs again.
const REQUIREMENTS: &str = include_str!("../../tools/requirements.txt");
const POM: &str = include_str!("../../tools/pom.xml");

pub(crate) struct Tools {
    folder: PathBuf,
}

impl Tools {
    /// The tools, installed first if they are not there as pinned.
    pub(crate) async fn ensure(family: &Family) -> Result<Self> {
        let folder = tools();
        std::fs::create_dir_all(&folder)?;
        let _lock = Lock::wait(&folder.join("lock")).await?;
        let marker = folder.join("installed");
        if std::fs::read_to_string(&marker).is_ok_and(|installed| installed == pins(&folder)) {
            return Ok(Self { folder });
        }
        needs::check()?;
        install::python(family, &folder).await?;
        install::dynamodb(family, &folder).await?;
        std::fs::write(marker, pins(&folder))?;
        Ok(Self { folder })
    }

    /// A tool of the Python environment. It finds others there on its path: cargo-lambda its linker.
    pub(crate) fn python(&self, tool: &str) -> Command {
        let programs = install::environment(&self.folder).join("bin");
        let mut command = command(programs.join(tool));
        let path = std::env::var_os("PATH").unwrap_or_default();
        let all = std::iter::once(programs).chain(std::env::split_paths(&path));
        command.envs(std::env::join_paths(all).map(|path| ("PATH", path)));
        command
    }

    /// DynamoDB Local on this port of the loopback interface, in memory.
    pub(crate) fn dynamodb(&self, port: u16) -> Command {
        let libraries = install::libraries(&self.folder);
        let mut command = command("java");
        command.arg(format!("-Djava.library.path={}", libraries.display()));
        command.arg("-cp").arg(libraries.join("*"));
        command.arg(root().join("xtask/tools/LoopbackDynamoDb.java"));
        command.args(["-inMemory", "-sharedDb", "-disableTelemetry", "-port", &port.to_string()]);
        command
    }
}

/// The environment holds its own path, so a moved folder is installed again.
fn pins(folder: &Path) -> String {
    format!("{}\n{REQUIREMENTS}{POM}", folder.display())
}
