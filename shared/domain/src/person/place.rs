//! What a place remembers, whoever lives there: the marks that keep a job's late rows from doing
//! again what was done, or undone, to somebody who is not there any more.

use super::{AT, EMAIL, ERASED, ERASED_BY, ERASED_GSID, FENCE, GSID, LEFT};
use crate::record::{Attributes, REVISED, text};
use crate::stamp::Stamp;
use crate::value::Value;

/// What belongs to the place. A new life there begins with it.
const OF_THE_PLACE: [&str; 5] = [FENCE, LEFT, ERASED, ERASED_GSID, ERASED_BY];

/// What is left of an erased person: when, who it was and which job erased it, so that a second
/// run of the job knows its own work; nothing personal.
#[must_use]
pub fn tombstone(part: &str, job: &str, stamp: Stamp) -> Attributes {
    let own = [(ERASED, stamp.as_str()), (ERASED_GSID, part), (ERASED_BY, job)];
    own.map(|(name, text)| (name.to_owned(), Some(Value::Text(text.to_owned())))).into()
}

/// A person leaves its place: what its item keeps no longer, with who it was; none when there is
/// nothing to remember.
pub fn leave(item: &mut Attributes, part: &str, stamp: Stamp) -> Option<Attributes> {
    let kept = OF_THE_PLACE.iter().filter_map(|name| item.remove_entry(*name));
    let mut kept: Attributes = kept.collect();
    if kept.is_empty() {
        return None;
    }
    let text = |text: &str| Some(Value::Text(text.to_owned()));
    kept.insert(LEFT.to_owned(), text(part));
    kept.insert(REVISED.to_owned(), text(stamp.as_str()));
    Some(kept)
}

/// A person, or a pointer to it, comes to a place that remembers something.
pub fn enter(item: &mut Attributes, place: &Attributes) {
    let of_the_place = |name: &&String| OF_THE_PLACE.contains(&name.as_str());
    let known = place.iter().filter(|(name, _)| of_the_place(name));
    item.extend(known.map(|(name, value)| (name.clone(), value.clone())));
}

/// Whether somebody lives at the place of this item, or is led to from it.
#[must_use]
pub fn is_taken(item: &Attributes) -> bool {
    item.contains_key(GSID) || item.contains_key(AT)
}

/// Who lived at the place of this item and moved, as a record part; none when somebody is there.
#[must_use]
pub fn left_by(item: &Attributes) -> Option<&str> {
    text(item, LEFT).filter(|_| !item.contains_key(EMAIL) && !item.contains_key(AT))
}
