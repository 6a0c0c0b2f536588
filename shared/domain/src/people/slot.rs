//! Slots: the item positions of people, and the marks that a slot keeps whoever occupies it. The
//! marks keep a job's late rows from repeating what was done, or undone, to a person that is no
//! longer at the slot. No item at a slot is ever deleted, because an absent item has no order: a
//! late packet would find the slot free.

use super::{
    ALIAS, EMAIL, ERASED_AT, ERASED_BY, ERASED_GSID, ERASURE_NUMBER, FENCE, FENCE_OWNER, GSID,
    LEFT, REDIRECT,
};
use crate::ids::stamp::Stamp;
use crate::ids::tenant_ids::Locator;
use crate::objects::record::{Attributes, UPDATED, attribute_text};
use crate::values::Value;

/// Attributes that belong to the slot. A new incarnation there starts with them.
const SLOT_ATTRIBUTES: [&str; 7] =
    [FENCE, FENCE_OWNER, LEFT, ERASED_AT, ERASED_GSID, ERASED_BY, ERASURE_NUMBER];

/// Whether an attribute belongs to the slot, whoever occupies it.
#[must_use]
pub(crate) fn is_slot_attribute(name: &str) -> bool {
    SLOT_ATTRIBUTES.contains(&name)
}

/// Takes the attributes that stay at a slot when the person with this record part, or its alias, is
/// removed from it.
pub(super) fn take_slot_attributes(item: &mut Attributes, part: &str) -> Attributes {
    let kept = SLOT_ATTRIBUTES.iter().filter_map(|name| item.remove_entry(*name));
    let mut kept: Attributes = kept.collect();
    if kept.contains_key(FENCE) {
        kept.entry(FENCE_OWNER.to_owned()).or_insert_with(|| text_value(part));
    }
    kept
}

/// Removes a person, or its alias, from its slot. Returns the item that stays there: it names the
/// person and the time.
pub fn leave_slot(item: &mut Attributes, part: &str, stamp: Stamp) -> Attributes {
    let mut kept = take_slot_attributes(item, part);
    kept.insert(LEFT.to_owned(), text_value(part));
    kept.insert(UPDATED.to_owned(), text_value(stamp.as_str()));
    kept
}

/// Gives a person, or its alias, the marks of the slot that it moves to.
pub fn enter_slot(item: &mut Attributes, slot: &Attributes) {
    let kept = slot.iter().filter(|(name, _)| SLOT_ATTRIBUTES.contains(&name.as_str()));
    item.extend(kept.map(|(name, value)| (name.clone(), value.clone())));
}

/// The redirect of a person that moved to `to`, or that is back at its home slot.
#[must_use]
pub fn build_redirect(to: Option<&Locator>, stamp: Stamp) -> Attributes {
    let to = to.map(|to| (REDIRECT.to_owned(), text_value(to.as_str())));
    [(UPDATED.to_owned(), text_value(stamp.as_str()))].into_iter().chain(to).collect()
}

/// The alias at an email's slot of a person that is at another slot.
#[must_use]
pub fn build_alias(part: &str, stamp: Stamp) -> Attributes {
    [(ALIAS.to_owned(), text_value(part)), (UPDATED.to_owned(), text_value(stamp.as_str()))].into()
}

fn text_value(text: &str) -> Option<Value> {
    Some(Value::Text(text.to_owned()))
}

/// The state of a slot as its item shows it. A slot that was left, or that holds a tombstone, is
/// vacant like an empty one: the marks there ([`SLOT_ATTRIBUTES`]) stay whoever occupies it next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slot<'i> {
    /// The person with this record part and this email key.
    Person {
        part: &'i str,
        email: &'i str,
    },
    /// An alias of the person with this record part, which is at another slot.
    Alias(&'i str),
    Vacant,
}

impl<'i> Slot<'i> {
    #[must_use]
    pub fn parse(item: &'i Attributes) -> Self {
        let text = |name| attribute_text(item, name);
        match (text(ALIAS), text(GSID)) {
            (Some(part), _) => Self::Alias(part),
            (None, Some(part)) => Self::Person { part, email: text(EMAIL).unwrap_or_default() },
            (None, None) => Self::Vacant,
        }
    }

    /// The record part that an alias names.
    #[must_use]
    pub fn alias_part(self) -> Option<&'i str> {
        match self {
            Self::Alias(part) => Some(part),
            Self::Person { .. } | Self::Vacant => None,
        }
    }

    /// Whether the slot holds the person with this record part.
    #[must_use]
    pub fn is_person(self, record_part: &str) -> bool {
        matches!(self, Self::Person { part, .. } if part == record_part)
    }
}

/// Whether the item is a person or an alias.
#[must_use]
pub fn is_occupied(item: &Attributes) -> bool {
    Slot::parse(item) != Slot::Vacant
}

/// The record part of the person to whom the row behind the fence of emails was applied, once that
/// person is no longer at the slot.
#[must_use]
pub fn fence_owner(item: &Attributes) -> Option<&str> {
    attribute_text(item, FENCE_OWNER)
}
