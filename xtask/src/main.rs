//! The developer's commands: `cargo xtask --help` lists them.
//! Whatever a command starts ends with it: on its return, on a signal, and when it panics.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool speaks through its output"
)]

mod cargo;
mod cli;
mod dev;
mod grants;
mod house;
mod http;
mod lint;
mod long;
mod names;
mod package;
mod process;
mod progress;
mod root;
mod router;
mod soak;
mod stack;
mod sync;
mod template;
mod test;
mod tools;

use anyhow::Result;
use clap::Parser;
use process::{Family, interrupted};
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    match supervise(cli.command) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs the command until it returns, a service it started dies, or a signal arrives; then ends every child.
#[tokio::main(flavor = "current_thread")]
async fn supervise(command: cli::Command) -> Result<u8> {
    let (mut family, mut deaths) = Family::new()?;
    let outcome = tokio::select! {
        code = command.run(&family) => code,
        Some(death) = deaths.recv() => Err(death.into_error()),
        signal = interrupted() => signal,
    };
    family.end().await;
    outcome
}
