//! `cargo xtask soak`: a file as large as a payload may be, through the whole service with optimised functions, in
//! every way that it can come; every row accounted for.
#![allow(clippy::indexing_slicing, reason = "JSON gives null where nothing is")]

mod check;
mod client;
mod file;
mod memory;
mod raw;
mod small_jobs;

use crate::cli::SoakArgs;
use crate::process::Family;
use crate::progress::say;
use crate::root::local;
use crate::stack::{Options, SizeLimits, free_port, start};
use anyhow::{Context, Result, ensure};
use client::Client;
use file::Payload;
use memory::Memory;
use std::path::Path;
use std::time::{Duration, Instant};

/// Instances of a function: two cores do not do more at once than this.
const CONCURRENCY: u8 = 3;

/// Name of the stack's logs.
const STACK: &str = "soak-stack";

/// Logical name of the function whose log tells how long small jobs wait.
const SMALL_JOBS: &str = "ApplySmallJob";

/// How often a small job is sent while nothing else is done.
const ALONE_EVERY: Duration = Duration::from_millis(250);

/// So many small jobs would be sent while a file is written at the rate of the store alone; a file takes no less than
/// half of that time.
const BESIDE_A_FILE: f64 = 45.0;

/// How a payload comes.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    Post,
    Upload,
    UploadGzip,
}

pub(crate) async fn run(family: &Family, args: SoakArgs) -> Result<u8> {
    let stack = start(family, &options(&args)?).await?;
    let log = local().join("soak.log");
    let mut rows = Vec::new();
    let (memory, began) = (Memory::watch(&["split-payload", "apply-chunk"]), Instant::now());
    let demo = Client::of(&stack, "demo")?;
    let world = demo.world().await?;
    let path = local().join("soak.json");
    let payload = file::write(&path, args.megabytes, &world)?;
    say(&format!(
        "{} rows, {} of them invalid, {} people",
        payload.rows,
        payload.invalid,
        payload.last.len()
    ));
    let updates = raw::updates_a_second(&demo, payload.rows.min(20_000)).await?;
    say(&format!("the store alone: {updates:.0} conditional UpdateItem/s, 32 at a time"));
    // Ten rows of another tenant, alone and while the first pass writes each of its own rows.
    let other = Client::of(&stack, "other")?;
    let small_log = local().join(format!("{STACK}.{SMALL_JOBS}.log"));
    let small_jobs = |name, every| small_jobs::measure(&other, name, every, &small_log);
    let alone = small_jobs("alone", ALONE_EVERY).await?;
    let ways = [
        ("direct POST", Way::Post),
        ("the same again", Way::Post),
        ("upload", Way::Upload),
        ("gzip upload", Way::UploadGzip),
    ];
    // Larger ones come through an upload alone.
    let ways = ways.into_iter().filter(|(_, way)| args.megabytes <= 80 || *way != Way::Post);
    let every = Duration::from_secs_f64(payload.rows as f64 / updates / BESIDE_A_FILE);
    let mut beside = None;
    for (name, way) in ways {
        let meanwhile = async |status: String| {
            if beside.is_none() {
                // Before that no row is written.
                demo.wait_until_in_progress(&status).await?;
                beside = Some((small_jobs("beside", every).await?, Instant::now()));
            }
            Ok(())
        };
        rows.push(pass(&demo, &payload, &path, (name, way), updates, meanwhile).await?);
    }
    let (beside, ended) = beside.context("no pass")?;
    let first = rows.first().context("no pass")?;
    ensure!(ended < first.ended, "the file was written before the last small job was sent");
    let mut table = report(&rows, updates, &memory, began.elapsed());
    table += &format!(
        "ten rows, 20 jobs alone\n{alone}ten rows, 20 jobs while the first file is written\n{beside}"
    );
    std::fs::write(&log, &table).context("the report")?;
    println!("{table}\nwritten to {}", log.display());
    Ok(0)
}

fn options(args: &SoakArgs) -> Result<Options> {
    Ok(Options {
        name: STACK,
        command: "cargo xtask soak",
        port: free_port()?,
        release: !args.debug,
        concurrency: CONCURRENCY,
        reload: false,
        // What is asked for has to fit.
        call_log: None,
        payload_limit: Some(args.megabytes.max(80)),
        retry: None,
        // One pass is a POST of the whole file.
        size_limits: SizeLimits::Off,
    })
}

/// What one pass took.
struct Pass {
    name: &'static str,
    took: Duration,
    rate: f64,
    ratio: f64,
    changed: usize,
    ended: Instant,
}

/// Sends the file, waits for its job, and accounts for every row. `meanwhile`: what is done as the job begins.
async fn pass(
    client: &Client,
    payload: &Payload,
    path: &Path,
    (name, way): (&'static str, Way),
    updates: f64,
    meanwhile: impl AsyncFnOnce(String) -> Result<()>,
) -> Result<Pass> {
    say(name);
    let before = check::revisions(client).await?;
    let began = Instant::now();
    let status = client.send(path, way).await?;
    let (done, ()) =
        tokio::try_join!(client.wait(&status, payload.rows), meanwhile(status.clone()))?;
    let (took, ended) = (done.ended - began, done.ended);
    let done = done.response;
    check::counts(&done, payload)?;
    check::results(client, &done, payload).await?;
    check::people(client, payload).await?;
    let after = check::revisions(client).await?;
    let changed = after.iter().filter(|(key, revision)| before.get(*key) != Some(revision)).count();
    let rate = payload.rows as f64 / took.as_secs_f64();
    say(&format!(
        "{name}: {:.1} s, {rate:.0} rows/s, {changed} people written",
        took.as_secs_f32()
    ));
    Ok(Pass { name, took, rate, ratio: rate / updates, changed, ended })
}

fn report(rows: &[Pass], updates: f64, memory: &Memory, took: Duration) -> String {
    let mut text =
        format!("{:<16} {:>8} {:>8} {:>8} {:>10}\n", "", "seconds", "rows/s", "/ raw", "written");
    for Pass { name, took, rate, ratio, changed, .. } in rows {
        text += &format!(
            "{name:<16} {:>8.1} {rate:>8.0} {ratio:>8.2} {changed:>10}\n",
            took.as_secs_f32()
        );
    }
    text += &format!("raw UpdateItem/s {updates:.0}, 32 at a time\n");
    for (name, bytes) in memory.peaks() {
        text += &format!("peak memory of {name}: {} MB\n", bytes / 1024 / 1024);
    }
    text + &format!("in all {:.0} s\n", took.as_secs_f32())
}
