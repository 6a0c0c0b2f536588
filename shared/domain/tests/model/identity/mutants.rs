//! Explores the scripts, and mutants: without any one of the rules some invariant fails.

use std::time::Instant;

use stateright::{Checker, Model};

use super::scripts::{self, Script};
use super::{ALL_RULES, Rules, Scenario};

/// Explores all reachable states of scripts.
fn check_scripts(name: &str, scripts: &[Script], faults: u8) {
    for script in scripts {
        let began = Instant::now();
        let scenario = Scenario { rules: ALL_RULES, script: *script, faults, only: None };
        let checker = scenario.checker().threads(2).spawn_bfs().join();
        println!("{name}: {} states, {:.1?}", checker.unique_state_count(), began.elapsed());
        checker.assert_properties();
    }
}

#[test]
fn new_people() {
    check_scripts("new", scripts::NEW, 1);
}

#[test]
fn people_take_values() {
    check_scripts("taken", scripts::TAKEN, 1);
}

#[test]
fn people_are_merged() {
    check_scripts("merged", scripts::MERGED, 1);
}

#[test]
fn ids_are_released() {
    check_scripts("released", scripts::RELEASED, 1);
}

#[test]
fn residents_move_out() {
    check_scripts("resident", scripts::RESIDENT, 1);
}

#[test]
fn three_callers() {
    check_scripts("triples", scripts::TRIPLES, 0);
}

/// Asserts that a counterexample of the property is found in one of the scripts.
fn assert_broken(property: &'static str, rules: Rules, scripts: &[Script]) {
    let is_broken = scripts.iter().any(|script| {
        let scenario = Scenario { rules, script: *script, faults: 1, only: Some(property) };
        let checker = scenario.checker().threads(2).spawn_bfs().join();
        checker.discovery(property).is_some_and(|path| {
            println!("{property:?} breaks after {} actions", path.into_actions().len());
            true
        })
    });
    assert!(is_broken, "{property:?} holds without its rule");
}

#[test]
fn without_an_order_of_writes() {
    let rules = Rules { orders_writes: false, ..ALL_RULES };
    assert_broken("an acknowledged write is not done over a later one", rules, scripts::NEW);
}

#[test]
fn identities_not_restated() {
    let rules = Rules { restates_identities: false, ..ALL_RULES };
    assert_broken("aliases name holders", rules, scripts::TAKEN);
    assert_broken("an acknowledged id leads to its person", rules, scripts::TAKEN);
}

#[test]
fn a_merged_person_not_restated() {
    let rules = Rules { restates_merged: false, ..ALL_RULES };
    assert_broken("an acknowledged write is not lost", rules, scripts::MERGED);
}

#[test]
fn values_taken_where_they_are_held() {
    let rules = Rules { takes_vacant_slots: false, ..ALL_RULES };
    assert_broken("no value is held by two", rules, scripts::NEW);
}

#[test]
fn no_alias_of_a_value() {
    let rules = Rules { writes_aliases: false, ..ALL_RULES };
    assert_broken("held values lead to their person", rules, scripts::NEW);
}

#[test]
fn no_alias_of_a_merged_person() {
    let rules = Rules { leaves_merge_alias: false, ..ALL_RULES };
    assert_broken("held values lead to their person", rules, scripts::MERGED);
    assert_broken("a GSID that was told leads to a person", rules, scripts::MERGED);
}

#[test]
fn no_redirect_of_a_moved_person() {
    let rules = Rules { writes_redirects: false, ..ALL_RULES };
    assert_broken("record parts lead to their person", rules, scripts::TAKEN);
}

#[test]
fn a_moved_person_left_in_its_slot() {
    let rules = Rules { empties_left_slots: false, ..ALL_RULES };
    assert_broken("nobody is in two slots", rules, scripts::TAKEN);
}

#[test]
fn aliases_left_by_an_erasure() {
    let rules = Rules { erases_aliases: false, ..ALL_RULES };
    assert_broken("aliases name holders", rules, scripts::TAKEN);
}

#[test]
fn deleted_instead_of_a_tombstone() {
    let rules = Rules { leaves_tombstones: false, ..ALL_RULES };
    assert_broken("the erased stay erased", rules, scripts::NEW);
}

#[test]
fn an_id_left_by_its_release() {
    let rules = Rules { removes_id: false, ..ALL_RULES };
    assert_broken("a released id is free", rules, scripts::RELEASED);
}

#[test]
fn nobody_erased_by_a_release() {
    let rules = Rules { erases_on_release: false, ..ALL_RULES };
    assert_broken("nobody is without identity", rules, scripts::RELEASED);
}

#[test]
fn a_release_of_a_changed_person() {
    let rules = Rules { releases_unchanged: false, ..ALL_RULES };
    assert_broken("erased are those who were named", rules, scripts::RELEASED);
}
