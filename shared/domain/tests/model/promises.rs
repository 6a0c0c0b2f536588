//! What must hold in every state, and what must be reached.

use stateright::{Model, Property};

use crate::machine::{Job, Machine, State, Writer};

pub(crate) fn promises() -> Vec<Property<Machine>> {
    vec![
        Property::always(
            "a row is not applied over a later one, nor over a PUT that came after it",
            |_, state: &State| !state.undone,
        ),
        Property::always("rows of one person are applied in order", |_, state: &State| {
            !state.out_of_order
        }),
        Property::always("no erased person comes back", |_, state: &State| !state.revived),
        Property::always("nothing is sent before the job is planned", |_, state: &State| {
            !state.sent_early
        }),
        Property::always("a job is completed once", |_, state: &State| state.completions <= 1),
        Property::always("a completed job has settled every chunk", |_, state: &State| {
            !matches!(state.job, Job::Completed(_)) || state.settled.iter().all(Option::is_some)
        }),
        Property::always("the count is the sum of the chunks", |_, state: &State| {
            match state.job {
                Job::Completed(count) => {
                    usize::from(count)
                        == state.settled.iter().filter(|settled| **settled == Some(true)).count()
                }
                _ => true,
            }
        }),
        Property::always("what ends is complete", |machine: &Machine, state: &State| {
            let mut actions = Vec::new();
            machine.actions(state, &mut actions);
            let others = |action: &crate::machine::Action| {
                matches!(action, crate::machine::Action::Put | crate::machine::Action::Erase)
            };
            !actions.iter().all(others) || is_done(state)
        }),
        Property::sometimes("an erased person's row fails", |_, state: &State| {
            state.job == Job::Completed(2) && state.people[0].erased
        }),
        Property::sometimes("a PUT stands although its job went on", |_, state: &State| {
            state.job == Job::Completed(3) && state.people[1].written_by == Some(Writer::Put)
        }),
        Property::sometimes("all is well after two deaths", |_, state: &State| is_done(state)),
    ]
}

fn is_done(state: &State) -> bool {
    matches!(state.job, Job::Completed(_))
        && state.todos == [false; 3]
        && state.people[1].written_by.is_some()
}
