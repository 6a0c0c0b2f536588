//! The job machine as a model, checked exhaustively for small sizes: one ordinary chunk, a chain of two for
//! one person, workers that die after any effect, messages that come twice, a PUT and an erasure in between.
//! The conditions of writes are production's own (`person::Fence`).
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that can't go on has failed"
)]

mod machine;
mod promises;

use machine::{Bug, Machine};
use stateright::{Checker, HasDiscoveries, Model};

#[test]
fn every_promise_holds_in_every_state() {
    let checker = Machine::sound().checker().threads(2).spawn_bfs().join();
    checker.assert_properties();
    assert!(checker.unique_state_count() > 10_000, "{} states", checker.unique_state_count());
    println!("{} states", checker.unique_state_count());
}

/// A promise that no mistake can break would promise nothing.
#[test]
fn each_mistake_breaks_a_promise() {
    for (bug, promise) in [
        (Bug::NoFence, "a row is not applied over a later one, nor over a PUT that came after it"),
        (Bug::NoTombstone, "no erased person comes back"),
        (Bug::TodosAfterPlan, "what ends is complete"),
        (Bug::TodoGoesFirst, "a completed job has settled every chunk"),
        (Bug::SendsFirst, "nothing is sent before the job is planned"),
        (Bug::ChainAtOnce, "rows of one person are applied in order"),
    ] {
        let checker = Machine::with(bug).checker().threads(2);
        let found = HasDiscoveries::AnyOf([promise].into());
        let checker = checker.finish_when(found).spawn_bfs().join();
        assert!(checker.discovery(promise).is_some(), "{bug:?} does not break: {promise}");
    }
}
