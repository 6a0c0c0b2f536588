//! `cargo xtask test`: every test of the workspace, with a stack of its own for those that ask for one.

use crate::cargo::cargo;
use crate::cli::TestArgs;
use crate::process::Family;
use crate::progress::say;
use crate::stack::{Options, free_port, start};
use anyhow::Result;
use std::time::Duration;

/// Instances of one function, so that requests sent together do meet. All of them start with the first request:
/// 4 take 5 s on two cores, 8 take 16 s.
const CONCURRENCY: u8 = 4;

/// A queue hides a message for many minutes, so that no second worker takes what the first still does. No test waits so
/// long for what has failed.
const RETRY: Duration = Duration::from_secs(1);

/// Names the stack's description to the tests.
const STACK: &str = "PEOPLE_STACK";

pub(crate) async fn run(family: &Family, args: TestArgs) -> Result<u8> {
    let (port, concurrency) = (free_port()?, CONCURRENCY);
    let options = Options {
        name: "test-stack",
        command: "cargo xtask test",
        port,
        release: false,
        concurrency,
        reload: false,
        payload_limit: None,
        retry: Some(RETRY),
    };
    let stack = start(family, &options).await?;
    say("running the tests");
    let mut command = cargo();
    command.arg("test").args(args.arguments).env(STACK, &stack.published.path);
    let status = family.run(command).await?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}
