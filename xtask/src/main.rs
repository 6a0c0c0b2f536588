//! The developer's commands, which `cargo xtask --help` lists. The processes that a command starts end with it: when it
//! returns, when a signal arrives, and when it panics.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool prints its results"
)]

mod cargo;
mod cli;
mod dev;
mod dist;
mod grants;
mod http;
mod lint;
mod long;
mod names;
mod package;
mod paths;
mod process;
mod progress;
mod soak;
mod stack;
mod sync;
mod test;
mod tidy;
mod tools;

use anyhow::Result;
use clap::Parser;
use process::{Supervisor, wait_for_interrupt};
use std::process::ExitCode;

fn main() -> ExitCode {
    match run_supervised(cli::Xtask::parse().command) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs the command until it returns, a service that it started exits, or a signal arrives, and ends every child process.
#[tokio::main(flavor = "current_thread")]
async fn run_supervised(command: cli::XtaskCommand) -> Result<u8> {
    let (mut supervisor, mut exits) = Supervisor::new()?;
    let result = tokio::select! {
        code = command.run(&supervisor) => code,
        Some(exit) = exits.recv() => Err(exit.into_error()),
        code = wait_for_interrupt() => code,
    };
    supervisor.end_all().await;
    result
}
