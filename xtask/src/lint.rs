//! All checks that need no stack. Every one runs, so that one run names all that is to mend.

use crate::cargo::cargo;
use crate::process::Family;
use crate::progress::{openly, say};
use crate::root::{local, root};
use crate::sync;
use crate::tools::Tools;
use anyhow::{Result, ensure};
use std::path::Path;
use tokio::process::Command;

pub(crate) async fn run(family: &Family) -> Result<u8> {
    let tools = Tools::ensure(family).await?;
    say("routes, folders and packages");
    let mut failures = Vec::from_iter(sync::run(true).err());
    let checks = [
        ("format", format()),
        ("template", lint_template(&tools)),
        (
            "template as CloudFormation gets it",
            check_template(&tools, &root().join("template.yaml"))?,
        ),
        ("lints", clippy(&["--workspace", "--all-targets"])),
        // Not in `--all-targets`, because `cargo test` leaves them out.
        ("lints of the long tests", clippy(&["--package", "people-tests", "--test", "long"])),
    ];
    for (title, command) in checks {
        failures.extend(openly(family, title, command).await.err());
    }
    for failure in &failures {
        eprintln!("error: {failure:#}");
    }
    ensure!(failures.is_empty(), "{} of the checks failed", failures.len());
    Ok(0)
}

fn lint_template(tools: &Tools) -> Command {
    let mut command = tools.python("cfn-lint");
    command.arg("template.yaml");
    command
}

/// Transforms a template as SAM does, and checks the result and its policies.
pub(crate) fn check_template(tools: &Tools, template: &Path) -> Result<Command> {
    std::fs::create_dir_all(local())?;
    let mut command = tools.python("python");
    command.arg(root().join("xtask/tools/check_template.py")).arg(template);
    command.arg(local().join("template.json"));
    Ok(command)
}

fn format() -> Command {
    let mut command = cargo();
    command.args(["fmt", "--all", "--check"]);
    command
}

fn clippy(targets: &[&str]) -> Command {
    let mut command = cargo();
    command.arg("clippy").args(targets).args(["--", "-D", "warnings"]);
    command
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::PoisonError;

    /// The output of the check for the template after changes; empty for a sound one.
    fn faults(changes: &[(&str, &str)]) -> String {
        let _alone = crate::process::ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = std::fs::read_to_string(root().join("template.yaml")).unwrap();
        for (from, to) in changes {
            assert!(text.contains(from), "{from}");
            text = text.replace(from, to);
        }
        let folder = tempfile::tempdir().unwrap();
        let template = folder.path().join("template.yaml");
        std::fs::write(&template, text).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (mut family, _deaths) = Family::new().unwrap();
            let tools = Tools::ensure(&family).await.unwrap();
            let output = family.output(check_template(&tools, &template).unwrap()).await.unwrap();
            family.end().await;
            let said = String::from_utf8(output.stdout).unwrap();
            assert_eq!(output.status.success(), said.is_empty(), "{said}");
            said
        })
    }

    #[test]
    fn unknown_actions_and_condition_keys_are_faults() {
        let said = faults(&[
            ("dynamodb:ConditionCheckItem", "dynamodb:ConditionChekItem"),
            ("dynamodb:LeadingKeys", "dynamodb:LeadingKeyz"),
            ("aws:SecureTransport", "aws:SecureTranport"),
        ]);
        let named = ["dynamodb:ConditionChekItem", "dynamodb:LeadingKeyz", "aws:SecureTranport"];
        assert!(named.iter().all(|name| said.contains(name)), "{said}");
    }

    #[test]
    fn an_unknown_key_of_a_function_is_a_fault() {
        let said = faults(&[("ScalingConfig:", "ScalingConfigg:")]);
        assert!(said.contains("property ScalingConfigg not defined"), "{said}");
    }
}
