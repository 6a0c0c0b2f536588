//! What the machine must have before anything can be installed, and how to get it.

use anyhow::{Result, ensure};
use std::process::Command;

/// Says in a line each what is missing.
pub(crate) fn check() -> Result<()> {
    let needs = [
        ("Python 3.10 or newer", python(), "apt install python3-venv, or brew install python"),
        (
            "Java 17 or newer",
            java(),
            "apt install openjdk-17-jdk-headless, or brew install openjdk",
        ),
        ("Maven", answers("mvn", &["--version"]), "apt install maven, or brew install maven"),
    ];
    let missing = needs
        .iter()
        .filter(|(_, there, _)| !there)
        .map(|(what, _, how)| format!("{what} is missing: {how}"));
    let missing: Vec<String> = missing.collect();
    ensure!(missing.is_empty(), "{}", missing.join("\nerror: "));
    Ok(())
}

/// The module that creates environments is a package of its own on Debian.
fn python() -> bool {
    answers("python3", &["-c", "import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 10))"])
}

/// Running a source file, as DynamoDB Local's launcher is run, needs the whole JDK.
fn java() -> bool {
    let output = Command::new("java").args(["--list-modules"]).output();
    output.is_ok_and(|output| {
        let modules = String::from_utf8_lossy(&output.stdout).into_owned();
        modules
            .lines()
            .find_map(|line| line.strip_prefix("jdk.compiler@"))
            .and_then(major)
            .is_some_and(|major| major >= 17)
    })
}

fn major(version: &str) -> Option<u32> {
    version.split(['.', '-', '+']).next()?.parse().ok()
}

fn answers(program: &str, arguments: &[&str]) -> bool {
    Command::new(program).args(arguments).output().is_ok_and(|output| output.status.success())
}
