//! Writes at the slots of a person, one or several that are applied together.

use super::Precondition;
use crate::ids::stamp::Stamp;
use crate::objects::record::{Attributes, UPDATED};
use crate::people::{Assignment, apply_assignments};
use crate::values::Value;

/// A write at one slot or redirect. All writes also require the order of writes: the stamps at the
/// slot are earlier than the write's own.
#[derive(Debug, Clone)]
pub struct SlotWrite {
    /// The locator of a slot, or the record part of a redirect.
    pub sort_key: String,
    pub precondition: Precondition,
    pub change: SlotChange,
    /// The item as it was read.
    pub seen: Option<Attributes>,
}

#[derive(Debug, Clone)]
pub enum SlotChange {
    Update(Vec<(String, Assignment)>),
    /// Replaces the item.
    Put(Attributes),
}

impl SlotWrite {
    /// An update. It sets the stamp of the write, whether or not that is among the assignments.
    #[must_use]
    pub(super) fn update(
        sort_key: &str,
        precondition: Precondition,
        assignments: Vec<(String, Assignment)>,
        stamp: Stamp,
        seen: Option<&Attributes>,
    ) -> Self {
        let mut all = vec![set_text(UPDATED, stamp.as_str())];
        all.extend(assignments.into_iter().filter(|(name, _)| name != UPDATED));
        Self {
            sort_key: sort_key.to_owned(),
            precondition,
            change: SlotChange::Update(all),
            seen: seen.cloned(),
        }
    }

    /// A replacement by an item, which has the stamp of the write.
    #[must_use]
    pub(crate) fn put(sort_key: &str, precondition: Precondition, item: Attributes) -> Self {
        let (sort_key, change) = (sort_key.to_owned(), SlotChange::Put(item));
        Self { sort_key, precondition, change, seen: None }
    }

    /// The item after the write, if it is as it was read.
    #[must_use]
    pub fn item_after(&self) -> Attributes {
        match &self.change {
            SlotChange::Put(item) => item.clone(),
            SlotChange::Update(assignments) => {
                let mut item = self.seen.clone().unwrap_or_default();
                apply_assignments(&mut item, assignments);
                item
            }
        }
    }

    /// The replacement that does what the update does to the item that was read, for an update
    /// whose expression would be too long; `None` if the slot was not read.
    #[must_use]
    pub fn to_put(&self) -> Option<Self> {
        let seen = self.seen.as_ref();
        self.precondition.matches(seen).then(|| Self {
            seen: self.seen.clone(),
            ..Self::put(&self.sort_key, Precondition::unchanged(seen), self.item_after())
        })
    }
}

pub(super) fn set_text(name: &str, text: &str) -> (String, Assignment) {
    (name.to_owned(), Assignment::Set(Some(Value::Text(text.to_owned()))))
}

pub(super) fn set_text_once(name: &str, text: &str) -> (String, Assignment) {
    (name.to_owned(), Assignment::SetOnce(Value::Text(text.to_owned())))
}

pub(super) fn remove(name: &str) -> (String, Assignment) {
    (name.to_owned(), Assignment::Remove)
}
