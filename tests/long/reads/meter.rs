//! Calls and units of requests, as the function logs them, and the memory of its processes.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use people_lambda_emulator::read_peak_memory;
use people_testkit::Api;
use serde_json::Value as Json;

const FUNCTION: &str = "objects-query";

/// One request.
pub(super) struct MeteredPage {
    pub(super) rows: Vec<Json>,
    pub(super) wall: Duration,
    pub(super) request_id: String,
}

/// The requests of one case.
#[derive(Default)]
pub(super) struct CaseMeter {
    walls: Vec<Duration>,
    request_ids: Vec<String>,
    rows: usize,
}

pub(super) async fn read_page(api: &Api, object: &str, body: &Json) -> MeteredPage {
    let began = Instant::now();
    let reply = api.post(&format!("/v1/data/objects/query/{object}"), body).await;
    let wall = began.elapsed();
    let rows = reply.body["data"]["records"].as_array();
    let rows = rows.unwrap_or_else(|| panic!("no rows: {}", reply.body)).clone();
    let request_id = reply.headers["x-request-id"].to_str().unwrap().to_owned();
    MeteredPage { rows, wall, request_id }
}

impl CaseMeter {
    pub(super) fn add(&mut self, page: &MeteredPage) {
        self.walls.push(page.wall);
        self.request_ids.push(page.request_id.clone());
        self.rows += page.rows.len();
    }

    /// Prints the case, and returns the units of each of its pages.
    pub(super) fn print(&self, name: &str) -> Vec<f64> {
        let usage = read_usage();
        let usage: Vec<_> = self.request_ids.iter().map(|id| usage[id]).collect();
        let units: Vec<_> = usage.iter().map(|(_, units)| *units).collect();
        let calls: u64 = usage.iter().map(|(calls, _)| calls).sum();
        let seconds = |wall: &Duration| wall.as_secs_f64();
        let mut later: Vec<_> = self.walls.iter().skip(1).map(seconds).collect();
        later.sort_by(f64::total_cmp);
        let median = later.get(later.len() / 2).copied().unwrap_or_default();
        let max_units = units.iter().skip(1).copied().fold(0.0, f64::max);
        println!(
            "| {name} | {} | {} | {calls} | {:.0} | {:.0} | {:.0} | {:.2} | {median:.2} | {:.2} | {} |",
            self.request_ids.len(),
            self.rows,
            units.iter().sum::<f64>(),
            units[0],
            max_units,
            seconds(&self.walls[0]),
            later.last().copied().unwrap_or_default(),
            take_peak_megabytes(),
        );
        units
    }
}

pub(super) fn print_header() {
    println!(
        "| case | pages | rows | calls | units | of the first page | of another, max | first page s | another, median s | max s | peak MB |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|");
    take_peak_megabytes();
}

/// Store calls and units by the id of the request.
fn read_usage() -> HashMap<String, (u64, f64)> {
    let log = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let log = log.join("../target/local/test-stack.functions.log");
    let text = std::fs::read(log).unwrap();
    let lines = text.split(|byte| *byte == b'\n');
    let events = lines.filter_map(|line| serde_json::from_slice::<Json>(line).ok());
    events
        .filter_map(|event| {
            let usage = (event["storeCalls"].as_u64()?, event["storeUnits"].as_f64()?);
            Some((event["requestId"].as_str()?.to_owned(), usage))
        })
        .collect()
}

/// The peak resident memory of the function since the last call, in MB.
fn take_peak_megabytes() -> u64 {
    let mut peak = 0;
    for process in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let program = std::fs::read_link(process.path().join("exe")).ok();
        if program.is_some_and(|program| program.ends_with(FUNCTION)) {
            peak = peak.max(read_peak_memory(&process.path()).unwrap_or_default());
            // Resets the peak.
            _ = std::fs::write(process.path().join("clear_refs"), "5");
        }
    }
    peak / (1024 * 1024)
}
