//! Checks what the machine must have before the tools can be installed.

use anyhow::{Result, ensure};
use std::process::Command;

/// Fails with a line for each missing program, which says how to get it.
pub(crate) fn check_prerequisites() -> Result<()> {
    let prerequisites = [
        ("Python 3.10 or newer", has_python(), "apt install python3-venv, or brew install python"),
        (
            "Java 17 or newer",
            has_java(),
            "apt install openjdk-17-jdk-headless, or brew install openjdk",
        ),
        ("Maven", can_run("mvn", &["--version"]), "apt install maven, or brew install maven"),
    ];
    let missing = prerequisites
        .iter()
        .filter(|(_, is_present, _)| !is_present)
        .map(|(what, _, how)| format!("{what} is missing: {how}"));
    let missing: Vec<String> = missing.collect();
    ensure!(missing.is_empty(), "{}", missing.join("\nerror: "));
    Ok(())
}

/// Debian has the module that creates environments in a package of its own.
fn has_python() -> bool {
    can_run("python3", &["-c", "import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 10))"])
}

/// DynamoDB Local is started from a source file, which needs the whole JDK.
fn has_java() -> bool {
    let output = Command::new("java").args(["--list-modules"]).output();
    output.is_ok_and(|output| {
        let modules = String::from_utf8_lossy(&output.stdout).into_owned();
        modules
            .lines()
            .find_map(|line| line.strip_prefix("jdk.compiler@"))
            .and_then(parse_major)
            .is_some_and(|major| major >= 17)
    })
}

fn parse_major(version: &str) -> Option<u32> {
    version.split(['.', '-', '+']).next()?.parse().ok()
}

fn can_run(program: &str, arguments: &[&str]) -> bool {
    Command::new(program).args(arguments).output().is_ok_and(|output| output.status.success())
}
