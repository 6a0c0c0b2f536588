//! Reads people by the ids of other systems, and the slots that a call names.

use people_domain::identity::{
    ExternalId, IdentifiedPerson, IdentityKind, IdentityWrite, SeenPerson, SeenSlot, SeenSlots,
    SentEmail,
};
use people_domain::ids::tenant_ids::Locator;
use people_domain::objects::record::{Attributes, attribute_text};
use people_domain::people::Slot;

use super::has_entries;
use crate::table::convert::to_attributes;
use crate::table::failpoint::failpoint;
use crate::table::keys::{self, ItemKey};
use crate::table::retry::Contention;
use crate::{Result, TenantStore};

impl TenantStore {
    /// Reads the person that holds an id: one call, two if the person lives in another slot.
    pub async fn read_person_by_id(&self, id: &ExternalId) -> Result<Option<IdentifiedPerson>> {
        let person = self.find_holder(id).await?;
        Ok(person.and_then(|person| IdentifiedPerson::from_attributes(person.item, self.ids())))
    }

    /// The person that holds an id, and its slot.
    pub(super) async fn find_holder(&self, id: &ExternalId) -> Result<Option<SeenPerson>> {
        let mut contention = Contention::new();
        let slot = self.ids().locator_of_id(id);
        loop {
            let key = keys::slot_key(&self.tenant.id, &slot);
            let Some(item) = self.read_attributes(&key).await? else { return Ok(None) };
            let holds = |person: &SeenPerson| person.identity(id.kind()) == Some(id.as_str());
            match Slot::parse(&item) {
                Slot::Vacant => return Ok(None),
                Slot::Person { .. } => {
                    return Ok(SeenPerson::in_slot(slot.as_str(), &item).filter(holds));
                }
                Slot::Alias(part) => {
                    let person = self.find_person(part).await?;
                    if let Some(person) = person.filter(holds) {
                        return Ok(Some(person));
                    }
                }
            }
            // The id went to another person between the two reads.
            contention.wait_for_retry("an alias").await?;
        }
    }

    pub(super) async fn find_person(&self, part: &str) -> Result<Option<SeenPerson>> {
        let found = self.read_by_record_part(part).await?;
        Ok(found.map(|(slot, item)| SeenPerson { sort_key: slot.as_str().to_owned(), item }))
    }

    /// The slots of a call as if they had never been used.
    pub(super) fn assume_vacant_slots(&self, write: &IdentityWrite) -> SeenSlots {
        let slot = |slot: &Locator| SeenSlot {
            sort_key: slot.as_str().to_owned(),
            item: None,
            person: None,
        };
        let email = match &write.email {
            Some(SentEmail::Valid(email)) => Some(slot(&self.ids().locator(email))),
            Some(SentEmail::IllFormed(_)) | None => None,
        };
        let id = slot(&self.ids().locator_of_id(&write.id));
        SeenSlots { id, email, resident_email: None }
    }

    /// Reads the slots of a call and the people that their aliases name, strongly consistent. The
    /// slots are not read at one moment, so that their states may not fit together.
    pub(super) async fn read_seen_slots(&self, write: &IdentityWrite) -> Result<SeenSlots> {
        let mut seen = self.assume_vacant_slots(write);
        let slots = [Some(&mut seen.id), seen.email.as_mut()];
        let mut slots: Vec<_> = slots.into_iter().flatten().collect();
        let keys = slots.iter().map(|slot| self.sort_key_to_key(&slot.sort_key));
        let mut items = self.batch_get_items(keys.collect()).await?;
        for slot in &mut slots {
            let item = items.remove(&self.sort_key_to_key(&slot.sort_key));
            self.fill_slot(slot, item.map(to_attributes)).await?;
        }
        if let Some(resident) = &seen.id.person
            && seen.id.alias_part().is_none()
            && resident.identity(write.id.kind()) != Some(write.id.as_str())
        {
            seen.resident_email = self.read_email_slot(&resident.item).await?;
        }
        Ok(seen)
    }

    async fn fill_slot(&self, slot: &mut SeenSlot, item: Option<Attributes>) -> Result<()> {
        slot.item = item;
        slot.person = match slot.alias_part() {
            Some(part) => self.find_person(part).await?,
            None => slot.item.as_ref().and_then(|item| SeenPerson::in_slot(&slot.sort_key, item)),
        };
        Ok(())
    }

    /// The slot of the email that a person holds.
    async fn read_email_slot(&self, person: &Attributes) -> Result<Option<SeenSlot>> {
        let kind = IdentityKind::Email;
        let Some(key) = attribute_text(person, kind.attribute()) else { return Ok(None) };
        let slot = self.ids().locator_of_identity(kind, key);
        let item = self.read_attributes(&keys::slot_key(&self.tenant.id, &slot)).await?;
        Ok(Some(SeenSlot { sort_key: slot.as_str().to_owned(), item, person: None }))
    }

    fn sort_key_to_key(&self, sort_key: &str) -> ItemKey {
        keys::redirect_key(&self.tenant.id, sort_key)
    }

    /// Writes the entry by which a person with the id is listed, before the person gets the id.
    pub(super) async fn write_id_entry(&self, write: &IdentityWrite, part: &str) -> Result<()> {
        if !has_entries(write.id.kind()) {
            return Ok(());
        }
        let key = keys::px_user_entry_key(&self.tenant.id, part);
        self.store.put_item(key.to_attributes()).await?;
        failpoint("identity.entry");
        Ok(())
    }

    /// Removes the entry of a person that was not created after all. Nobody else can have its
    /// record part, unless that is one of those that were seen.
    pub(super) async fn remove_unused_entry(
        &self,
        write: &IdentityWrite,
        part: &str,
        seen: &SeenSlots,
    ) -> Result<()> {
        let people = [Some(&seen.id), seen.email.as_ref()].into_iter().flatten();
        let is_used = people.filter_map(|slot| slot.person.as_ref()).any(|p| p.part() == part);
        if is_used || !has_entries(write.id.kind()) {
            return Ok(());
        }
        self.store.delete_item(&keys::px_user_entry_key(&self.tenant.id, part)).await
    }
}
