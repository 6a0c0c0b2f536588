//! All checks that need no stack. Every one runs, so that one run names all that is to mend.

use crate::cargo::cargo;
use crate::process::Family;
use crate::progress::{openly, say};
use crate::sync;
use crate::tools::Tools;
use anyhow::{Result, ensure};
use tokio::process::Command;

pub(crate) async fn run(family: &Family) -> Result<u8> {
    let tools = Tools::ensure(family).await?;
    say("routes, folders and packages");
    let mut failures = Vec::from_iter(sync::run(true).err());
    let mut template = tools.python("cfn-lint");
    template.arg("template.yaml");
    for (title, command) in [("format", format()), ("template", template), ("lints", clippy())] {
        failures.extend(openly(family, title, command).await.err());
    }
    for failure in &failures {
        eprintln!("error: {failure:#}");
    }
    ensure!(failures.is_empty(), "{} of the checks failed", failures.len());
    Ok(0)
}

fn format() -> Command {
    let mut command = cargo();
    command.args(["fmt", "--all", "--check"]);
    command
}

fn clippy() -> Command {
    let mut command = cargo();
    command.args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]);
    command
}
