//! A person that takes another email (contract: identify#who-is-meant; ADR 7). A person that lives
//! in the slot of its email moves to that of the new one, and its home slot redirects there. For a
//! person that lives in the slot of another id only the alias changes.

use super::slot_write::{remove, set_text};
use super::{IdentityKind, Precondition, SHOWN_EMAIL, SeenPerson, SeenSlot, SlotWrite};
use crate::ids::email::Email;
use crate::ids::stamp::Stamp;
use crate::ids::tenant_ids::{Locator, TenantIds};
use crate::objects::record::{Attributes, UPDATED, attribute_text};
use crate::people::{
    ALIAS, Assignment, FENCE, FENCE_OWNER, GSID, LEFT, apply_assignments, build_redirect,
    email_assignments, enter_slot, leave_slot,
};
use crate::values::Value;

/// A person that takes an email nobody holds.
#[derive(Debug, Clone, Copy)]
pub struct EmailChange<'c> {
    pub person: &'c SeenPerson,
    /// The slot of the new email, which is vacant.
    pub target: &'c SeenSlot,
    /// All assignments of the write, those of the email among them.
    pub assignments: &'c [(String, Assignment)],
    /// Later than all stamps at the slots.
    pub stamp: Stamp,
    pub ids: &'c TenantIds,
}

/// The assignments of a person that holds this email from now on.
#[must_use]
pub(super) fn hold_email(email: &Email) -> Vec<(String, Assignment)> {
    email_assignments(email).into_iter().chain([remove(SHOWN_EMAIL)]).collect()
}

/// The writes of an email change; the first is that of the person, the second at the slot of the
/// new email or the person itself there.
#[must_use]
pub fn plan_email_change(change: EmailChange<'_>) -> Vec<SlotWrite> {
    let EmailChange { person, target, assignments, stamp, ids } = change;
    let old_slot = person
        .identity(IdentityKind::Email)
        .map(|key| ids.locator_of_identity(IdentityKind::Email, key));
    match old_slot {
        Some(slot) if slot.as_str() == person.sort_key => move_person(change),
        old_slot => {
            let mut all = assignments.to_vec();
            if old_slot.is_some() {
                all.extend([remove(FENCE), remove(FENCE_OWNER)]);
            }
            let same = Precondition::same_identities(person.part(), &person.item, true);
            let alias = vec![set_text(ALIAS, person.part())];
            let mut writes = vec![
                SlotWrite::update(&person.sort_key, same, all, stamp, Some(&person.item)),
                SlotWrite::update(
                    &target.sort_key,
                    Precondition::Vacant,
                    alias,
                    stamp,
                    target.item.as_ref(),
                ),
            ];
            writes.extend(old_slot.map(|slot| leave_alias(person, slot.as_str(), stamp, true)));
            writes
        }
    }
}

/// The alias of a person at a slot becomes the mark that the person was there. The fence of rows by
/// email goes along if the slot is that of the email.
#[must_use]
pub(super) fn leave_alias(
    person: &SeenPerson,
    sort_key: &str,
    stamp: Stamp,
    takes_fence: bool,
) -> SlotWrite {
    let part = person.part();
    let mut left = vec![remove(ALIAS), set_text(LEFT, part)];
    if let Some(fence) = attribute_text(&person.item, FENCE).filter(|_| takes_fence) {
        left.extend([set_text(FENCE, fence), set_text(FENCE_OWNER, part)]);
    }
    SlotWrite::update(sort_key, Precondition::Alias(part.to_owned()), left, stamp, None)
}

fn move_person(change: EmailChange<'_>) -> Vec<SlotWrite> {
    let EmailChange { person, target, assignments, stamp, .. } = change;
    let mut new = person.item.clone();
    apply_assignments(&mut new, assignments);
    let left = leave_slot(&mut new, person.part(), stamp);
    enter_target(&mut new, target);
    write_moved_person(person, target, new, left, stamp)
}

/// A person that lives in the slot of an id that it does not hold moves to the slot of its email,
/// where its alias is, so that another person can have the id. `alias` is the slot of its email.
#[must_use]
pub(super) fn move_to_email_slot(
    person: &SeenPerson,
    alias: &SeenSlot,
    stamp: Stamp,
) -> Vec<SlotWrite> {
    let mut new = person.item.clone();
    // The fence is about rows by the email, whose slot the person moves to.
    let fence = new.remove_entry(FENCE);
    new.remove(FENCE_OWNER);
    let left = leave_slot(&mut new, person.part(), stamp);
    enter_target(&mut new, alias);
    if let Some((name, token)) = fence {
        new.insert(name, token);
        new.remove(FENCE_OWNER);
    }
    write_moved_person(person, alias, new, left, stamp)
}

fn enter_target(person: &mut Attributes, target: &SeenSlot) {
    if let Some(item) = &target.item {
        enter_slot(person, item);
    }
}

/// The writes of a move: the person as it is at the target, the mark that stays where it was, and
/// its redirect.
fn write_moved_person(
    person: &SeenPerson,
    target: &SeenSlot,
    mut new: Attributes,
    left: Attributes,
    stamp: Stamp,
) -> Vec<SlotWrite> {
    let updated = Some(Value::Text(stamp.as_str().to_owned()));
    new.insert(UPDATED.to_owned(), updated);
    vec![
        SlotWrite::put(&target.sort_key, Precondition::unchanged(target.item.as_ref()), new),
        SlotWrite::put(&person.sort_key, Precondition::unchanged(Some(&person.item)), left),
        redirect_person(person.part(), &target.sort_key, stamp),
    ]
}

fn redirect_person(part: &str, to: &str, stamp: Stamp) -> SlotWrite {
    let is_home = Locator::from_record_part(part).is_some_and(|home| home.as_str() == to);
    let to = Locator::parse(to).filter(|_| !is_home);
    SlotWrite::put(part, Precondition::Any, build_redirect(to.as_ref(), stamp))
}

/// Whether two items are of one person.
#[must_use]
pub(super) fn is_same_person(a: &Attributes, b: &Attributes) -> bool {
    let part = |item| attribute_text(item, GSID);
    part(a).is_some() && part(a) == part(b)
}
