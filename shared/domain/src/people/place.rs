//! What a place remembers, whoever lives there: the marks that keep a job's late rows from doing
//! again what was done, or undone, to somebody who is not there any more. Nothing is ever deleted at
//! a place, because an absent item has no order: a late packet would find it free.

use super::{AT, ERASED, ERASED_BY, ERASED_GSID, ERASURE, FENCE, FENCE_OWNER, GSID, LEFT, TO};
use crate::ids::mint::Locator;
use crate::ids::stamp::Stamp;
use crate::objects::record::{Attributes, REVISED, text};
use crate::values::Value;

/// What belongs to the place. A new life there begins with it.
const OF_THE_PLACE: [&str; 7] = [FENCE, FENCE_OWNER, LEFT, ERASED, ERASED_GSID, ERASED_BY, ERASURE];

/// Takes the attributes that stay at a place when the person with this record part, or a pointer to
/// it, goes.
pub(super) fn take_what_stays(item: &mut Attributes, part: &str) -> Attributes {
    let kept = OF_THE_PLACE.iter().filter_map(|name| item.remove_entry(*name));
    let mut kept: Attributes = kept.collect();
    if kept.contains_key(FENCE) {
        kept.entry(FENCE_OWNER.to_owned()).or_insert_with(|| value(part));
    }
    kept
}

/// A person, or a pointer to it, leaves its place: what stays there, with who it was and when.
pub fn leave(item: &mut Attributes, part: &str, stamp: Stamp) -> Attributes {
    let mut kept = take_what_stays(item, part);
    kept.insert(LEFT.to_owned(), value(part));
    kept.insert(REVISED.to_owned(), value(stamp.as_str()));
    kept
}

/// A person, or a pointer to it, comes to a place that remembers something.
pub fn enter(item: &mut Attributes, place: &Attributes) {
    let of_the_place = |name: &&String| OF_THE_PLACE.contains(&name.as_str());
    let known = place.iter().filter(|(name, _)| of_the_place(name));
    item.extend(known.map(|(name, value)| (name.clone(), value.clone())));
}

/// The forward of a person that moved to `to`; none for one that is at home again.
#[must_use]
pub fn forward(to: Option<&Locator>, stamp: Stamp) -> Attributes {
    let to = to.map(|to| (TO.to_owned(), value(to.as_str())));
    [(REVISED.to_owned(), value(stamp.as_str()))].into_iter().chain(to).collect()
}

/// The pointer at an email's place to a person that lives elsewhere.
#[must_use]
pub fn pointer(part: &str, stamp: Stamp) -> Attributes {
    [(AT.to_owned(), value(part)), (REVISED.to_owned(), value(stamp.as_str()))].into()
}

fn value(text: &str) -> Option<Value> {
    Some(Value::Text(text.to_owned()))
}

/// Whether somebody lives at the place of this item, or is led to from it.
#[must_use]
pub fn is_taken(item: &Attributes) -> bool {
    item.contains_key(GSID) || item.contains_key(AT)
}

/// To whom the row behind the fence of emails was applied, as a record part, when that person lives
/// here no more.
#[must_use]
pub fn fence_owner(item: &Attributes) -> Option<&str> {
    text(item, FENCE_OWNER)
}
