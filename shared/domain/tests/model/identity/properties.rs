//! The invariants of the engine: those of the table in every state, and those of what callers were
//! told.

use people_domain::identity::IdentityKind;
use people_domain::objects::record::{Attributes, attribute_text};
use people_domain::people::{EMAIL, GSID, Slot};
use stateright::Property;

use super::calls::{Call, Outcome, SHARED, own_attribute, slot_of};
use super::history::CallState;
use super::table_invariants as table;
use super::{EngineState, STAMPS_MAX, Scenario};

type Predicate = fn(&Scenario, &EngineState) -> bool;

pub(super) const ALWAYS: [(&str, Predicate); 14] = [
    ("no value is held by two", |_, state| table::no_value_is_held_by_two(&state.table.view())),
    ("nobody is in two slots", |_, state| table::nobody_is_in_two_slots(&state.table.view())),
    ("nobody is without identity", |_, state| {
        table::nobody_is_without_identity(&state.table.view())
    }),
    ("held values lead to their person", |_, state| {
        table::held_values_lead_to_their_person(&state.table.view(), &slot_of)
    }),
    ("aliases name holders", |_, state| table::aliases_name_holders(&state.table.view(), &slot_of)),
    ("record parts lead to their person", |_, state| {
        table::record_parts_lead_to_their_person(&state.table.view())
    }),
    ("a GSID that was told leads to a person", |_, state| {
        list_written(state).all(|(_, part)| find_written(state, part).is_some())
    }),
    ("an acknowledged write is not lost", |scenario, state| {
        list_written(state).all(|(number, part)| is_kept(scenario, state, number, part))
    }),
    ("an acknowledged write is not done over a later one", is_in_order),
    ("an acknowledged id leads to its person", |scenario, state| {
        list_written(state).all(|(number, part)| holds_id(scenario, state, number, part))
    }),
    ("the erased stay erased", |_, state| {
        let view = state.table.view();
        let mut parts = view.values().filter(|item| is_person(item));
        parts.all(|item| !state.history.erased.contains_key(part_of(item)))
    }),
    ("erased are those who were named", erasures_are_named),
    ("a released id is free", released_ids_are_free),
    ("nobody tries for ever", |_, state| state.clock <= STAMPS_MAX),
];

pub(super) fn properties() -> Vec<Property<Scenario>> {
    let always = ALWAYS.map(|(name, predicate)| Property::always(name, predicate));
    let ends = Property::sometimes("all calls end", |_, state: &EngineState| state.is_quiet());
    always.into_iter().chain([ends]).collect()
}

fn is_person(item: &Attributes) -> bool {
    matches!(Slot::parse(item), Slot::Person { .. })
}

fn part_of(item: &Attributes) -> &str {
    attribute_text(item, GSID).unwrap_or_default()
}

/// The acknowledged writes, each with the record part that it was told.
fn list_written(state: &EngineState) -> impl Iterator<Item = (usize, &str)> {
    (0..state.history.calls.len()).filter_map(|number| Some((number, state.history.part(number)?)))
}

/// How a write's person is found.
enum Found<'s> {
    Person(&'s Attributes),
    Erased,
}

/// The person to whom a record part that was told leads; `None` if it leads nowhere, or elsewhere.
fn find_written<'s>(state: &'s EngineState, part: &'s str) -> Option<Found<'s>> {
    let merged = state.history.merged_part(part);
    if state.history.erased.contains_key(merged) {
        return Some(Found::Erased);
    }
    let (_, item) = table::find_person(&state.table.view(), part)?;
    (part_of(item) == merged).then_some(Found::Person(item))
}

fn is_kept(scenario: &Scenario, state: &EngineState, number: usize, part: &str) -> bool {
    let Some(Found::Person(item)) = find_written(state, part) else { return true };
    let own = own_attribute(scenario.call(number), number).unwrap_or_default();
    let by_email = matches!(scenario.call(number), Call::Upsert(_) | Call::Change(..));
    let is_kept = state.history.released.contains(&number) || item.contains_key(&own);
    is_kept && (!by_email || item.contains_key(EMAIL))
}

/// Of two acknowledged writes to one person, one begun after the other was answered, the later wins.
fn is_in_order(_: &Scenario, state: &EngineState) -> bool {
    list_written(state).all(|(later, part)| {
        let Some(Found::Person(item)) = find_written(state, part) else { return true };
        let shown = attribute_text(item, SHARED).and_then(|text| text.parse::<usize>().ok());
        let CallState::Ended { after, .. } = state.history.calls[later] else { return true };
        let is_over = |earlier: usize| {
            let was_on = state.history.part(earlier).map(|part| state.history.merged_part(part));
            after & (1 << earlier) != 0 && was_on == Some(part_of(item))
        };
        !shown.is_some_and(is_over)
    })
}

fn holds_id(scenario: &Scenario, state: &EngineState, number: usize, part: &str) -> bool {
    let Some(Found::Person(item)) = find_written(state, part) else { return true };
    let Call::Write(call) = scenario.call(number) else { return true };
    state.history.released.contains(&number)
        || attribute_text(item, call.kind.attribute()) == Some(call.id)
}

/// Whom a call erased is whom it named; a release erases nobody to whom another system wrote.
fn erasures_are_named(scenario: &Scenario, state: &EngineState) -> bool {
    state.history.erased.iter().all(|(part, by)| match scenario.call(*by) {
        Call::Erase(of) => {
            let named = state.history.part(of).map(|part| state.history.merged_part(part));
            named == Some(state.history.merged_part(part))
        }
        Call::Release(_) => list_written(state).all(|(number, written)| {
            let is_px =
                matches!(scenario.call(number), Call::Write(c) if c.kind == IdentityKind::Px);
            is_px || state.history.merged_part(written) != part
        }),
        _ => false,
    })
}

/// Nobody holds an id after its release, until somebody sends it again.
fn released_ids_are_free(scenario: &Scenario, state: &EngineState) -> bool {
    let calls = || state.history.calls.iter().enumerate();
    calls().all(|(number, call)| {
        let CallState::Ended { after, outcome: Outcome::Released } = call else { return true };
        let Call::Release(id) = scenario.call(number) else { return true };
        let is_settled = calls().all(|(other, state)| {
            let sends = matches!(scenario.call(other), Call::Write(c) if c.kind == IdentityKind::Px && c.id == id);
            !sends || *state == CallState::Waiting || after & (1 << other) != 0
        });
        let holds = |item: &Attributes| {
            attribute_text(item, IdentityKind::Px.attribute()) == Some(id)
        };
        !is_settled || !state.table.view().values().any(|item| is_person(item) && holds(item))
    })
}
