//! Compares the latency of an upsert and a GET through the running functions with DynamoDB Local's
//! own `UpdateItem` and `GetItem` of as many attributes, in turn in one run; the ratio is the
//! result. With `--rows`: compares the rows of a bulk job with raw writes.
#![allow(clippy::print_stdout, reason = "the program prints its results")]

mod baseline;
mod bulk;
mod sample;

use std::time::{Duration, Instant};

use clap::Parser;
use people_testkit::TestTenant;

/// Measures a stack that `cargo xtask dev --release` runs:
/// PEOPLE_STACK=target/local/stack.json cargo run --release -p people-bench
#[derive(Parser)]
struct Args {
    /// Requests of each kind that are counted
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(10..=100_000))]
    requests: u32,
    /// Rows of a bulk job to measure instead, on the store alone
    #[arg(long, value_parser = clap::value_parser!(u32).range(500..=1_000_000))]
    rows: Option<u32>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let Args { requests, rows } = Args::parse();
    let test = TestTenant::new().await;
    if let Some(rows) = rows {
        return bulk::measure_bulk_rows(&test, rows).await;
    }
    let sample = sample::SamplePerson::new(&test).await;
    let raw = baseline::DynamoDbBaseline::new(&test.stack);
    let mut times: [Vec<Duration>; 4] = Default::default();
    for n in 0..requests + requests / 10 {
        let round = [
            measure_call(raw.update_item(n)).await,
            measure_call(sample.upsert_person(n)).await,
            measure_call(raw.get_item()).await,
            measure_call(sample.get_person()).await,
        ];
        // The first tenth is warm-up.
        if n >= requests / 10 {
            times.iter_mut().zip(round).for_each(|(times, took)| times.push(took));
        }
    }
    let [update, upsert, get_item, get] = times.map(LatencyPercentiles::from_times);
    println!("{requests} of each, one at a time, milliseconds");
    print_pair("UpdateItem", &update, "PUT people", &upsert);
    print_pair("GetItem", &get_item, "GET people", &get);
}

async fn measure_call(call: impl Future<Output = ()>) -> Duration {
    let start = Instant::now();
    call.await;
    start.elapsed()
}

/// Latency percentiles in milliseconds.
struct LatencyPercentiles {
    p50: f64,
    p99: f64,
}

impl LatencyPercentiles {
    fn from_times(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        let at = |percent: usize| {
            times.get(times.len() * percent / 100).map_or(0.0, |time| time.as_secs_f64() * 1e3)
        };
        Self { p50: at(50), p99: at(99) }
    }
}

fn print_pair(raw_name: &str, raw: &LatencyPercentiles, name: &str, ours: &LatencyPercentiles) {
    println!("  {raw_name:<12} p50 {:6.2}   p99 {:6.2}", raw.p50, raw.p99);
    println!(
        "  {name:<12} p50 {:6.2}   p99 {:6.2}   ratio {:.2} / {:.2}",
        ours.p50,
        ours.p99,
        ours.p50 / raw.p50,
        ours.p99 / raw.p99
    );
}
