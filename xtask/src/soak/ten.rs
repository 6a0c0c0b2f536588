//! Ten rows: from the call to COMPLETED.

use super::client::Client;
use anyhow::{Context, Result};
use serde_json::json;
use std::time::{Duration, Instant};

const TIMES: usize = 20;

/// How often a small job is asked for.
const POLL: Duration = Duration::from_millis(10);

pub(crate) async fn median(client: &Client, name: &str) -> Result<Duration> {
    let mut times = Vec::new();
    for time in 0..TIMES {
        let row = |n: usize| json!({ "Email": format!("{name}{time}.{n}@example.com"), "FirstName": "Ann" });
        let body = json!({ "records": (0..10).map(row).collect::<Vec<_>>() }).to_string();
        let began = Instant::now();
        let path = "v1/peoplemgmt/v1.0/external/bulk/ingestion/async/people";
        let answer = client.post(path, body).await?;
        let status = answer["data"]["statusUrl"].as_str().context("no statusUrl")?.to_owned();
        let mut ticks = tokio::time::interval(POLL);
        while client.get(&status).await?["data"]["statusType"] != "COMPLETED" {
            ticks.tick().await;
        }
        times.push(began.elapsed());
    }
    times.sort_unstable();
    times.get(TIMES / 2).copied().context("no times")
}
