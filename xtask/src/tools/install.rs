//! How each tool is installed: by Python's and Java's own installers, with progress shown.

use crate::process::{Family, command};
use crate::progress::quietly;
use crate::root::root;
use anyhow::Result;
use std::path::{Path, PathBuf};

/// Folder of the Python environment.
pub(crate) fn environment(folder: &Path) -> PathBuf {
    folder.join("python")
}

/// Folder of DynamoDB Local and its libraries.
pub(crate) fn libraries(folder: &Path) -> PathBuf {
    folder.join("dynamodb")
}

pub(crate) async fn python(family: &Family, folder: &Path) -> Result<()> {
    let environment = environment(folder);
    let mut create = command("python3");
    create.args(["-m", "venv", "--clear"]).arg(&environment);
    quietly(family, "creating a Python environment in target/tools", "install-venv", create)
        .await?;
    let mut install = command(environment.join("bin/python"));
    install.args(["-m", "pip", "install", "--disable-pip-version-check", "--requirement"]);
    install.arg(root().join("xtask/tools/requirements.txt"));
    quietly(
        family,
        "installing cargo-lambda, ministack and what checks the template",
        "install-python",
        install,
    )
    .await
}

pub(crate) async fn dynamodb(family: &Family, folder: &Path) -> Result<()> {
    let libraries = libraries(folder);
    if libraries.exists() {
        std::fs::remove_dir_all(&libraries)?;
    }
    let mut install = command("mvn");
    install.args(["--batch-mode", "--file"]).arg(root().join("xtask/tools/pom.xml"));
    install
        .arg("dependency:copy-dependencies")
        .arg(format!("-DoutputDirectory={}", libraries.display()));
    quietly(family, "installing DynamoDB Local", "install-dynamodb", install).await
}
