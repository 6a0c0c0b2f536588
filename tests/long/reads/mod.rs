//! Measures reads of a large tenant, page by page and with writers beside them, and checks that each
//! row is met once. `READS_PEOPLE` sets the number of people.

#![allow(clippy::print_stdout, reason = "the figures are what the measurement is for")]

mod connectors;
mod crowd;
pub(crate) mod load;
mod meter;
mod pages;

/// People of the tenant. A pass over them stays within the time of a query on the local store.
const PEOPLE: usize = 1_000_000;

/// Companies of equal size.
const COMPANIES: usize = 200;

/// People who were changed later than all others.
const CHANGED: usize = 50_000;

fn people_count() -> usize {
    let variable = std::env::var("READS_PEOPLE").ok();
    variable.and_then(|text| text.parse().ok()).unwrap_or(PEOPLE)
}
