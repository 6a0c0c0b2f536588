//! The model can fail: without any one of its rules, something that must hold does not.

use stateright::{Checker, Model};

use crate::code::{CALM, Code, SOUND, Scenario, Start};

/// The checker finds a way to break this property.
fn breaks(property: &'static str, scenario: Scenario) {
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
    let code = Code { fence: false, lease: false, ..SOUND };
    breaks("no row over a later one", Scenario { code, copies: 1, crashes: 1, writes: 1, ..CALM });
}

#[test]
fn without_a_fence_after_a_crash() {
    let code = Code { fence: false, ..SOUND };
    breaks("no row twice", Scenario { code, crashes: 1, writes: 1, ..CALM });
}

#[test]
fn without_tombstones() {
    let code = Code { tombstone: false, ..SOUND };
    breaks("the erased stay erased", Scenario { code, crashes: 1, erasures: 1, ..CALM });
}

#[test]
fn without_the_check_of_markers() {
    let code = Code { todo_check: false, ..SOUND };
    breaks("no marker is left", Scenario { code, start: Start::Accepted, copies: 1, ..CALM });
}

#[test]
fn sent_before_planned() {
    let code = Code { send_after_plan: false, ..SOUND };
    let scenario = Scenario { code, start: Start::Accepted, ..CALM };
    breaks("nothing is sent unplanned", scenario);
    breaks("no job hangs", scenario);
}

#[test]
fn a_chain_sent_at_once() {
    let code = Code { chain: false, ..SOUND };
    breaks("what is told is true", Scenario { code, ..CALM });
}

#[test]
fn markers_gone_before_chunks_are_settled() {
    let code = Code { settle_before_todo: false, ..SOUND };
    breaks("complete is settled", Scenario { code, ..CALM });
    breaks("counts are sums", Scenario { code, ..CALM });
}

#[test]
fn settled_again() {
    let code = Code { settle_once: false, lease: false, ..SOUND };
    breaks("counts are sums", Scenario { code, copies: 1, erasures: 1, ..CALM });
}

#[test]
fn completed_again() {
    let code = Code { complete_once: false, ..SOUND };
    breaks("completed once", Scenario { code, ..CALM });
}

#[test]
fn messages_gone_before_their_work() {
    let code = Code { work_before_delete: false, ..SOUND };
    breaks("no job hangs", Scenario { code, crashes: 1, ..CALM });
}

#[test]
fn two_workers_at_one_chunk() {
    let scenario = Scenario { code: Code { lease: false, ..SOUND }, copies: 1, ..CALM };
    breaks("what is told is over", Scenario { writes: 2, ..scenario });
    breaks("results are counted", Scenario { erasures: 1, ..scenario });
    breaks("what is told is true", Scenario { crashes: 1, receives: 1, ..scenario });
}

#[test]
fn a_new_life_that_knows_nothing_of_the_erasure() {
    let scenario = Scenario { code: Code { life_knows_erasure: false, ..SOUND }, ..CALM };
    let scenario = Scenario { crashes: 1, writes: 1, erasures: 1, ..scenario };
    breaks("the erased stay erased", scenario);
    breaks("no row twice", scenario);
}

#[test]
fn a_row_that_made_its_person_and_is_looked_at_again() {
    let code = Code { skip_knows_birth: false, ..SOUND };
    let scenario = Scenario { code, start: Start::Accepted, crashes: 1, ..CALM };
    breaks("what is told is true", scenario);
}

#[test]
fn a_row_that_was_refused_before_a_later_one_was_written() {
    let code = Code { refusals_are_recorded: false, ..SOUND };
    breaks("what is told is true", Scenario { code, crashes: 1, writes: 1, person: 1, ..CALM });
}

#[test]
fn a_row_that_changes_nothing_beside_one_that_does() {
    let code = Code { skip_alone: false, ..SOUND };
    breaks("no row over a later one", Scenario { code, writes: 1, person: 1, ..CALM });
}
