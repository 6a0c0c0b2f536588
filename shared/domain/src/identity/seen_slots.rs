//! The slots of a call as they were read.

use super::{ExternalId, IdentityKind};
use crate::objects::record::{Attributes, attribute_text};
use crate::people::{GSID, Slot};

/// A person as it was read, and where.
#[derive(Debug, Clone)]
pub struct SeenPerson {
    /// The sort key of its slot.
    pub sort_key: String,
    pub item: Attributes,
}

/// A slot as it was read, with the person that its alias names.
#[derive(Debug, Clone)]
pub struct SeenSlot {
    pub sort_key: String,
    /// `None` if the slot was never used.
    pub item: Option<Attributes>,
    /// The person in the slot, or the person of the alias, if it was found.
    pub person: Option<SeenPerson>,
}

/// The slots that a call names.
#[derive(Debug, Clone)]
pub struct SeenSlots {
    pub id: SeenSlot,
    /// `None` if the call has no valid email.
    pub email: Option<SeenSlot>,
    /// The slot of the email of a person that lives in the slot of the id and does not hold it.
    pub resident_email: Option<SeenSlot>,
}

/// The holder of a value, by the slot of the value.
#[derive(Debug, Clone, Copy)]
pub(super) enum SlotHolder<'s> {
    Nobody,
    /// The person that holds the value.
    Person(&'s SeenPerson),
    /// A person that lives in the slot and does not hold the value any more.
    Resident(&'s SeenPerson),
    /// The slot and the person were read in different states.
    Inconsistent,
}

impl SeenPerson {
    /// The person in a slot; `None` if there is none.
    #[must_use]
    pub fn in_slot(sort_key: &str, item: &Attributes) -> Option<Self> {
        let is_person = matches!(Slot::parse(item), Slot::Person { .. });
        is_person.then(|| Self { sort_key: sort_key.to_owned(), item: item.clone() })
    }

    /// The record part.
    #[must_use]
    pub fn part(&self) -> &str {
        attribute_text(&self.item, GSID).unwrap_or_default()
    }

    /// The value of a kind that the person holds.
    #[must_use]
    pub fn identity(&self, kind: IdentityKind) -> Option<&str> {
        attribute_text(&self.item, kind.attribute())
    }
}

impl SeenSlot {
    /// The record part that the slot's alias names.
    #[must_use]
    pub fn alias_part(&self) -> Option<&str> {
        Slot::parse(self.item.as_ref()?).alias_part()
    }

    pub(super) fn holder(&self, kind: IdentityKind, value: &str) -> SlotHolder<'_> {
        let slot = self.item.as_ref().map_or(Slot::Vacant, Slot::parse);
        match (slot, &self.person) {
            (Slot::Vacant, _) => SlotHolder::Nobody,
            (_, Some(person)) if person.identity(kind) == Some(value) => SlotHolder::Person(person),
            (Slot::Person { .. }, Some(person)) => SlotHolder::Resident(person),
            _ => SlotHolder::Inconsistent,
        }
    }

    pub(super) fn holder_of_id(&self, id: &ExternalId) -> SlotHolder<'_> {
        self.holder(id.kind(), id.as_str())
    }
}

impl SeenSlots {
    /// All items that were read.
    pub fn items(&self) -> impl Iterator<Item = &Attributes> {
        let slots = [Some(&self.id), self.email.as_ref(), self.resident_email.as_ref()];
        slots.into_iter().flatten().flat_map(|slot| {
            slot.item.as_ref().into_iter().chain(slot.person.as_ref().map(|person| &person.item))
        })
    }
}
