//! Installs the tools with pip and Maven, and shows the progress.

use crate::paths::workspace_root;
use crate::process::{Supervisor, new_command};
use crate::progress::run_captured;
use anyhow::Result;
use std::path::{Path, PathBuf};

/// Folder of the Python environment.
pub(crate) fn python_dir(folder: &Path) -> PathBuf {
    folder.join("python")
}

/// Folder of DynamoDB Local and its libraries.
pub(crate) fn dynamodb_dir(folder: &Path) -> PathBuf {
    folder.join("dynamodb")
}

pub(crate) async fn install_python(supervisor: &Supervisor, folder: &Path) -> Result<()> {
    let environment = python_dir(folder);
    let mut create = new_command("python3");
    create.args(["-m", "venv", "--clear"]).arg(&environment);
    run_captured(
        supervisor,
        "creating a Python environment in target/tools",
        "install-venv",
        create,
    )
    .await?;
    let mut install = new_command(environment.join("bin/python"));
    install.args(["-m", "pip", "install", "--disable-pip-version-check", "--requirement"]);
    install.arg(workspace_root().join("xtask/tools/requirements.txt"));
    run_captured(
        supervisor,
        "installing cargo-lambda, ministack and the template checks",
        "install-python",
        install,
    )
    .await
}

pub(crate) async fn install_dynamodb(supervisor: &Supervisor, folder: &Path) -> Result<()> {
    let libraries = dynamodb_dir(folder);
    if libraries.exists() {
        std::fs::remove_dir_all(&libraries)?;
    }
    let mut install = new_command("mvn");
    install.args(["--batch-mode", "--file"]).arg(workspace_root().join("xtask/tools/pom.xml"));
    install
        .arg("dependency:copy-dependencies")
        .arg(format!("-DoutputDirectory={}", libraries.display()));
    run_captured(supervisor, "installing DynamoDB Local", "install-dynamodb", install).await
}
