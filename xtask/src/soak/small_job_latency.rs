//! Measures jobs of ten rows, while the service is idle and while another tenant's file is written: the time from the call
//! to COMPLETED, and the wait of their messages.

use super::baseline;
use super::client::{SoakClient, SubmittedJob};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::time::MissedTickBehavior;

/// Number of jobs of a series.
const JOB_COUNT: u32 = 20;

/// Interval of the requests for the status of a job.
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// Interval of the calls to the store while a job runs.
const SAMPLE_INTERVAL: Duration = Duration::from_millis(20);

/// The times of one job.
struct JobTimes {
    /// From the call to COMPLETED.
    job: Duration,
    /// Average of a conditional `UpdateItem` meanwhile.
    call: Duration,
}

/// The times of a series of jobs.
pub(super) struct LatencySeries {
    times: Vec<JobTimes>,
    /// Milliseconds from the SentTimestamp of SQS until the function received the message.
    waited: Vec<u64>,
}

/// Sends a series of jobs at the interval. The log of their function contains the waits of their messages.
pub(super) async fn measure_small_jobs(
    client: &SoakClient,
    name: &str,
    interval: Duration,
    log: &Path,
) -> Result<LatencySeries> {
    let (mut times, mut jobs) = (Vec::new(), Vec::new());
    let mut ticks = tokio::time::interval(interval);
    // A job that takes longer than the interval delays the others.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for time in 0..JOB_COUNT {
        ticks.tick().await;
        let row = |n: usize| json!({ "Email": format!("{name}{time}.{n}@example.com"), "FirstName": "Ann" });
        let body = json!({ "records": (0..10).map(row).collect::<Vec<_>>() }).to_string();
        let run = async {
            let began = Instant::now();
            let job = client.submit_payload(body).await?;
            let mut ticks = tokio::time::interval(POLL_INTERVAL);
            while client.get(&job.status).await?["data"]["statusType"] != "COMPLETED" {
                ticks.tick().await;
            }
            anyhow::Ok((job, began.elapsed()))
        };
        let (call, (job, took)) = measure_calls_during(client, run).await?;
        times.push(JobTimes { job: took, call });
        jobs.push(job);
    }
    Ok(LatencySeries { times, waited: read_waits(log, &jobs)? })
}

/// Does some work and measures the calls to the store meanwhile.
async fn measure_calls_during<T>(
    client: &SoakClient,
    work: impl Future<Output = Result<T>>,
) -> Result<(Duration, T)> {
    let mut calls = Vec::new();
    let sampled = async {
        let mut ticks = tokio::time::interval(SAMPLE_INTERVAL);
        loop {
            ticks.tick().await;
            match baseline::measure_update(client).await {
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

/// Reads the wait of each job's message from the log.
fn read_waits(log: &Path, jobs: &[SubmittedJob]) -> Result<Vec<u64>> {
    let log = std::fs::read_to_string(log).context("the log of the function of small jobs")?;
    let events: Vec<Value> =
        log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let read_wait = |job: &SubmittedJob| {
        let is_message = |event: &&Value| event["job"] == *job.id && event["event"] == "message";
        let event = events.iter().find(is_message);
        event.and_then(|event| event["waitedMillis"].as_u64()).context("a job that is not logged")
    };
    jobs.iter().map(read_wait).collect()
}

impl fmt::Display for LatencySeries {
    /// Prints maxima as well as medians, since somebody waits for each job.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let jobs = self.times.iter().map(|time| time.job.as_millis()).collect();
        let calls = self.times.iter().map(|time| time.call.as_millis()).collect();
        // A job may end before the first call to the store.
        let measured = self.times.iter().filter(|time| !time.call.is_zero());
        let ratios =
            measured.map(|time| (time.job.as_secs_f64() / time.call.as_secs_f64()).round() as u128);
        let waited = self.waited.iter().map(|waited| u128::from(*waited)).collect();
        for (name, figures) in [
            ("call to COMPLETED, ms", jobs),
            ("message to function, ms", waited),
            ("one UpdateItem meanwhile, ms", calls),
            ("call to COMPLETED, in UpdateItems", ratios.collect::<Vec<_>>()),
        ] {
            let (median, maximum) = median_and_maximum(figures);
            writeln!(f, "  {name:<36} median {median:>6}  maximum {maximum:>6}")?;
        }
        Ok(())
    }
}

fn median_and_maximum(mut figures: Vec<u128>) -> (u128, u128) {
    figures.sort_unstable();
    let at = |index: usize| figures.get(index).copied().unwrap_or_default();
    (at(figures.len() / 2), at(figures.len().saturating_sub(1)))
}
