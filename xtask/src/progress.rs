//! What the reader sees while a step runs: its name, how long it takes, and the last line of its log.

use crate::process::{Family, log_to, tail, told};
use crate::root::local;
use anyhow::{Result, ensure};
use indicatif::{ProgressBar, ProgressStyle};
use std::time::{Duration, Instant};
use tokio::process::Command;

const REDRAW: Duration = Duration::from_millis(120);

/// Says what is being done now.
pub(crate) fn say(what: &str) {
    eprintln!("==> {what}");
}

/// Runs a command whose output matters only when it fails; the log is named `target/local/<log>.log`.
pub(crate) async fn quietly(
    family: &Family,
    title: &str,
    log: &str,
    mut command: Command,
) -> Result<()> {
    std::fs::create_dir_all(local())?;
    let log = local().join(format!("{log}.log"));
    log_to(&mut command, &log)?;
    say(title);
    let started = Instant::now();
    let bar = ProgressBar::new_spinner()
        .with_style(ProgressStyle::with_template("    {spinner} {elapsed} {wide_msg}")?);
    let mut ticks = tokio::time::interval(REDRAW);
    let mut running = std::pin::pin!(family.run(command));
    let status = loop {
        tokio::select! {
            status = &mut running => break status?,
            _ = ticks.tick() => { bar.set_message(tail(&log, 1)); bar.tick(); }
        }
    };
    bar.finish_and_clear();
    ensure!(status.success(), "{title} failed with {status}; {}", told(&log));
    eprintln!("    done in {:.1} s", started.elapsed().as_secs_f32());
    Ok(())
}

/// Runs a command that shows its own progress.
pub(crate) async fn openly(family: &Family, title: &str, command: Command) -> Result<()> {
    say(title);
    let status = family.run(command).await?;
    ensure!(status.success(), "{title} failed with {status}");
    Ok(())
}
