//! The order of a pass over people: each person has its place at its home slot, whichever slot its
//! item is in. So a person whose email changes while the pass goes on is met once, not twice and
//! not never.

use people_domain::ids::tenant_ids::{LOCATOR_CHARS, Locator, TenantIds};
use people_domain::objects::record::{Attributes, attribute_text};
use people_domain::people::{ERASED_AT, GSID, LEFT, Person};

use crate::table::convert::{TableItem, to_attributes};
use crate::table::keys::ItemKey;

/// A person whose home slot was met.
pub(super) enum Resident {
    /// The person is at home.
    Present(Person),
    /// The person with this record part was away when its home slot was read, and is read by its
    /// GSID.
    Away(String),
}

/// The people who were met at the slot that the last item belongs to. The items of a slot follow
/// one another: the slot itself, then the redirects of those who moved away.
pub(super) struct HomeSlot {
    slot: String,
    /// Record parts.
    pub(super) met: Vec<String>,
}

impl HomeSlot {
    /// The slot of the item with the sort key `last`, and the people met there so far.
    pub(super) fn new(last: &str, met: Vec<String>) -> Self {
        Self { slot: slot_of(last).to_owned(), met }
    }

    /// The people met at the slot of `last`; none if a later item was not met.
    pub(super) fn into_met_at(self, last: &str) -> Vec<String> {
        if self.slot == slot_of(last) { self.met } else { Vec::new() }
    }

    /// Adds those of an item's people who live here and were not met before. A person that moves
    /// home while its slot is read is found by its redirect, one that leaves by the mark in the
    /// slot: a page is no snapshot, and items of one transaction may be read before and after it.
    pub(super) fn add_residents(
        &mut self,
        item: TableItem,
        tenant_ids: &TenantIds,
        residents: &mut Vec<Resident>,
    ) {
        let Some(key) = ItemKey::from_item(&item) else { return };
        let slot = slot_of(&key.sk);
        if slot != self.slot {
            *self = Self::new(slot, Vec::new());
        }
        let attributes = to_attributes(item);
        if key.sk.len() > LOCATOR_CHARS {
            // An erased person keeps its redirect for good.
            if !attributes.contains_key(ERASED_AT) && self.is_new(&key.sk) {
                residents.push(Resident::Away(key.sk));
            }
            return;
        }
        let left = attribute_text(&attributes, LEFT).map(str::to_owned);
        if let Some(part) = self.find_occupant(&attributes)
            && self.is_new(&part)
            && let Some(person) = Person::from_attributes(attributes, tenant_ids)
        {
            residents.push(Resident::Present(person));
        }
        if let Some(left) = left.filter(|left| self.is_home_of(left) && self.is_new(left)) {
            residents.push(Resident::Away(left));
        }
    }

    /// The occupant of the slot, unless its home is another slot.
    fn find_occupant(&self, attributes: &Attributes) -> Option<String> {
        let part = attribute_text(attributes, GSID)?;
        // The GSID of another system has no home slot but the one that it is in.
        let has_other_home = Locator::from_record_part(part).is_some() && !self.is_home_of(part);
        (!has_other_home).then(|| part.to_owned())
    }

    fn is_home_of(&self, part: &str) -> bool {
        slot_of(part) == self.slot
    }

    /// Whether a person was not met before; it is from now on.
    fn is_new(&mut self, part: &str) -> bool {
        let is_new = !self.met.iter().any(|met| met == part);
        if is_new {
            self.met.push(part.to_owned());
        }
        is_new
    }
}

/// The slot that an item belongs to, by its sort key.
fn slot_of(sort_key: &str) -> &str {
    sort_key.get(..LOCATOR_CHARS).unwrap_or(sort_key)
}
