//! `cargo xtask long NAME`: checks that take longer than CI allows. The last line says whether the check passed.

use crate::cargo::cargo_command;
use crate::cli::{LongArgs, LongCheck, SoakArgs, TestArgs};
use crate::process::Supervisor;
use crate::progress::print_step;
use crate::stack::{Runner, StoreKind};
use crate::{soak, test};
use anyhow::Result;
use people_lambda_emulator::StartedBy;
use std::time::Instant;

/// Number of payloads for the scanner.
const FUZZ_PAYLOADS: &str = "2000000";

pub(crate) async fn run(supervisor: &Supervisor, args: LongArgs) -> Result<u8> {
    let began = Instant::now();
    let code = match args.check {
        LongCheck::Soak => {
            soak::run(supervisor, SoakArgs { megabytes: 80, debug: false, serve: false }).await?
        }
        LongCheck::Cache => run_tests(supervisor, "schema_rollout::").await?,
        LongCheck::Crash => run_tests(supervisor, "failpoints::").await?,
        LongCheck::Memory => run_tests(supervisor, "memory::").await?,
        LongCheck::Flood => run_tests(supervisor, "upload_flood::").await?,
        LongCheck::Search => run_tests(supervisor, "search::").await?,
        LongCheck::Reads => run_module(supervisor, "people-tests", "reads::", true).await?,
        LongCheck::Export => run_module(supervisor, "people-cli", "export::", true).await?,
        LongCheck::Identity => run_tests(supervisor, "identity::").await?,
        LongCheck::Lists => run_tests(supervisor, "px_lists::").await?,
        LongCheck::Fuzz => run_fuzzer(supervisor).await?,
        LongCheck::Stores => run_both_stores(supervisor).await?,
    };
    let outcome = if code == 0 { "passed" } else { "FAILED" };
    print_step(&format!(
        "long {}: {outcome} in {} s",
        args.check.as_str(),
        began.elapsed().as_secs()
    ));
    Ok(code)
}

/// Runs one module of the tests over HTTP that `cargo test` leaves out.
async fn run_tests(supervisor: &Supervisor, module: &str) -> Result<u8> {
    run_module(supervisor, "people-tests", module, false).await
}

/// Runs one module of the tests of a package that `cargo test` leaves out. `release`: they and the functions are
/// optimised.
async fn run_module(
    supervisor: &Supervisor,
    package: &str,
    module: &str,
    release: bool,
) -> Result<u8> {
    let arguments =
        ["-p", package, "--test", "long", "--", "--nocapture", "--test-threads=1", module];
    let arguments = arguments.map(str::to_owned).into();
    let args = TestArgs {
        store: StoreKind::DynamodbLocal,
        arguments,
        slowest: false,
        no_run: false,
        release,
    };
    test::run(supervisor, args, Runner::Pools).await
}

/// Runs all tests on each store.
async fn run_both_stores(supervisor: &Supervisor) -> Result<u8> {
    let mut times = Vec::new();
    for (store, name) in
        [(StoreKind::Embedded, "embedded"), (StoreKind::DynamodbLocal, "DynamoDB Local")]
    {
        let began = Instant::now();
        let args = TestArgs {
            store,
            arguments: Vec::new(),
            slowest: false,
            no_run: false,
            release: false,
        };
        let code = test::run(supervisor, args, Runner::Watch(StartedBy::Emulator)).await?;
        if code != 0 {
            return Ok(code);
        }
        times.push(format!("{name} {} s", began.elapsed().as_secs()));
    }
    print_step(&times.join(", "));
    Ok(0)
}

async fn run_fuzzer(supervisor: &Supervisor) -> Result<u8> {
    let mut command = cargo_command();
    command.args(["test", "--release", "-p", "people-domain", "--test", "job", "fuzz::", "--"]);
    command.arg("--nocapture").env("FUZZ_EXECUTIONS", FUZZ_PAYLOADS);
    let status = supervisor.run(command).await?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}
