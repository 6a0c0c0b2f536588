//! Two people become one (contract: identify#merge): the person of an id goes into the person of an
//! email. Its slot becomes an alias that names its record part, so that its GSID leads on.

use std::collections::BTreeSet;

use super::{IdentityKind, Precondition, SHOWN_EMAIL, SeenPerson, SlotWrite};
use crate::ids::stamp::Stamp;
use crate::objects::record::{Attributes, CREATED, UPDATED, attribute_text};
use crate::people::{
    ALIAS, Assignment, EMAIL_AS_SENT, GSID, GSID_FENCE, PRIMARY, build_alias, enter_slot,
    is_slot_attribute,
};
use crate::values::Value;

/// The attribute of an alias that replaced a person: the record part of that person.
pub const MERGED_FROM: &str = "was";

/// The attributes that a merge does not give to the other person.
const OWN_ATTRIBUTES: [&str; 7] =
    [GSID, CREATED, UPDATED, EMAIL_AS_SENT, SHOWN_EMAIL, GSID_FENCE, PRIMARY];

/// The record part of the person into which the person with this record part was merged, by the
/// item at its home slot.
#[must_use]
pub fn merged_into<'i>(home_item: &'i Attributes, part: &str) -> Option<&'i str> {
    let is_merged = attribute_text(home_item, MERGED_FROM) == Some(part);
    attribute_text(home_item, ALIAS).filter(|_| is_merged)
}

/// The writes of a merge of `person` into `into`. `assignments` are those of the call, which win;
/// then come the values of `into`, and those of `person` fill the gaps.
pub(super) fn plan_merge(
    person: &SeenPerson,
    into: &SeenPerson,
    assignments: Vec<(String, Assignment)>,
    stamp: Stamp,
) -> Vec<SlotWrite> {
    let assigned: BTreeSet<&str> = assignments.iter().map(|(name, _)| name.as_str()).collect();
    let is_own = |name: &str| {
        OWN_ATTRIBUTES.contains(&name)
            || is_slot_attribute(name)
            || IdentityKind::ALL.iter().any(|kind| kind.attribute() == name)
    };
    let gaps = person.item.iter().filter(|(name, _)| !is_own(name) && !assigned.contains(&***name));
    let gaps =
        gaps.filter_map(|(name, value)| Some((name.clone(), Assignment::SetOnce(value.clone()?))));
    let gaps: Vec<_> = gaps.collect();
    let all = assignments.into_iter().chain(gaps).collect();
    let mut alias = build_alias(into.part(), stamp);
    alias.insert(MERGED_FROM.to_owned(), Some(Value::Text(person.part().to_owned())));
    enter_slot(&mut alias, &person.item);
    // A job's row by the GSID of the merged person meets it here first.
    alias.extend(person.item.get_key_value(GSID_FENCE).map(|(name, v)| (name.clone(), v.clone())));
    vec![
        SlotWrite::update(
            &into.sort_key,
            Precondition::same_identities(into.part(), &into.item, false),
            all,
            stamp,
            Some(&into.item),
        ),
        SlotWrite::put(&person.sort_key, Precondition::unchanged(Some(&person.item)), alias),
    ]
}
