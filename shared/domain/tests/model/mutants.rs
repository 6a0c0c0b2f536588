//! Mutants: without any one of the rules some property fails.

use stateright::{Checker, Model};

use crate::rules::{ALL_RULES, NO_FAULTS, Rules, Scenario, Start};

/// Asserts that the checker finds a counterexample of this property.
fn assert_broken(property: &'static str, scenario: Scenario) {
    let only = Vec::leak(vec![property]);
    let checker = Scenario { only, ..scenario }.checker().threads(2).spawn_bfs().join();
    let found = checker.discovery(property).map(|path| path.into_actions().len());
    println!(
        "{property:?} breaks after {found:?} actions, {} states",
        checker.unique_state_count()
    );
    assert!(found.is_some(), "{property:?} holds without its rule");
}

#[test]
fn without_a_fence() {
    let rules = Rules { fence: false, lease: false, ..ALL_RULES };
    assert_broken(
        "no row over a later one",
        Scenario { rules, copies: 1, crashes: 1, writes: 1, ..NO_FAULTS },
    );
}

#[test]
fn without_a_fence_after_a_crash() {
    let rules = Rules { fence: false, ..ALL_RULES };
    assert_broken("no row twice", Scenario { rules, crashes: 1, writes: 1, ..NO_FAULTS });
}

#[test]
fn without_tombstones() {
    let rules = Rules { tombstone: false, ..ALL_RULES };
    assert_broken(
        "the erased stay erased",
        Scenario { rules, crashes: 1, erasures: 1, ..NO_FAULTS },
    );
}

#[test]
fn without_the_check_of_markers() {
    let rules = Rules { marker_check: false, ..ALL_RULES };
    assert_broken(
        "no marker is left",
        Scenario { rules, start: Start::Accepted, copies: 1, ..NO_FAULTS },
    );
}

#[test]
fn sent_before_planned() {
    let rules = Rules { send_after_plan: false, ..ALL_RULES };
    let scenario = Scenario { rules, start: Start::Accepted, ..NO_FAULTS };
    assert_broken("nothing is sent unplanned", scenario);
    assert_broken("no job hangs", scenario);
}

#[test]
fn a_chain_sent_at_once() {
    let rules = Rules { chain: false, ..ALL_RULES };
    assert_broken("what is told is true", Scenario { rules, ..NO_FAULTS });
}

#[test]
fn markers_gone_before_chunks_are_settled() {
    let rules = Rules { settle_before_marker: false, ..ALL_RULES };
    assert_broken("complete is settled", Scenario { rules, ..NO_FAULTS });
    assert_broken("counts are sums", Scenario { rules, ..NO_FAULTS });
}

#[test]
fn settled_again() {
    let rules = Rules { settle_once: false, lease: false, ..ALL_RULES };
    assert_broken("counts are sums", Scenario { rules, copies: 1, erasures: 1, ..NO_FAULTS });
}

#[test]
fn completed_again() {
    let rules = Rules { complete_once: false, ..ALL_RULES };
    assert_broken("completed once", Scenario { rules, ..NO_FAULTS });
}

#[test]
fn messages_gone_before_their_work() {
    let rules = Rules { work_before_delete: false, ..ALL_RULES };
    assert_broken("no job hangs", Scenario { rules, crashes: 1, ..NO_FAULTS });
}

#[test]
fn two_workers_at_one_chunk() {
    let scenario = Scenario { rules: Rules { lease: false, ..ALL_RULES }, copies: 1, ..NO_FAULTS };
    assert_broken("what is told is over", Scenario { writes: 2, ..scenario });
    assert_broken("results are counted", Scenario { erasures: 1, ..scenario });
    assert_broken("what is told is true", Scenario { crashes: 1, receives: 1, ..scenario });
}

#[test]
fn a_new_life_that_knows_nothing_of_the_erasure() {
    let scenario =
        Scenario { rules: Rules { incarnation_knows_erasure: false, ..ALL_RULES }, ..NO_FAULTS };
    let scenario = Scenario { crashes: 1, writes: 1, erasures: 1, ..scenario };
    assert_broken("the erased stay erased", scenario);
    assert_broken("no row twice", scenario);
}

#[test]
fn a_row_that_made_its_person_and_is_looked_at_again() {
    let rules = Rules { skip_knows_creation: false, ..ALL_RULES };
    let scenario = Scenario { rules, start: Start::Accepted, crashes: 1, ..NO_FAULTS };
    assert_broken("what is told is true", scenario);
}

#[test]
fn a_row_that_was_refused_before_a_later_one_was_written() {
    let rules = Rules { refusals_are_recorded: false, ..ALL_RULES };
    assert_broken(
        "what is told is true",
        Scenario { rules, crashes: 1, writes: 1, person: 1, ..NO_FAULTS },
    );
}

#[test]
fn a_row_that_changes_nothing_beside_one_that_does() {
    let rules = Rules { skip_only_single: false, ..ALL_RULES };
    assert_broken("no row over a later one", Scenario { rules, writes: 1, person: 1, ..NO_FAULTS });
}
