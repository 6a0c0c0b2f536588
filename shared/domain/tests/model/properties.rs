//! What must hold at every moment, by the predicates that tests of the built machine use too, and
//! what has to happen in some run, so that the former says something.

use people_domain::response::bulk::BulkCounts;
use stateright::Property;

use crate::model_state::{ModelState, Work, Worker};
use crate::payload::{Row, person_of_chunk, rows_of_chunk};
use crate::rules::Scenario;
use crate::run_invariants::{self, PersonEvent, ReportedOutcome};
use crate::transitions::has_begun_chunk;

type Predicate = fn(&Scenario, &ModelState) -> bool;

/// Each with the name that tests ask for it by.
pub(crate) fn properties() -> Vec<Property<Scenario>> {
    let always = always().map(|(name, holds)| Property::always(name, holds));
    always.into_iter().chain(sometimes().map(|(name, is)| Property::sometimes(name, is))).collect()
}

fn always() -> [(&'static str, Predicate); 13] {
    [
        ("no row over a later one", |_, world| all_deeds(world, run_invariants::rows_ascend)),
        ("no row twice", |_, world| all_deeds(world, run_invariants::no_row_twice)),
        ("what is told is over", |_, world| {
            all_deeds(world, run_invariants::reported_rows_stay_settled)
        }),
        ("the erased stay erased", |_, world| {
            all_deeds(world, run_invariants::erased_people_stay_erased)
        }),
        ("what is told is true", |_, world| told_is_true(world)),
        ("completed once", |_, world| world.job.completions <= 1),
        ("complete is settled", |_, world| {
            !is_done(world) || run_invariants::all_chunks_are_settled(&world.chunk_states())
        }),
        ("counts are sums", |_, world| {
            !is_done(world)
                || run_invariants::counts_are_sums(job_counts(world), &world.chunk_states())
        }),
        ("results are counted", |_, world| {
            !is_done(world) || run_invariants::results_are_counted(&world.chunk_states())
        }),
        ("no marker is left", |_, world| {
            !is_done(world) || run_invariants::no_marker_is_left(&world.chunk_states())
        }),
        ("nothing is sent unplanned", |_, world| world.job.planned || !is_sent(world)),
        ("nothing is sent without a plan", |_, world| world.plan || !is_sent(world)),
        ("no job hangs", |_, world| !world.is_idle() || world.job.ended.is_some()),
    ]
}

fn sometimes() -> [(&'static str, Predicate); 6] {
    [
        ("a job completes", |_, world| world.is_idle() && is_done(world)),
        ("every worker dies", |scenario, world| world.spent.crashes == scenario.crashes),
        ("messages come twice", |scenario, world| world.spent.copies == scenario.copies),
        ("a dead letter is settled", |scenario, world| {
            let settles = |worker: &Worker| worker.message.dead && has_begun_chunk(&worker.step);
            scenario.crashes < scenario.receives || world.workers.iter().any(settles)
        }),
        ("somebody is erased after a row", |scenario, world| {
            scenario.erasures == 0 || between(world, scenario, PersonEvent::PersonErased)
        }),
        ("another client writes after a row", |scenario, world| {
            scenario.writes == 0 || between(world, scenario, PersonEvent::ClientWrote)
        }),
    ]
}

fn all_deeds(world: &ModelState, holds: fn(&[PersonEvent]) -> bool) -> bool {
    world.people.iter().all(|person| holds(&person.deeds))
}

fn told_is_true(world: &ModelState) -> bool {
    world.chunks.iter().enumerate().all(|(at, chunk)| {
        let is_true = |(row, told): (&Row, &ReportedOutcome)| {
            let person = person_of_chunk(at);
            let existed = world.existed(person);
            run_invariants::report_is_true(row.number, *told, &world.people[person].deeds, existed)
        };
        chunk.settled.iter().all(|ended| rows_of_chunk(at).iter().zip(ended).all(is_true))
    })
}

/// Whether the job is completed and its payload was not refused.
fn is_done(world: &ModelState) -> bool {
    world.job.ended.is_some() && !world.job.refused
}

fn job_counts(world: &ModelState) -> BulkCounts {
    let (success, failure) = world.job.ended.unwrap_or_default();
    BulkCounts { success, failure, partial: 0 }
}

fn is_sent(world: &ModelState) -> bool {
    let under_way = world.workers.iter().map(|worker| &worker.message);
    under_way.chain(&world.waiting).any(|message| message.work != Work::Split)
}

/// Whether something happened to the scenario's person after a row and while more is to come.
fn between(world: &ModelState, scenario: &Scenario, deed: PersonEvent) -> bool {
    let deeds = &world.people[scenario.person].deeds;
    let is_row = |deed: &PersonEvent| matches!(deed, PersonEvent::RowWritten(_));
    let mut after = deeds.iter().skip_while(|deed| !is_row(deed));
    !world.is_idle() && after.any(|other| *other == deed)
}
