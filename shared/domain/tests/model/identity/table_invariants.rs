//! The invariants of the people of a tenant, each as a predicate on the items of their slots and
//! redirects. A table that was read in the middle of a write satisfies them too, for a write
//! applies all of its parts or none.

use std::collections::{BTreeMap, BTreeSet};

use people_domain::identity::{IdentityKind, merged_into};
use people_domain::ids::tenant_ids::Locator;
use people_domain::objects::record::{Attributes, attribute_text};
use people_domain::people::{GSID, REDIRECT, Slot};

/// Items by sort key.
pub(crate) type PeopleTable<'t> = BTreeMap<&'t str, &'t Attributes>;

/// The slot of a value.
pub(crate) type SlotOf<'f> = &'f dyn Fn(IdentityKind, &str) -> String;

/// A chain of redirects and merges is shorter.
const STEPS_MAX: usize = 8;

fn list_people<'t>(table: &PeopleTable<'t>) -> impl Iterator<Item = (&'t str, &'t Attributes)> {
    let is_person = |item: &Attributes| matches!(Slot::parse(item), Slot::Person { .. });
    table.iter().map(|(key, item)| (*key, *item)).filter(move |(_, item)| is_person(item))
}

fn list_held(item: &Attributes) -> impl Iterator<Item = (IdentityKind, &str)> {
    let held = IdentityKind::ALL.into_iter();
    held.filter_map(|kind| Some((kind, attribute_text(item, kind.attribute())?)))
}

fn get<'t>(table: &PeopleTable<'t>, key: &str) -> Option<(&'t str, &'t Attributes)> {
    table.get_key_value(key).map(|(key, item)| (*key, *item))
}

/// The slot and the item of the person to whom a record part leads, as a caller finds it.
pub(crate) fn find_person<'t>(
    table: &PeopleTable<'t>,
    part: &str,
) -> Option<(&'t str, &'t Attributes)> {
    let mut part = part.to_owned();
    for _ in 0..STEPS_MAX {
        let home = Locator::from_record_part(&part)?;
        let home = get(table, home.as_str());
        if let Some((slot, item)) = home.filter(|(_, item)| Slot::parse(item).is_person(&part)) {
            return Some((slot, item));
        }
        let Some(into) = home.and_then(|(_, item)| merged_into(item, &part)) else {
            let redirect = table.get(part.as_str())?;
            let (slot, item) = get(table, attribute_text(redirect, REDIRECT)?)?;
            return Slot::parse(item).is_person(&part).then_some((slot, item));
        };
        into.clone_into(&mut part);
    }
    None
}

pub(crate) fn no_value_is_held_by_two(table: &PeopleTable<'_>) -> bool {
    let mut seen = BTreeSet::new();
    list_people(table).flat_map(|(_, item)| list_held(item)).all(|held| seen.insert(held))
}

pub(crate) fn nobody_is_in_two_slots(table: &PeopleTable<'_>) -> bool {
    let mut seen = BTreeSet::new();
    list_people(table).all(|(_, item)| seen.insert(attribute_text(item, GSID)))
}

pub(crate) fn nobody_is_without_identity(table: &PeopleTable<'_>) -> bool {
    list_people(table).all(|(_, item)| list_held(item).next().is_some())
}

/// The slot of a value that a person holds has the person, or an alias that leads to it.
pub(crate) fn held_values_lead_to_their_person(table: &PeopleTable<'_>, slot_of: SlotOf) -> bool {
    list_people(table).all(|(key, item)| {
        list_held(item).all(|(kind, value)| {
            let slot = slot_of(kind, value);
            slot == key
                || match table.get(slot.as_str()).map(|item| Slot::parse(item)) {
                    Some(Slot::Alias(part)) => find_person(table, part).is_some_and(|p| p.0 == key),
                    _ => false,
                }
        })
    })
}

/// The person that an alias names exists and holds the value of the alias's slot.
pub(crate) fn aliases_name_holders(table: &PeopleTable<'_>, slot_of: SlotOf) -> bool {
    table.iter().all(|(key, item)| {
        let Slot::Alias(part) = Slot::parse(item) else { return true };
        find_person(table, part).is_some_and(|(_, person)| {
            list_held(person).any(|(kind, value)| slot_of(kind, value) == *key)
        })
    })
}

/// The record part of a person leads to it: from its home slot, or by its redirect.
pub(crate) fn record_parts_lead_to_their_person(table: &PeopleTable<'_>) -> bool {
    list_people(table).all(|(key, item)| {
        let part = attribute_text(item, GSID).unwrap_or_default();
        find_person(table, part).is_some_and(|found| found.0 == key)
    })
}
