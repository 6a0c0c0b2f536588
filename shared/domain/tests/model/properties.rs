//! The invariants of the model, by the predicates that tests of the real implementation use too,
//! and events that must occur in some run, so that the invariants are not vacuous.

use people_domain::response::bulk::BulkCounts;
use stateright::Property;

use crate::model_state::{ModelState, Work, Worker};
use crate::payload::{Row, person_of_chunk, rows_of_chunk};
use crate::rules::Scenario;
use crate::run_invariants::{self, PersonEvent, ReportedOutcome};
use crate::transitions::has_begun_chunk;

type Predicate = fn(&Scenario, &ModelState) -> bool;

/// All properties, each with the name by which tests select it.
pub(crate) fn properties() -> Vec<Property<Scenario>> {
    let always = always().map(|(name, predicate)| Property::always(name, predicate));
    always.into_iter().chain(sometimes().map(|(name, is)| Property::sometimes(name, is))).collect()
}

fn always() -> [(&'static str, Predicate); 13] {
    [
        ("no row over a later one", |_, state| all_people(state, run_invariants::rows_ascend)),
        ("no row twice", |_, state| all_people(state, run_invariants::no_row_twice)),
        ("what is told is over", |_, state| {
            all_people(state, run_invariants::reported_rows_stay_settled)
        }),
        ("the erased stay erased", |_, state| {
            all_people(state, run_invariants::erased_people_stay_erased)
        }),
        ("what is told is true", |_, state| reports_are_true(state)),
        ("completed once", |_, state| state.job.completions <= 1),
        ("complete is settled", |_, state| {
            !is_done(state) || run_invariants::all_chunks_are_settled(&state.chunk_states())
        }),
        ("counts are sums", |_, state| {
            !is_done(state)
                || run_invariants::counts_are_sums(job_counts(state), &state.chunk_states())
        }),
        ("results are counted", |_, state| {
            !is_done(state) || run_invariants::results_are_counted(&state.chunk_states())
        }),
        ("no marker is left", |_, state| {
            !is_done(state) || run_invariants::no_marker_is_left(&state.chunk_states())
        }),
        ("nothing is sent unplanned", |_, state| state.job.planned || !is_sent(state)),
        ("nothing is sent without a plan", |_, state| state.plan || !is_sent(state)),
        ("no job hangs", |_, state| !state.is_idle() || state.job.ended.is_some()),
    ]
}

fn sometimes() -> [(&'static str, Predicate); 6] {
    [
        ("a job completes", |_, state| state.is_idle() && is_done(state)),
        ("every worker dies", |scenario, state| state.spent.crashes == scenario.crashes),
        ("messages come twice", |scenario, state| state.spent.copies == scenario.copies),
        ("a dead letter is settled", |scenario, state| {
            let is_settling =
                |worker: &Worker| worker.message.dead && has_begun_chunk(&worker.step);
            scenario.crashes < scenario.receives || state.workers.iter().any(is_settling)
        }),
        ("somebody is erased after a row", |scenario, state| {
            scenario.erasures == 0
                || happened_between_rows(state, scenario, PersonEvent::PersonErased)
        }),
        ("another client writes after a row", |scenario, state| {
            scenario.writes == 0 || happened_between_rows(state, scenario, PersonEvent::ClientWrote)
        }),
    ]
}

fn all_people(state: &ModelState, predicate: fn(&[PersonEvent]) -> bool) -> bool {
    state.people.iter().all(|person| predicate(&person.events))
}

fn reports_are_true(state: &ModelState) -> bool {
    state.chunks.iter().enumerate().all(|(at, chunk)| {
        let is_true = |(row, outcome): (&Row, &ReportedOutcome)| {
            let person = person_of_chunk(at);
            let existed = state.existed(person);
            run_invariants::report_is_true(
                row.number,
                *outcome,
                &state.people[person].events,
                existed,
            )
        };
        chunk.settled.iter().all(|ended| rows_of_chunk(at).iter().zip(ended).all(is_true))
    })
}

/// Whether the job is completed and its payload was not refused.
fn is_done(state: &ModelState) -> bool {
    state.job.ended.is_some() && !state.job.refused
}

fn job_counts(state: &ModelState) -> BulkCounts {
    let (success, failure) = state.job.ended.unwrap_or_default();
    BulkCounts { success, failure, partial: 0 }
}

fn is_sent(state: &ModelState) -> bool {
    let under_way = state.workers.iter().map(|worker| &worker.message);
    under_way.chain(&state.waiting).any(|message| message.work != Work::Split)
}

/// Whether an event happened to the scenario's person after one of its rows, with more to come.
fn happened_between_rows(state: &ModelState, scenario: &Scenario, event: PersonEvent) -> bool {
    let events = &state.people[scenario.person].events;
    let is_row = |event: &PersonEvent| matches!(event, PersonEvent::RowWritten(_));
    let mut after = events.iter().skip_while(|event| !is_row(event));
    !state.is_idle() && after.any(|other| *other == event)
}
