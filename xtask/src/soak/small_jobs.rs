//! Jobs of ten rows: from the call to COMPLETED, and how long their messages wait, alone and while another tenant's file
//! is written.

use super::client::{Client, Job};
use super::raw;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::time::{MissedTickBehavior, interval};

/// Jobs that are sent each time.
const TIMES: u32 = 20;

/// How often a small job is asked for.
const POLL: Duration = Duration::from_millis(10);

/// How often the store is asked how long one call of its own takes, while a job runs.
const SAMPLE: Duration = Duration::from_millis(20);

/// The time of one job.
struct Time {
    /// From the call to COMPLETED.
    job: Duration,
    /// One conditional `UpdateItem` meanwhile, on average.
    call: Duration,
}

/// The times of the jobs of one series.
pub(super) struct Times {
    times: Vec<Time>,
    /// Milliseconds from SQS's SentTimestamp until the function had the message.
    waited: Vec<u64>,
}

/// Sends the jobs, one every `every`; the log of their function tells how long their messages waited.
pub(super) async fn measure(
    client: &Client,
    name: &str,
    every: Duration,
    log: &Path,
) -> Result<Times> {
    let (mut times, mut jobs) = (Vec::new(), Vec::new());
    let mut ticks = interval(every);
    // One that takes longer than the interval moves the others.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for time in 0..TIMES {
        ticks.tick().await;
        let row = |n: usize| json!({ "Email": format!("{name}{time}.{n}@example.com"), "FirstName": "Ann" });
        let body = json!({ "records": (0..10).map(row).collect::<Vec<_>>() }).to_string();
        let run = async {
            let began = Instant::now();
            let job = client.submit(body).await?;
            let mut ticks = interval(POLL);
            while client.get(&job.status).await?["data"]["statusType"] != "COMPLETED" {
                ticks.tick().await;
            }
            anyhow::Ok((job, began.elapsed()))
        };
        let (call, (job, took)) = while_running(client, run).await?;
        times.push(Time { job: took, call });
        jobs.push(job);
    }
    Ok(Times { times, waited: read_waits(log, &jobs)? })
}

/// Does some work, and tells how long a call of the store took meanwhile.
async fn while_running<T>(
    client: &Client,
    work: impl Future<Output = Result<T>>,
) -> Result<(Duration, T)> {
    let mut calls = Vec::new();
    let sampled = async {
        let mut ticks = interval(SAMPLE);
        loop {
            ticks.tick().await;
            match raw::one_update(client).await {
                Ok(took) => calls.push(took),
                Err(error) => return error,
            }
        }
    };
    let done = tokio::select! {
        done = work => done?,
        error = sampled => return Err(error),
    };
    let count = u32::try_from(calls.len())?;
    Ok((calls.iter().sum::<Duration>() / count.max(1), done))
}

/// Reads from the log how long each job's message waited.
fn read_waits(log: &Path, jobs: &[Job]) -> Result<Vec<u64>> {
    let log = std::fs::read_to_string(log).context("the log of the function of small jobs")?;
    let events: Vec<Value> =
        log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let of = |job: &Job| {
        let event = events.iter().find(|event| event["job"] == *job.id);
        event.and_then(|event| event["waitedMillis"].as_u64()).context("a job that is not logged")
    };
    jobs.iter().map(of).collect()
}

impl fmt::Display for Times {
    /// Maxima beside medians: somebody waits for each job.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let jobs = self.times.iter().map(|time| time.job.as_millis()).collect();
        let calls = self.times.iter().map(|time| time.call.as_millis()).collect();
        let ratios = self.times.iter().map(|time| {
            (time.job.as_secs_f64() / time.call.as_secs_f64().max(f64::EPSILON)).round() as u128
        });
        let waited = self.waited.iter().map(|waited| u128::from(*waited)).collect();
        for (name, figures) in [
            ("call to COMPLETED, ms", jobs),
            ("message to function, ms", waited),
            ("one UpdateItem meanwhile, ms", calls),
            ("call to COMPLETED, in UpdateItems", ratios.collect::<Vec<_>>()),
        ] {
            let (median, maximum) = middle_and_end(figures);
            writeln!(f, "  {name:<36} median {median:>6}  maximum {maximum:>6}")?;
        }
        Ok(())
    }
}

fn middle_and_end(mut figures: Vec<u128>) -> (u128, u128) {
    figures.sort_unstable();
    let at = |place: usize| figures.get(place).copied().unwrap_or_default();
    (at(figures.len() / 2), at(figures.len().saturating_sub(1)))
}
