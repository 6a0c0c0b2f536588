//! What a place remembers, whoever lives there: the marks that keep a job's late rows from doing
//! again what was done, or undone, to somebody who is not there any more. Nothing is ever deleted at
//! a place, because an absent item has no order: a late packet would find it free.

use super::{
    ALIAS, ERASED_AT, ERASED_BY, ERASED_GSID, ERASURE_NUMBER, FENCE, FENCE_OWNER, GSID, LEFT,
    REDIRECT,
};
use crate::ids::stamp::Stamp;
use crate::ids::tenant_ids::Locator;
use crate::objects::record::{Attributes, UPDATED, attribute_text};
use crate::values::Value;

/// What belongs to the place. A new life there begins with it.
const SLOT_ATTRIBUTES: [&str; 7] =
    [FENCE, FENCE_OWNER, LEFT, ERASED_AT, ERASED_GSID, ERASED_BY, ERASURE_NUMBER];

/// Takes the attributes that stay at a place when the person with this record part, or a pointer to
/// it, goes.
pub(super) fn take_slot_attributes(item: &mut Attributes, part: &str) -> Attributes {
    let kept = SLOT_ATTRIBUTES.iter().filter_map(|name| item.remove_entry(*name));
    let mut kept: Attributes = kept.collect();
    if kept.contains_key(FENCE) {
        kept.entry(FENCE_OWNER.to_owned()).or_insert_with(|| text_value(part));
    }
    kept
}

/// A person, or a pointer to it, leaves its place: what stays there, with who it was and when.
pub fn leave_slot(item: &mut Attributes, part: &str, stamp: Stamp) -> Attributes {
    let mut kept = take_slot_attributes(item, part);
    kept.insert(LEFT.to_owned(), text_value(part));
    kept.insert(UPDATED.to_owned(), text_value(stamp.as_str()));
    kept
}

/// A person, or a pointer to it, comes to a place that remembers something.
pub fn enter_slot(item: &mut Attributes, place: &Attributes) {
    let of_the_place = |name: &&String| SLOT_ATTRIBUTES.contains(&name.as_str());
    let known = place.iter().filter(|(name, _)| of_the_place(name));
    item.extend(known.map(|(name, value)| (name.clone(), value.clone())));
}

/// The forward of a person that moved to `to`; none for one that is at home again.
#[must_use]
pub fn build_redirect(to: Option<&Locator>, stamp: Stamp) -> Attributes {
    let to = to.map(|to| (REDIRECT.to_owned(), text_value(to.as_str())));
    [(UPDATED.to_owned(), text_value(stamp.as_str()))].into_iter().chain(to).collect()
}

/// The pointer at an email's place to a person that lives elsewhere.
#[must_use]
pub fn build_alias(part: &str, stamp: Stamp) -> Attributes {
    [(ALIAS.to_owned(), text_value(part)), (UPDATED.to_owned(), text_value(stamp.as_str()))].into()
}

fn text_value(text: &str) -> Option<Value> {
    Some(Value::Text(text.to_owned()))
}

/// Whether somebody lives at the place of this item, or is led to from it.
#[must_use]
pub fn is_occupied(item: &Attributes) -> bool {
    item.contains_key(GSID) || item.contains_key(ALIAS)
}

/// To whom the row behind the fence of emails was applied, as a record part, when that person lives
/// here no more.
#[must_use]
pub fn fence_owner(item: &Attributes) -> Option<&str> {
    attribute_text(item, FENCE_OWNER)
}
