//! An id is taken from its person, whose values of that system go with it (contract:
//! identify#px-delete).

use super::email_change::leave_alias;
use super::erasure::alias_slots;
use super::slot_write::remove;
use super::{
    ExternalId, IdentityKind, PEOPLE_MARK, Precondition, SHOWN_EMAIL, SeenPerson, SlotWrite,
};
use crate::ids::stamp::Stamp;
use crate::ids::tenant_ids::{Locator, TenantIds};
use crate::people::is_association_attribute;

/// Whether Gainsight PX made the person, under this id, and nobody else added to it.
#[must_use]
pub fn is_of_px_alone(person: &SeenPerson, id: &ExternalId, ids: &TenantIds) -> bool {
    let is_home = Locator::from_record_part(person.part()) == Some(ids.locator_of_id(id));
    let others = [IdentityKind::GoSquared, IdentityKind::Ptengine];
    is_home
        && others.iter().all(|kind| person.identity(*kind).is_none())
        && !person.item.contains_key(PEOPLE_MARK)
        && !person.item.keys().any(|name| is_association_attribute(name))
}

/// The writes that take an id from its person; the first is that of the person. A person that lives
/// in the slot of the id stays there.
#[must_use]
pub fn plan_release(
    person: &SeenPerson,
    id: &ExternalId,
    stamp: Stamp,
    ids: &TenantIds,
) -> Vec<SlotWrite> {
    let kind = id.kind();
    let own = kind.value_attribute("");
    let mut gone: Vec<_> = person.item.keys().filter(|name| name.starts_with(&own)).collect();
    let kind_attribute = kind.attribute().to_owned();
    gone.push(&kind_attribute);
    let shown = SHOWN_EMAIL.to_owned();
    // The systems that print a shown email are these two.
    let others = [IdentityKind::Px, IdentityKind::GoSquared];
    if !others.iter().any(|other| *other != kind && person.identity(*other).is_some()) {
        gone.push(&shown);
    }
    let unchanged = Precondition::unchanged(Some(&person.item));
    let assignments = gone.into_iter().map(|name| remove(name)).collect();
    let mut writes = vec![SlotWrite::update(
        &person.sort_key,
        unchanged,
        assignments,
        stamp,
        Some(&person.item),
    )];
    let aliases = alias_slots(person, ids).into_iter().filter(|(aliased, _)| *aliased == kind);
    writes.extend(aliases.map(|(_, slot)| leave_alias(person, slot.as_str(), stamp, false)));
    writes
}
