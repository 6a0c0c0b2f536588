//! The writes that erase a person: each slot that it holds gets a tombstone, so that no alias names
//! nobody.

use std::collections::HashMap;

use super::slot_write::remove;
use super::{IdentityKind, MERGED_FROM, Precondition, SeenPerson, SlotWrite};
use crate::ids::tenant_ids::{Locator, TenantIds};
use crate::objects::record::Attributes;
use crate::people::{
    ALIAS, Assignment, Erasure, FENCE, FENCE_OWNER, build_erased_redirect, build_home_tombstone,
    build_replaced_redirect, build_tombstone, is_occupied,
};

/// A person that is to be erased, as it was read.
#[derive(Debug, Clone, Copy)]
pub struct ErasedPerson<'p> {
    pub person: &'p SeenPerson,
    /// The item at its home slot, for a person that lives elsewhere.
    pub home_item: Option<&'p Attributes>,
    /// The items at the slots of its aliases by sort key, as far as they were read. Most need not
    /// be: nobody else was erased there.
    pub alias_items: &'p HashMap<String, Attributes>,
    /// Whether any write since the person was read prevents the erasure; otherwise only a change of
    /// its identities does.
    pub must_be_unchanged: bool,
}

/// The slots that hold aliases of a person, by the values that it holds.
pub(super) fn alias_slots(person: &SeenPerson, ids: &TenantIds) -> Vec<(IdentityKind, Locator)> {
    let held = IdentityKind::ALL
        .into_iter()
        .filter_map(|kind| Some((kind, ids.locator_of_identity(kind, person.identity(kind)?))));
    held.filter(|(_, slot)| slot.as_str() != person.sort_key).collect()
}

/// The writes of an erasure; the first is that of the person.
#[must_use]
pub fn plan_erasure(
    erased: ErasedPerson<'_>,
    erasure: &Erasure,
    ids: &TenantIds,
) -> Vec<SlotWrite> {
    let ErasedPerson { person, home_item, must_be_unchanged, .. } = erased;
    let part = person.part();
    let precondition = if must_be_unchanged {
        Precondition::unchanged(Some(&person.item))
    } else {
        Precondition::same_identities(part, &person.item, false)
    };
    let aliases = alias_slots(person, ids);
    let mut old = person.item.clone();
    // The fence of rows by email stays at the slot of the email.
    if aliases.iter().any(|(kind, _)| *kind == IdentityKind::Email) {
        old.remove(FENCE);
        old.remove(FENCE_OWNER);
    }
    let tombstone = build_tombstone(part, erasure, old);
    let mut writes = vec![SlotWrite::put(&person.sort_key, precondition, tombstone)];
    for (kind, slot) in &aliases {
        writes.extend(erase_alias(erased, *kind, slot.as_str(), erasure));
    }
    // The tombstone replaces that of a person erased here before. Its marks move to that person's
    // redirect, so that the job that erased it still finds them.
    let replaced = build_replaced_redirect(part, &person.item);
    writes.extend(
        replaced.map(|(earlier, marks)| SlotWrite::put(&earlier, Precondition::Any, marks)),
    );
    let home_slot = Locator::from_record_part(part).filter(|home| home.as_str() != person.sort_key);
    if let Some(home_slot) = home_slot {
        writes.push(SlotWrite::put(part, Precondition::Any, build_erased_redirect(erasure)));
        // An occupied home slot belongs to another person, or to an alias of this one: no write by
        // what the slot is derived from is about the erased person any more.
        if !home_item.is_some_and(is_occupied) {
            let tombstone = build_home_tombstone(part, erasure, home_item.cloned());
            let unchanged = Precondition::unchanged(home_item);
            writes.push(SlotWrite::put(home_slot.as_str(), unchanged, tombstone));
        }
    }
    writes
}

/// The writes that put a tombstone in place of an alias. The slot keeps its marks about others.
fn erase_alias(
    erased: ErasedPerson<'_>,
    kind: IdentityKind,
    slot: &str,
    erasure: &Erasure,
) -> Vec<SlotWrite> {
    let ErasedPerson { person, alias_items, .. } = erased;
    let part = person.part();
    let fence = person.item.get_key_value(FENCE).filter(|_| kind == IdentityKind::Email);
    let fence = fence.map(|(name, token)| (name.clone(), token.clone()));
    let Some(item) = alias_items.get(slot) else {
        let marks = build_tombstone(part, erasure, fence.into_iter().collect());
        let mut assignments: Vec<_> =
            marks.into_iter().map(|(name, value)| (name, Assignment::Set(value))).collect();
        assignments.extend([remove(ALIAS), remove(MERGED_FROM)]);
        let unmarked = Precondition::UnmarkedAlias(part.to_owned());
        return vec![SlotWrite::update(slot, unmarked, assignments, erasure.stamp, None)];
    };
    let mut old = item.clone();
    if let Some((name, token)) = fence {
        old.insert(name, token);
        old.remove(FENCE_OWNER);
    }
    let replaced = build_replaced_redirect(part, item);
    let replaced =
        replaced.map(|(earlier, marks)| SlotWrite::put(&earlier, Precondition::Any, marks));
    let tombstone = build_tombstone(part, erasure, old);
    let tombstone = SlotWrite::put(slot, Precondition::unchanged(Some(item)), tombstone);
    [tombstone].into_iter().chain(replaced).collect()
}
