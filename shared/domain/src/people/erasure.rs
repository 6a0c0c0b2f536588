//! Erasures: the tombstones and redirects that are written for an erased person, and which jobs may
//! write to an erased slot.

use super::slot::take_slot_attributes;
use super::{ERASED_AT, ERASED_BY, ERASED_GSID, ERASURE_NUMBER};
use crate::ids::stamp::Stamp;
use crate::objects::record::{Attributes, attribute_text};
use crate::values::Value;

/// One erasure, as its tombstones store it.
#[derive(Debug, Clone)]
pub struct Erasure {
    /// Later than every stamp in the erased slots.
    pub stamp: Stamp,
    /// The id of the job that erases.
    pub job: String,
    /// The tenant's count of erasures, this one included.
    pub number: u64,
}

/// When a job was accepted, for comparison with erasures.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JobAcceptance {
    /// The tenant's count of erasures at that time: an erasure with a greater number came later.
    /// The store orders both, so that no two clocks are compared.
    pub erasures: u64,
    /// When the payload was uploaded, by the bucket's clock in whole seconds; `None` for a posted
    /// payload. An upload arrives before it is pinned and counted, so that the number alone would
    /// let the job create a person again who was erased in between.
    pub uploaded: Option<Stamp>,
}

impl JobAcceptance {
    /// Whether the last erasure in the slot of this item came after the job was accepted, or may
    /// have: in doubt the row is refused.
    #[must_use]
    pub fn is_before_erasure(&self, item: &Attributes) -> bool {
        let counted = erasure_number(item).is_some_and(|number| number > self.erasures);
        let erased = |uploaded: Stamp| {
            attribute_text(item, ERASED_AT).is_some_and(|x| x >= uploaded.as_str())
        };
        counted || self.uploaded.is_some_and(erased)
    }
}

fn erasure_number(item: &Attributes) -> Option<u64> {
    match item.get(ERASURE_NUMBER)?.as_ref()? {
        Value::Number(number) => number.as_str().parse().ok(),
        _ => None,
    }
}

/// The attributes of an erasure, which hold no personal data. `known` are the slot's own
/// attributes: a slow delete does not lower the number of one that began later and is done.
fn erasure_attributes(erasure: &Erasure, known: &Attributes) -> Attributes {
    let text = |text: &str| Some(Value::Text(text.to_owned()));
    let number = erasure_number(known).unwrap_or_default().max(erasure.number);
    let number = Value::Number(i64::try_from(number).unwrap_or(i64::MAX).into());
    let marks = [
        (ERASED_AT, text(erasure.stamp.as_str())),
        (ERASED_BY, text(&erasure.job)),
        (ERASURE_NUMBER, Some(number)),
    ];
    marks.map(|(name, value)| (name.to_owned(), value)).into()
}

/// The tombstone in the slot of an erased person with the record part `part`. By it a second run of
/// the job recognises its own work. The slot keeps its attributes about other people.
#[must_use]
pub fn build_tombstone(part: &str, erasure: &Erasure, mut old: Attributes) -> Attributes {
    let mut item = take_slot_attributes(&mut old, part);
    item.extend(erasure_attributes(erasure, &item));
    item.insert(ERASED_GSID.to_owned(), Some(Value::Text(part.to_owned())));
    item
}

/// The tombstone in the home slot of a person whose item was in another slot. Another person's
/// tombstone there keeps its record part and job, by which that person is counted.
#[must_use]
pub fn build_home_tombstone(part: &str, erasure: &Erasure, old: Option<Attributes>) -> Attributes {
    let mut item = old.map(|mut old| take_slot_attributes(&mut old, part)).unwrap_or_default();
    let mut marks = erasure_attributes(erasure, &item);
    marks.remove(ERASED_BY);
    item.extend(marks);
    item
}

/// The redirect of an erased person; the record part in its key identifies the person.
#[must_use]
pub fn build_erased_redirect(erasure: &Erasure) -> Attributes {
    erasure_attributes(erasure, &Attributes::new())
}

/// The redirect of a person whose tombstone is replaced by another person's, if the slot holds one.
#[must_use]
pub fn build_replaced_redirect(part: &str, old: &Attributes) -> Option<(String, Attributes)> {
    let erased_part =
        attribute_text(old, ERASED_GSID).filter(|erased_part| *erased_part != part)?;
    let marks = [ERASED_AT, ERASED_BY, ERASURE_NUMBER].into_iter();
    let marks = marks.filter_map(|name| Some((name.to_owned(), old.get(name)?.clone())));
    Some((erased_part.to_owned(), marks.collect()))
}

/// Whether this job erased the person with this record part, by the item in its home slot or former
/// slot.
#[must_use]
pub fn is_erased_by(item: &Attributes, part: &str, job: &str) -> bool {
    attribute_text(item, ERASED_GSID) == Some(part) && attribute_text(item, ERASED_BY) == Some(job)
}

/// Whether this job erased the person, by the person's redirect.
#[must_use]
pub fn is_redirect_erased_by(redirect: &Attributes, job: &str) -> bool {
    attribute_text(redirect, ERASED_AT).is_some()
        && attribute_text(redirect, ERASED_BY) == Some(job)
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "0123456789ABCDWXYZ";
    const B: &str = "0123456789ABCDWXY0";

    fn erasure(number: u64) -> Erasure {
        Erasure { stamp: Stamp::new(u128::from(number) << 36), job: format!("job{number}"), number }
    }

    #[test]
    fn a_job_is_held_off_by_what_was_erased_after_it() {
        let item = build_tombstone(A, &erasure(7), Attributes::new());
        let posted = |erasures| JobAcceptance { erasures, uploaded: None };
        let uploaded =
            |erasures, at: u128| JobAcceptance { erasures, uploaded: Some(Stamp::new(at << 36)) };
        for (accepted, held_off) in [
            (posted(6), true),
            (posted(7), false),
            (uploaded(6, 9), true),
            (uploaded(7, 9), false),
            (uploaded(7, 7), true),
            (uploaded(7, 6), true),
        ] {
            assert_eq!(accepted.is_before_erasure(&item), held_off, "{accepted:?}");
        }
        assert!(!uploaded(0, 0).is_before_erasure(&Attributes::new()));
    }

    #[test]
    fn a_home_counts_who_was_erased_there_though_its_former_owner_is_erased_later() {
        let newcomer = build_tombstone(B, &erasure(1), Attributes::new());
        let home_slot = build_home_tombstone(A, &erasure(2), Some(newcomer));
        assert!(is_erased_by(&home_slot, B, "job1") && !is_erased_by(&home_slot, A, "job2"));
        assert!(JobAcceptance { erasures: 1, uploaded: None }.is_before_erasure(&home_slot));
        assert!(is_redirect_erased_by(&build_erased_redirect(&erasure(2)), "job2"));
    }
}
