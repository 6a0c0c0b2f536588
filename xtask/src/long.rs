//! `cargo xtask long NAME`: what takes longer than CI has time for. Each ends with one line that says what came of it.

use crate::cargo::cargo;
use crate::cli::{Long, LongArgs, SoakArgs, TestArgs};
use crate::process::Family;
use crate::progress::say;
use crate::{soak, test};
use anyhow::Result;
use std::time::Instant;

/// Executions of the scanner's fuzzer.
const FUZZ: &str = "2000000";

pub(crate) async fn run(family: &Family, args: LongArgs) -> Result<u8> {
    let began = Instant::now();
    let code = match args.name {
        Long::Soak => soak::run(family, SoakArgs { megabytes: 80, debug: false }).await?,
        Long::Cache => tests(family, "change::").await?,
        Long::Crash => tests(family, "points::").await?,
        Long::Memory => tests(family, "memory::").await?,
        Long::Flood => tests(family, "flood::").await?,
        Long::Search => tests(family, "search::").await?,
        Long::Fuzz => fuzz(family).await?,
    };
    let outcome = if code == 0 { "passed" } else { "FAILED" };
    say(&format!("long {}: {outcome} in {} s", args.name.as_str(), began.elapsed().as_secs()));
    Ok(code)
}

/// The tests that `cargo test` leaves out, of one kind.
async fn tests(family: &Family, kind: &str) -> Result<u8> {
    let words =
        ["-p", "people-tests", "--test", "long", "--", "--nocapture", "--test-threads=1", kind];
    let arguments = words.map(str::to_owned).into();
    test::run(family, TestArgs { arguments, slowest: false, no_run: false }).await
}

async fn fuzz(family: &Family) -> Result<u8> {
    let mut command = cargo();
    command.args(["test", "--release", "-p", "people-domain", "--test", "job", "fuzz::many", "--"]);
    command.args(["--ignored", "--nocapture"]).env("FUZZ_EXECUTIONS", FUZZ);
    let status = family.run(command).await?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}
