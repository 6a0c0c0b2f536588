//! Attributes that belong to a slot, not to its person: they keep late rows of a job from repeating
//! what was done, or undone, to a person that is no longer in the slot. No item in a slot is ever
//! deleted, because an absent item has no order: a late packet would find the slot empty.

use super::{
    ALIAS, ERASED_AT, ERASED_BY, ERASED_GSID, ERASURE_NUMBER, FENCE, FENCE_OWNER, GSID, LEFT,
    REDIRECT,
};
use crate::ids::stamp::Stamp;
use crate::ids::tenant_ids::Locator;
use crate::objects::record::{Attributes, UPDATED, attribute_text};
use crate::values::Value;

/// The attributes of the slot, with which a new incarnation begins.
const SLOT_ATTRIBUTES: [&str; 7] =
    [FENCE, FENCE_OWNER, LEFT, ERASED_AT, ERASED_GSID, ERASED_BY, ERASURE_NUMBER];

/// Takes the attributes that stay in a slot when the person with this record part, or an alias of
/// it, leaves it.
pub(super) fn take_slot_attributes(item: &mut Attributes, part: &str) -> Attributes {
    let kept = SLOT_ATTRIBUTES.iter().filter_map(|name| item.remove_entry(*name));
    let mut kept: Attributes = kept.collect();
    if kept.contains_key(FENCE) {
        kept.entry(FENCE_OWNER.to_owned()).or_insert_with(|| text_value(part));
    }
    kept
}

/// Moves a person, or an alias of it, out of its slot: returns the item that stays there, which
/// records the record part and the time.
pub fn leave_slot(item: &mut Attributes, part: &str, stamp: Stamp) -> Attributes {
    let mut kept = take_slot_attributes(item, part);
    kept.insert(LEFT.to_owned(), text_value(part));
    kept.insert(UPDATED.to_owned(), text_value(stamp.as_str()));
    kept
}

/// Moves a person, or an alias of it, into a slot: adds the attributes of the slot.
pub fn enter_slot(item: &mut Attributes, slot: &Attributes) {
    let belongs_to_slot = |name: &&String| SLOT_ATTRIBUTES.contains(&name.as_str());
    let known = slot.iter().filter(|(name, _)| belongs_to_slot(name));
    item.extend(known.map(|(name, value)| (name.clone(), value.clone())));
}

/// The redirect of a person that moved to `to`, or of one that is back in its home slot (`None`).
#[must_use]
pub fn build_redirect(to: Option<&Locator>, stamp: Stamp) -> Attributes {
    let to = to.map(|to| (REDIRECT.to_owned(), text_value(to.as_str())));
    [(UPDATED.to_owned(), text_value(stamp.as_str()))].into_iter().chain(to).collect()
}

/// The alias in an email's slot for a person in another slot.
#[must_use]
pub fn build_alias(part: &str, stamp: Stamp) -> Attributes {
    [(ALIAS.to_owned(), text_value(part)), (UPDATED.to_owned(), text_value(stamp.as_str()))].into()
}

fn text_value(text: &str) -> Option<Value> {
    Some(Value::Text(text.to_owned()))
}

/// Whether the slot of this item holds a person or an alias.
#[must_use]
pub fn is_occupied(item: &Attributes) -> bool {
    item.contains_key(GSID) || item.contains_key(ALIAS)
}

/// The record part of the person to whom the row behind [`FENCE`] was applied, if the slot no
/// longer holds that person.
#[must_use]
pub fn fence_owner(item: &Attributes) -> Option<&str> {
    attribute_text(item, FENCE_OWNER)
}
