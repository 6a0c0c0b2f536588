//! The machine of jobs, explored: every order in which its effects, crashes, repeated messages,
//! dead letters, another client and an erasure can come, for a job that is small enough.

#![allow(
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a model that goes wrong shall fail, and how much was explored is to be seen"
)]

mod code;
mod machine;
mod mutants;
mod payload;
mod people;
mod place;
mod properties;
mod steps;
mod world;

use std::time::Instant;

use code::{CALM, Scenario, Start};
use stateright::{Checker, Model};

/// Looks at all that can be reached.
fn explore(name: &str, scenario: Scenario) {
    let began = Instant::now();
    let checker = scenario.checker().threads(2).spawn_bfs().join();
    println!("{name}: {} states, {:.1?}", checker.unique_state_count(), began.elapsed());
    checker.assert_properties();
}

#[test]
fn a_payload_is_split() {
    let split = Scenario { start: Start::Accepted, ..CALM };
    explore("split twice", Scenario { crashes: 1, copies: 1, ..split });
    explore("split given up", Scenario { crashes: 2, receives: 1, ..split });
}

#[test]
fn chunks_are_applied() {
    let others = Scenario { writes: 1, erasures: 1, ..CALM };
    explore("chunks, a crash", Scenario { crashes: 1, ..others });
    explore("chunks, twice", Scenario { copies: 1, ..others });
    explore("chunks, both", Scenario { crashes: 1, copies: 1, erasures: 0, ..others });
    explore("rows that can't merge", Scenario { crashes: 1, person: 1, ..others });
}

#[test]
fn chunks_are_given_up() {
    explore("given up", Scenario { crashes: 3, ..CALM });
    explore("given up at once", Scenario { crashes: 2, receives: 1, writes: 1, ..CALM });
}
