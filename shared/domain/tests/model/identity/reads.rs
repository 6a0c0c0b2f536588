//! Reads of people, an item at a time, as the storage does them.

use std::sync::Arc;

use people_domain::identity::{ExternalId, IdentityKind, SeenPerson, SeenSlot, merged_into};
use people_domain::ids::tenant_ids::Locator;
use people_domain::objects::record::{Attributes, attribute_text};
use people_domain::people::{REDIRECT, Slot};

use super::calls::slot_of;
use super::io::{Asked, Io};
use super::table::Item;

/// The slots at which to look for a person: its home slot, then the slot that its redirect names.
pub(super) struct RedirectChain {
    home_slot: String,
    pub(super) slot: String,
    is_first: bool,
}

impl RedirectChain {
    pub(super) fn from_record_part(part: &str) -> Option<Self> {
        let home_slot = Locator::from_record_part(part)?.as_str().to_owned();
        Some(Self { slot: home_slot.clone(), home_slot, is_first: true })
    }

    /// Reads the redirect of the person; false when there is no other slot.
    pub(super) fn follow_redirect(&mut self, io: &mut Io<'_>, part: &str) -> Asked<bool> {
        let item = io.read(part)?;
        let redirect = item.as_ref().and_then(|item| attribute_text(&item.0, REDIRECT));
        let next = redirect.map_or_else(|| self.home_slot.clone(), str::to_owned);
        let has_next = next != self.slot || self.is_first;
        (self.slot, self.is_first) = (next, false);
        Ok(has_next)
    }
}

/// The person with this record part, or the person into which it was merged.
pub(super) fn find_person(io: &mut Io<'_>, part: &str) -> Asked<Option<SeenPerson>> {
    let mut part = part.to_owned();
    let Some(mut chain) = RedirectChain::from_record_part(&part) else { return Ok(None) };
    loop {
        if let Some(item) = io.read(&chain.slot)? {
            if Slot::parse(&item.0).is_person(&part) {
                return Ok(Some(SeenPerson { sort_key: chain.slot, item: item.0.clone() }));
            }
            if let Some((into, next)) = follow_merge(&item, &part) {
                (part, chain) = (into, next);
                continue;
            }
        }
        if !chain.follow_redirect(io, &part)? {
            return Ok(None);
        }
    }
}

/// The record part that a merged person has now, and where to look for it.
pub(super) fn follow_merge(item: &Arc<Item>, part: &str) -> Option<(String, RedirectChain)> {
    let into = merged_into(&item.0, part)?;
    Some((into.to_owned(), RedirectChain::from_record_part(into)?))
}

/// The holder of an id.
pub(super) enum Holder {
    Nobody,
    Person(SeenPerson),
    /// The id went to another person between two reads.
    Moved,
}

pub(super) fn find_holder(io: &mut Io<'_>, id: &ExternalId) -> Asked<Holder> {
    let slot = slot_of(id.kind(), id.as_str());
    let holds = |person: &SeenPerson| person.identity(id.kind()) == Some(id.as_str());
    let Some(item) = io.read(&slot)? else { return Ok(Holder::Nobody) };
    Ok(match Slot::parse(&item.0) {
        Slot::Vacant => Holder::Nobody,
        Slot::Person { .. } => {
            SeenPerson::in_slot(&slot, &item.0).filter(holds).map_or(Holder::Nobody, Holder::Person)
        }
        Slot::Alias(part) => {
            find_person(io, part)?.filter(holds).map_or(Holder::Moved, Holder::Person)
        }
    })
}

pub(super) fn fill_slot(io: &mut Io<'_>, slot: &mut SeenSlot) -> Asked<()> {
    slot.person = match slot.alias_part() {
        Some(part) => find_person(io, part)?,
        None => slot.item.as_ref().and_then(|item| SeenPerson::in_slot(&slot.sort_key, item)),
    };
    Ok(())
}

/// The slot of the email that a person holds.
pub(super) fn read_email_slot(io: &mut Io<'_>, person: &Attributes) -> Asked<Option<SeenSlot>> {
    let kind = IdentityKind::Email;
    let Some(key) = attribute_text(person, kind.attribute()) else { return Ok(None) };
    let sort_key = slot_of(kind, key);
    let item = io.read(&sort_key)?.map(|item| item.0.clone());
    Ok(Some(SeenSlot { sort_key, item, person: None }))
}
