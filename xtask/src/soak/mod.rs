//! `cargo xtask soak`: sends a file of the largest payload through the whole service with optimised functions, by every
//! method of submission, and accounts for every row.
#![allow(clippy::indexing_slicing, reason = "JSON gives null for a missing value")]

mod baseline;
mod check;
mod client;
mod file;
mod peak_memory;
mod small_job_latency;

use crate::cli::SoakArgs;
use crate::paths::state_dir;
use crate::process::Supervisor;
use crate::progress::print_step;
use crate::stack::{Runner, SizeLimits, StackOptions, StoreKind, free_port, start_stack};
use anyhow::{Context, Result, ensure};
use client::SoakClient;
use file::SoakFile;
use peak_memory::PeakMemory;
use std::path::Path;
use std::time::{Duration, Instant};

/// Instances of each function: more would not run faster on two cores.
const CONCURRENCY: u8 = 3;

/// Runs of each function in one process, as in `people serve`.
const SERVER_CONCURRENCY: u8 = 2;

/// Name of the logs of the stack.
const STACK_NAME: &str = "soak-stack";

/// Logical name of the function whose log contains the waits of small jobs.
const SMALL_JOB_FUNCTION: &str = "ApplySmallJob";

/// Interval of the small jobs while the service is idle.
const IDLE_INTERVAL: Duration = Duration::from_millis(250);

/// Number of small jobs in the time that the store alone would need for the file, which is sent in no less than half of
/// that time.
const SMALL_JOBS_PER_FILE: f64 = 45.0;

/// How a payload is submitted.
#[derive(Clone, Copy, PartialEq)]
enum SubmitMethod {
    Post,
    Upload,
    UploadGzip,
}

pub(crate) async fn run(supervisor: &Supervisor, args: SoakArgs) -> Result<u8> {
    let stack = start_stack(supervisor, &options(&args)?).await?;
    let log = state_dir().join("soak.log");
    let mut runs = Vec::new();
    let (memory, began) = (
        PeakMemory::start_sampling(&["split-payload", "apply-chunk", "test-server"]),
        Instant::now(),
    );
    let demo = SoakClient::new(&stack, "demo")?;
    let companies = demo.create_companies().await?;
    let path = state_dir().join("soak.json");
    let payload = file::write_file(&path, args.megabytes, &companies)?;
    print_step(&format!(
        "{} rows, {} of them invalid, {} people",
        payload.rows,
        payload.invalid,
        payload.last.len()
    ));
    let updates = baseline::measure_update_rate(&demo, payload.rows.min(20_000)).await?;
    print_step(&format!("the store alone: {updates:.0} conditional UpdateItem/s, 32 in parallel"));
    // Ten rows of another tenant, while the service is idle and while the first run writes its rows.
    let other = SoakClient::new(&stack, "other")?;
    let small_log = if args.serve { "functions" } else { SMALL_JOB_FUNCTION };
    let small_log = state_dir().join(format!("{STACK_NAME}.{small_log}.log"));
    let measure =
        |name, interval| small_job_latency::measure_small_jobs(&other, name, interval, &small_log);
    let idle = measure("idle", IDLE_INTERVAL).await?;
    let methods = [
        ("direct POST", SubmitMethod::Post),
        ("the same again", SubmitMethod::Post),
        ("upload", SubmitMethod::Upload),
        ("gzip upload", SubmitMethod::UploadGzip),
    ];
    // Larger files can only be uploaded.
    let methods = methods
        .into_iter()
        .filter(|(_, method)| args.megabytes <= 80 || *method != SubmitMethod::Post);
    let interval = Duration::from_secs_f64(payload.rows as f64 / updates / SMALL_JOBS_PER_FILE);
    let mut under_load = None;
    for (name, method) in methods {
        let meanwhile = async |status: String| {
            if under_load.is_none() {
                // No row is written before.
                demo.wait_until_in_progress(&status).await?;
                under_load = Some((measure("load", interval).await?, Instant::now()));
            }
            Ok(())
        };
        runs.push(run_file(&demo, &payload, &path, (name, method), updates, meanwhile).await?);
    }
    let (under_load, ended) = under_load.context("no run")?;
    let first = runs.first().context("no run")?;
    ensure!(ended < first.ended, "the file was written before the last small job was sent");
    let mut table = format_report(&runs, updates, &memory, began.elapsed());
    table += &format!(
        "ten rows, 20 jobs while idle\n{idle}ten rows, 20 jobs while the first file is written\n{under_load}"
    );
    std::fs::write(&log, &table).context("the report")?;
    println!("{table}\nwritten to {}", log.display());
    Ok(0)
}

fn options(args: &SoakArgs) -> Result<StackOptions> {
    Ok(StackOptions {
        store: if args.serve { StoreKind::Embedded } else { StoreKind::DynamodbLocal },
        name: STACK_NAME,
        command: "cargo xtask soak",
        port: free_port()?,
        release: !args.debug,
        concurrency: if args.serve { SERVER_CONCURRENCY } else { CONCURRENCY },
        runner: Runner::Pools,
        call_log: None,
        // The file has to fit.
        payload_limit: Some(args.megabytes.max(80)),
        retry: None,
        // One run is a POST of the whole file.
        size_limits: SizeLimits::Off,
    })
}

/// The figures of one run.
struct SoakRun {
    name: &'static str,
    duration: Duration,
    rate: f64,
    ratio: f64,
    changed: usize,
    ended: Instant,
}

/// Sends the file, waits for its job, and accounts for every row. `meanwhile` runs from the beginning of the job.
async fn run_file(
    client: &SoakClient,
    payload: &SoakFile,
    path: &Path,
    (name, method): (&'static str, SubmitMethod),
    updates: f64,
    meanwhile: impl AsyncFnOnce(String) -> Result<()>,
) -> Result<SoakRun> {
    print_step(name);
    let before = check::read_revisions(client).await?;
    let began = Instant::now();
    let status = client.send_file(path, method).await?;
    let (done, ()) =
        tokio::try_join!(client.wait_for_job(&status, payload.rows), meanwhile(status.clone()))?;
    let (duration, ended) = (done.ended - began, done.ended);
    let done = done.response;
    check::check_counts(&done, payload)?;
    check::check_results(client, &done, payload).await?;
    check::check_people(client, payload).await?;
    let after = check::read_revisions(client).await?;
    let changed = after.iter().filter(|(key, revision)| before.get(*key) != Some(revision)).count();
    let rate = payload.rows as f64 / duration.as_secs_f64();
    print_step(&format!(
        "{name}: {:.1} s, {rate:.0} rows/s, {changed} people written",
        duration.as_secs_f32()
    ));
    Ok(SoakRun { name, duration, rate, ratio: rate / updates, changed, ended })
}

fn format_report(runs: &[SoakRun], updates: f64, memory: &PeakMemory, total: Duration) -> String {
    let mut text =
        format!("{:<16} {:>8} {:>8} {:>8} {:>10}\n", "", "seconds", "rows/s", "/ store", "written");
    for SoakRun { name, duration, rate, ratio, changed, .. } in runs {
        text += &format!(
            "{name:<16} {:>8.1} {rate:>8.0} {ratio:>8.2} {changed:>10}\n",
            duration.as_secs_f32()
        );
    }
    text += &format!("store alone {updates:.0} UpdateItem/s, 32 in parallel\n");
    for (name, bytes) in memory.by_name() {
        text += &format!("peak memory of {name}: {} MB\n", bytes / 1024 / 1024);
    }
    text + &format!("in total {:.0} s\n", total.as_secs_f32())
}
