//! Shows the steps of a command: the name of each, how long it takes, and the last line of its log while it runs.

use crate::paths::state_dir;
use crate::process::{Supervisor, format_log_tail, log_to, read_tail};
use anyhow::{Result, ensure};
use indicatif::{ProgressBar, ProgressStyle};
use std::time::{Duration, Instant};
use tokio::process::Command;

const REDRAW_INTERVAL: Duration = Duration::from_millis(120);

/// Prints the title of the step that begins.
pub(crate) fn print_step(title: &str) {
    eprintln!("==> {title}");
}

/// Runs a command whose output matters only when it fails, and sends the output to `target/local/<log>.log`.
pub(crate) async fn run_captured(
    supervisor: &Supervisor,
    title: &str,
    log: &str,
    mut command: Command,
) -> Result<()> {
    std::fs::create_dir_all(state_dir())?;
    let log = state_dir().join(format!("{log}.log"));
    log_to(&mut command, &log)?;
    print_step(title);
    let started = Instant::now();
    let bar = ProgressBar::new_spinner()
        .with_style(ProgressStyle::with_template("    {spinner} {elapsed} {wide_msg}")?);
    let mut ticks = tokio::time::interval(REDRAW_INTERVAL);
    let mut running = std::pin::pin!(supervisor.run(command));
    let status = loop {
        tokio::select! {
            status = &mut running => break status?,
            _ = ticks.tick() => { bar.set_message(read_tail(&log, 1)); bar.tick(); }
        }
    };
    bar.finish_and_clear();
    ensure!(status.success(), "{title} failed with {status}; {}", format_log_tail(&log));
    eprintln!("    done in {:.1} s", started.elapsed().as_secs_f32());
    Ok(())
}

/// Runs a command that shows its own progress.
pub(crate) async fn run_inherited(
    supervisor: &Supervisor,
    title: &str,
    command: Command,
) -> Result<()> {
    print_step(title);
    let status = supervisor.run(command).await?;
    ensure!(status.success(), "{title} failed with {status}");
    Ok(())
}
