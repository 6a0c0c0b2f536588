//! What must hold at every moment, by the predicates that tests of the built machine use too, and
//! what has to happen in some run, so that the former says something.

use people_domain::jobs::run::{self, Deed, Told};
use people_domain::response::bulk::Counts;
use stateright::Property;

use crate::code::Scenario;
use crate::machine::holds;
use crate::payload::{Row, person, rows};
use crate::world::{Work, Worker, World};

type Holds = fn(&Scenario, &World) -> bool;

/// Each with the name that tests ask for it by.
pub(crate) fn properties() -> Vec<Property<Scenario>> {
    let always = always().map(|(name, holds)| Property::always(name, holds));
    always.into_iter().chain(sometimes().map(|(name, is)| Property::sometimes(name, is))).collect()
}

fn always() -> [(&'static str, Holds); 13] {
    [
        ("no row over a later one", |_, world| deeds(world, run::rows_ascend)),
        ("no row twice", |_, world| deeds(world, run::no_row_twice)),
        ("what is told is over", |_, world| deeds(world, run::what_is_told_is_over)),
        ("the erased stay erased", |_, world| deeds(world, run::the_erased_stay_erased)),
        ("what is told is true", |_, world| told_is_true(world)),
        ("completed once", |_, world| world.job.stamped <= 1),
        ("complete is settled", |_, world| !is_done(world) || run::all_is_settled(&world.parts())),
        ("counts are sums", |_, world| {
            !is_done(world) || run::counts_are_sums(job_counts(world), &world.parts())
        }),
        ("results are counted", |_, world| {
            !is_done(world) || run::results_are_counted(&world.parts())
        }),
        ("no marker is left", |_, world| !is_done(world) || run::no_marker_is_left(&world.parts())),
        ("nothing is sent unplanned", |_, world| world.job.planned || !is_sent(world)),
        ("nothing is sent without a plan", |_, world| world.plan || !is_sent(world)),
        ("no job hangs", |_, world| !world.is_idle() || world.job.ended.is_some()),
    ]
}

fn sometimes() -> [(&'static str, Holds); 6] {
    [
        ("a job completes", |_, world| world.is_idle() && is_done(world)),
        ("every worker dies", |scenario, world| world.spent.crashes == scenario.crashes),
        ("messages come twice", |scenario, world| world.spent.copies == scenario.copies),
        ("a dead letter is settled", |scenario, world| {
            let settles = |worker: &Worker| worker.message.dead && holds(&worker.step);
            scenario.crashes < scenario.receives || world.workers.iter().any(settles)
        }),
        ("somebody is erased after a row", |scenario, world| {
            scenario.erasures == 0 || between(world, scenario, Deed::Erasure)
        }),
        ("another client writes after a row", |scenario, world| {
            scenario.writes == 0 || between(world, scenario, Deed::Client)
        }),
    ]
}

fn deeds(world: &World, holds: fn(&[Deed]) -> bool) -> bool {
    world.people.iter().all(|person| holds(&person.deeds))
}

fn told_is_true(world: &World) -> bool {
    world.chunks.iter().enumerate().all(|(at, chunk)| {
        let is_true = |(row, told): (&Row, &Told)| {
            let person = person(at);
            let existed = world.existed(person);
            run::told_is_true(row.number, *told, &world.people[person].deeds, existed)
        };
        chunk.settled.iter().all(|ended| rows(at).iter().zip(ended).all(is_true))
    })
}

/// Whether the job is completed and its payload was not refused.
fn is_done(world: &World) -> bool {
    world.job.ended.is_some() && !world.job.refused
}

fn job_counts(world: &World) -> Counts {
    let (success, failure) = world.job.ended.unwrap_or_default();
    Counts { success, failure, partial: 0 }
}

fn is_sent(world: &World) -> bool {
    let under_way = world.workers.iter().map(|worker| &worker.message);
    under_way.chain(&world.waiting).any(|message| message.work != Work::Split)
}

/// Whether something happened to the scenario's person after a row and while more is to come.
fn between(world: &World, scenario: &Scenario, deed: Deed) -> bool {
    let deeds = &world.people[scenario.person].deeds;
    let is_row = |deed: &Deed| matches!(deed, Deed::Row(_));
    let mut after = deeds.iter().skip_while(|deed| !is_row(deed));
    !world.is_idle() && after.any(|other| *other == deed)
}
