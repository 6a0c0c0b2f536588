//! `cargo xtask test`: every test of the workspace, with a stack of its own for those that ask for one.

use crate::cargo::cargo;
use crate::cli::TestArgs;
use crate::grants;
use crate::process::Family;
use crate::progress::{openly, say};
use crate::root::root;
use crate::stack::{Options, SizeLimits, build_functions, free_port, start};
use crate::template::Template;
use anyhow::Result;
use std::process::ExitStatus;
use std::time::Duration;
use tokio::process::Command;

/// Instances of one function, so that requests sent together do meet. All of them start with the first request:
/// 4 take 5 s on two cores, 8 take 16 s.
const CONCURRENCY: u8 = 4;

/// A queue hides a message for many minutes, so that no second worker takes what the first still does. No test waits so
/// long for what has failed.
const RETRY: Duration = Duration::from_secs(1);

/// Name of the stack's files.
const STACK_NAME: &str = "test-stack";

/// Names the stack's description to the tests.
const STACK: &str = "PEOPLE_STACK";

/// How many tests are named that took longest.
const SLOWEST: usize = 10;

/// Starts a test program so that it tells how long each test took, which libtest does only where unstable options are
/// allowed. Cargo's own environment stays as it is, or it would build everything anew.
const TIMED_RUNNER: &str = r#"target.'cfg(all())'.runner = ["sh", "-c",
    'RUSTC_BOOTSTRAP=1 exec "$0" "$@" -Z unstable-options --report-time']"#;

pub(crate) async fn run(family: &Family, args: TestArgs) -> Result<u8> {
    if args.no_run {
        return build(family, args).await;
    }
    let (port, concurrency) = (free_port()?, CONCURRENCY);
    let log = grants::call_log(STACK_NAME);
    _ = std::fs::remove_file(&log);
    let options = Options {
        name: STACK_NAME,
        command: "cargo xtask test",
        port,
        release: false,
        concurrency,
        reload: false,
        call_log: Some(log.clone()),
        payload_limit: None,
        retry: Some(RETRY),
        size_limits: SizeLimits::On,
    };
    let stack = start(family, &options).await?;
    say("running the tests");
    let mut command = cargo();
    command.arg("test").env(STACK, &stack.published.path);
    if args.slowest {
        command.args(["--config", &TIMED_RUNNER.replace('\n', " ")]);
    }
    // Only all tests together make every call.
    let is_whole = args.arguments.is_empty();
    command.args(args.arguments);
    let status = match args.slowest {
        true => timed(family, command).await?,
        false => family.run(command).await?,
    };
    if is_whole && status.success() {
        grants::check(&stack.template, &log)?;
    }
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}

/// Builds what the tests run, and starts nothing.
async fn build(family: &Family, args: TestArgs) -> Result<u8> {
    build_functions(family, &Template::read(&root())?, false).await?;
    let mut command = cargo();
    command.args(["test", "--no-run"]).args(args.arguments);
    openly(family, "building the tests", command).await?;
    Ok(0)
}

/// Runs the tests and names those that took longest.
async fn timed(family: &Family, command: Command) -> Result<ExitStatus> {
    let mut times = Vec::new();
    let status = family
        .lines(command, |line| {
            println!("{line}");
            times.extend(time(line));
        })
        .await?;
    times.sort_by(|a: &(f64, String), b| b.0.total_cmp(&a.0));
    println!("\nslowest tests, in seconds:");
    times.iter().take(SLOWEST).for_each(|(seconds, name)| println!("{seconds:>8.1}  {name}"));
    Ok(status)
}

/// The name and the seconds of a test that has passed: `test a::b ... ok <1.234s>`.
fn time(line: &str) -> Option<(f64, String)> {
    let (name, rest) = line.strip_prefix("test ")?.split_once(" ... ")?;
    let seconds = rest.split_once('<')?.1.strip_suffix("s>")?.parse().ok()?;
    Some((seconds, name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::time;

    #[test]
    fn a_test_tells_its_time() {
        assert_eq!(time("test a::b ... ok <1.5s>"), Some((1.5, "a::b".to_owned())));
        assert_eq!(time("test a::b ... ok"), None);
        assert_eq!(time("running 3 tests"), None);
    }
}
