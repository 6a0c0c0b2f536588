//! A model of jobs, explored exhaustively: every order of effects, crashes, repeated messages, dead
//! letters, writes of another client and an erasure, for a small job.

#![allow(
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a failing model panics, and the numbers of explored states are printed"
)]

mod identity;
mod model_state;
mod mutants;
mod payload;
mod people;
mod properties;
mod rules;
mod run_invariants;
mod slot;
mod steps;
mod transitions;

use std::time::Instant;

use rules::{NO_FAULTS, Scenario, Start};
use stateright::{Checker, Model};

/// Explores all reachable states.
fn check_scenario(name: &str, scenario: Scenario) {
    let began = Instant::now();
    let checker = scenario.checker().threads(2).spawn_bfs().join();
    println!("{name}: {} states, {:.1?}", checker.unique_state_count(), began.elapsed());
    checker.assert_properties();
}

#[test]
fn a_payload_is_split() {
    let split = Scenario { start: Start::Accepted, ..NO_FAULTS };
    check_scenario("split twice", Scenario { crashes: 1, copies: 1, ..split });
    check_scenario("split given up", Scenario { crashes: 2, receives: 1, ..split });
}

#[test]
fn chunks_are_applied() {
    let others = Scenario { writes: 1, erasures: 1, ..NO_FAULTS };
    check_scenario("chunks, a crash", Scenario { crashes: 1, ..others });
    check_scenario("chunks, twice", Scenario { copies: 1, ..others });
    check_scenario("chunks, both", Scenario { crashes: 1, copies: 1, erasures: 0, ..others });
    check_scenario("rows that can't merge", Scenario { crashes: 1, person: 1, ..others });
}

#[test]
fn chunks_are_given_up() {
    check_scenario("given up", Scenario { crashes: 3, ..NO_FAULTS });
    check_scenario(
        "given up at once",
        Scenario { crashes: 2, receives: 1, writes: 1, ..NO_FAULTS },
    );
}
