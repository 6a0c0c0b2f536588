//! `cargo xtask lint`: all checks that need no stack. Each of them runs, so that one run reports every problem.

use crate::cargo::cargo_command;
use crate::cli::LintArgs;
use crate::paths::{state_dir, workspace_root};
use crate::process::Supervisor;
use crate::progress::{print_step, run_inherited};
use crate::sync;
use crate::tools::{Tools, find_cargo_deny, install_cargo_deny};
use anyhow::{Result, ensure};
use std::path::Path;
use tokio::process::Command;

pub(crate) async fn run(supervisor: &Supervisor, args: &LintArgs) -> Result<u8> {
    let tools = Tools::ensure_installed(supervisor).await?;
    print_step("routes, folders, packages and queues");
    let mut failures = Vec::from_iter(sync::run(true).err());
    let checks = [
        ("format", format_command()),
        ("template", lint_template(&tools)),
        (
            "template as CloudFormation gets it",
            check_template(&tools, &workspace_root().join("template.yaml"))?,
        ),
        ("lints", clippy_command(&["--workspace", "--all-targets"])),
        // Not in `--all-targets`, because `cargo test` leaves them out. With `--workspace`, so that the features of
        // dependencies stay as they are and nothing is compiled again.
        ("lints of the long tests", clippy_command(&["--workspace", "--test", "long"])),
    ];
    for (title, command) in checks {
        failures.extend(run_inherited(supervisor, title, command).await.err());
    }
    if args.install_cargo_deny {
        failures.extend(install_cargo_deny(supervisor).await.err());
    }
    match find_cargo_deny(supervisor).await {
        Some(command) => {
            failures.extend(run_inherited(supervisor, "dependencies", command).await.err());
        }
        None => print_step("dependencies: skipped without cargo-deny (--install-cargo-deny)"),
    }
    for failure in &failures {
        eprintln!("error: {failure:#}");
    }
    ensure!(failures.is_empty(), "{} of the checks failed", failures.len());
    Ok(0)
}

fn lint_template(tools: &Tools) -> Command {
    let mut command = tools.python_command("cfn-lint");
    command.arg("template.yaml");
    command
}

/// Checks the template after the transformation of SAM, including its policies.
pub(crate) fn check_template(tools: &Tools, template: &Path) -> Result<Command> {
    std::fs::create_dir_all(state_dir())?;
    let mut command = tools.python_command("python");
    command.arg(workspace_root().join("xtask/tools/check_template.py")).arg(template);
    command.arg(state_dir().join("template.json"));
    Ok(command)
}

fn format_command() -> Command {
    let mut command = cargo_command();
    command.args(["fmt", "--all", "--check"]);
    command
}

fn clippy_command(targets: &[&str]) -> Command {
    let mut command = cargo_command();
    command.arg("clippy").args(targets).args(["--", "-D", "warnings"]);
    command
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::PoisonError;

    /// The output of the check for the template after changes; empty if it passes.
    fn check_changed(changes: &[(&str, &str)]) -> String {
        let _lock =
            crate::process::PROCESS_TEST_LOCK.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = std::fs::read_to_string(workspace_root().join("template.yaml")).unwrap();
        for (from, to) in changes {
            assert!(text.contains(from), "{from}");
            text = text.replace(from, to);
        }
        let folder = tempfile::tempdir().unwrap();
        let template = folder.path().join("template.yaml");
        std::fs::write(&template, text).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (mut supervisor, _exits) = Supervisor::new().unwrap();
            let tools = Tools::ensure_installed(&supervisor).await.unwrap();
            let output =
                supervisor.output(check_template(&tools, &template).unwrap()).await.unwrap();
            supervisor.end_all().await;
            let printed = String::from_utf8(output.stdout).unwrap();
            assert_eq!(output.status.success(), printed.is_empty(), "{printed}");
            printed
        })
    }

    #[test]
    fn unknown_actions_and_condition_keys_are_faults() {
        let printed = check_changed(&[
            ("dynamodb:ConditionCheckItem", "dynamodb:ConditionChekItem"),
            ("dynamodb:LeadingKeys", "dynamodb:LeadingKeyz"),
            ("aws:SecureTransport", "aws:SecureTranport"),
        ]);
        let named = ["dynamodb:ConditionChekItem", "dynamodb:LeadingKeyz", "aws:SecureTranport"];
        assert!(named.iter().all(|name| printed.contains(name)), "{printed}");
    }

    #[test]
    fn an_unknown_key_of_a_function_is_a_fault() {
        let printed = check_changed(&[("ScalingConfig:", "ScalingConfigg:")]);
        assert!(printed.contains("property ScalingConfigg not defined"), "{printed}");
    }
}
