//! `cargo xtask test`: runs the tests of the workspace, with a stack of its own for those that need one.

use crate::cargo::cargo_command;
use crate::cli::TestArgs;
use crate::grants;
use crate::paths::workspace_root;
use crate::process::Supervisor;
use crate::progress::{print_step, run_inherited};
use crate::stack::{
    OPTIMIZED_PROFILE, Runner, SizeLimits, StackOptions, StoreKind, build_functions, embedded,
    free_port, start_stack,
};
use anyhow::Result;
use people_template::Template;
use std::process::ExitStatus;
use std::time::Duration;
use tokio::process::Command;

/// Instances of each function, so that requests sent together run together.
const CONCURRENCY: u8 = 4;

/// The stack of a test's thread. Futures that are not optimised nest deeper than the default of 2 MB allows.
const MIN_STACK: &str = "RUST_MIN_STACK";
const STACK_BYTES: &str = "8388608";

/// A queue hides a message for many minutes, so that no second worker takes it while the first still works. That is too
/// long for the tests of failures.
const RETRY: Duration = Duration::from_secs(1);

/// Name of the stack's files.
const STACK_NAME: &str = "test-stack";

/// Tests that need what the embedded store lacks; docs/ARCHITECTURE.md lists them with the reasons.
const ONLY_ON_DYNAMODB_LOCAL: [&str; 2] = ["crash::", "api_gateway::"];

/// The variable that names the description of the stack.
const STACK_VARIABLE: &str = "PEOPLE_STACK";

/// Number of slow tests in the list.
const SLOWEST_COUNT: usize = 10;

/// Starts a test program so that it reports the time of each test, which libtest does only where unstable options are
/// allowed. The environment of Cargo itself stays the same, or it would build everything again.
const TIMED_RUNNER: &str = r#"target.'cfg(all())'.runner = ["sh", "-c",
    'RUSTC_BOOTSTRAP=1 exec "$0" "$@" -Z unstable-options --report-time']"#;

/// Runs the tests with a stack whose functions the runner runs.
pub(crate) async fn run(supervisor: &Supervisor, args: TestArgs, runner: Runner) -> Result<u8> {
    if args.no_run {
        return build_only(supervisor, args).await;
    }
    let (port, concurrency) = (free_port()?, CONCURRENCY);
    let log = grants::call_log_path(STACK_NAME);
    _ = std::fs::remove_file(&log);
    let options = StackOptions {
        store: args.store,
        name: STACK_NAME,
        command: "cargo xtask test",
        port,
        release: args.release,
        concurrency,
        runner,
        call_log: Some(log.clone()),
        payload_limit: None,
        retry: Some(RETRY),
        size_limits: SizeLimits::On,
    };
    let stack = start_stack(supervisor, &options).await?;
    print_step("running the tests");
    let mut command = cargo_command();
    command.arg("test").env(STACK_VARIABLE, &stack.file.path).env(MIN_STACK, STACK_BYTES);
    if args.release {
        command.args(["--profile", OPTIMIZED_PROFILE]);
    }
    if args.slowest {
        command.args(["--config", &TIMED_RUNNER.replace('\n', " ")]);
    }
    let is_embedded = args.store == StoreKind::Embedded;
    // Only all tests together make every call.
    let has_all_tests = args.arguments.is_empty() && !is_embedded;
    command.args(&args.arguments);
    if is_embedded {
        skip_tests(&mut command, &args.arguments);
    }
    let status = if args.slowest {
        run_timed(supervisor, command).await?
    } else {
        supervisor.run(command).await?
    };
    if has_all_tests && status.success() {
        grants::check_grants(&stack.template, &log)?;
    }
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}

/// Leaves out the tests that need DynamoDB Local or the Lambda binaries.
fn skip_tests(command: &mut Command, arguments: &[String]) {
    if !arguments.iter().any(|argument| argument == "--") {
        command.arg("--");
    }
    for test in ONLY_ON_DYNAMODB_LOCAL {
        command.args(["--skip", test]);
    }
}

/// Builds the tests and the functions, and starts nothing.
async fn build_only(supervisor: &Supervisor, args: TestArgs) -> Result<u8> {
    match args.store {
        StoreKind::DynamodbLocal => {
            build_functions(supervisor, &Template::read(&workspace_root())?, false).await?;
        }
        StoreKind::Embedded => embedded::build_server(supervisor, false).await?,
    }
    let mut command = cargo_command();
    command.args(["test", "--no-run"]).args(args.arguments);
    run_inherited(supervisor, "building the tests", command).await?;
    Ok(0)
}

/// Runs the tests and lists those that took longest.
async fn run_timed(supervisor: &Supervisor, command: Command) -> Result<ExitStatus> {
    let mut times = Vec::new();
    let status = supervisor
        .run_with_lines(command, |line| {
            println!("{line}");
            times.extend(parse_time(line));
        })
        .await?;
    times.sort_by(|a: &(f64, String), b| b.0.total_cmp(&a.0));
    println!("\nslowest tests, in seconds:");
    times.iter().take(SLOWEST_COUNT).for_each(|(seconds, name)| println!("{seconds:>8.1}  {name}"));
    Ok(status)
}

/// Reads the name and the seconds of a test that has passed: `test a::b ... ok <1.234s>`.
fn parse_time(line: &str) -> Option<(f64, String)> {
    let (name, rest) = line.strip_prefix("test ")?.split_once(" ... ")?;
    let seconds = rest.split_once('<')?.1.strip_suffix("s>")?.parse().ok()?;
    Some((seconds, name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::{ONLY_ON_DYNAMODB_LOCAL, parse_time, workspace_root};

    #[test]
    fn tests_on_dynamodb_local_alone_are_documented() {
        let document = std::fs::read_to_string(workspace_root().join("docs/ARCHITECTURE.md"));
        let document = document.unwrap();
        for test in ONLY_ON_DYNAMODB_LOCAL {
            assert!(document.contains(&format!("`{test}` in `tests/api`")), "{test}");
        }
    }

    #[test]
    fn the_time_of_a_test_is_read() {
        assert_eq!(parse_time("test a::b ... ok <1.5s>"), Some((1.5, "a::b".to_owned())));
        assert_eq!(parse_time("test a::b ... ok"), None);
        assert_eq!(parse_time("running 3 tests"), None);
    }
}
