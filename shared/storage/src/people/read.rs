//! Reads of people: one strongly consistent `GetItem` at the slot that an email or a GSID names,
//! and one more for a person that has moved.

use people_domain::identity::merged_into;
use people_domain::ids::email::{Email, EmailKey};
use people_domain::ids::gsid::Gsid;
use people_domain::ids::tenant_ids::Locator;
use people_domain::objects::record::{Attributes, attribute_text};
use people_domain::people::{EMAIL, Person, Slot};

use crate::table::convert::{TableItem, to_attributes};
use crate::table::keys::{self, ItemKey};
use crate::table::retry::Contention;
use crate::{Result, TenantStore};

impl TenantStore {
    pub async fn read_person_by_email(&self, email: &Email) -> Result<Option<Person>> {
        self.read_person_by_email_key(email.as_key()).await
    }

    pub async fn read_person_by_email_key(&self, key: &EmailKey) -> Result<Option<Person>> {
        let slot = self.ids().locator_of_key(key);
        let item = self.read_attributes(&keys::slot_key(&self.tenant.id, &slot)).await?;
        let Some(item) = item else { return Ok(None) };
        let item = match Slot::parse(&item) {
            Slot::Person { email, .. } => (email == key.as_str()).then_some(item),
            Slot::Alias(part) => {
                let person = self.read_by_record_part(part).await?.map(|(_, item)| item);
                person.filter(|item| attribute_text(item, EMAIL) == Some(key.as_str()))
            }
            Slot::Vacant => None,
        };
        Ok(item.and_then(|item| Person::from_attributes(item, self.ids())))
    }

    pub async fn read_person_by_gsid(&self, gsid: &Gsid) -> Result<Option<Person>> {
        let Some(part) = self.ids().person_record_part(gsid) else { return Ok(None) };
        Ok(self
            .read_by_record_part(part)
            .await?
            .and_then(|(_, item)| Person::from_attributes(item, self.ids())))
    }

    /// The slot and the item of the person with this record part, or of the person into which it
    /// was merged.
    pub(crate) async fn read_by_record_part(
        &self,
        part: &str,
    ) -> Result<Option<(Locator, Attributes)>> {
        let mut part = part.to_owned();
        let Some(mut chain) = RedirectChain::from_record_part(&part) else { return Ok(None) };
        loop {
            let item = self.read_attributes(&keys::slot_key(&self.tenant.id, &chain.slot)).await?;
            if let Some(item) = item {
                if Slot::parse(&item).is_person(&part) {
                    return Ok(Some((chain.slot, item)));
                }
                if let Some(into) = merged_into(&item, &part).map(str::to_owned)
                    && let Some(next) = RedirectChain::from_record_part(&into)
                {
                    (part, chain) = (into, next);
                    continue;
                }
            }
            let part = &part;
            if !chain.follow_redirect(self.read_redirect(part).await?).await? {
                return Ok(None);
            }
        }
    }

    /// Reads an item, strongly consistent, without its key.
    pub(crate) async fn read_attributes(&self, key: &ItemKey) -> Result<Option<Attributes>> {
        Ok(self.read_item(key).await?.map(to_attributes))
    }

    /// Reads an item with its key and in the store's own types, strongly consistent.
    pub(crate) async fn read_item(&self, key: &ItemKey) -> Result<Option<TableItem>> {
        self.store.read_item(key).await
    }
}

/// The slots at which to look for a person: its home slot, then the slot that its redirect names.
/// The person may move between two reads, back home too, so an empty home slot is conclusive only
/// when it is read the second time.
pub(super) struct RedirectChain {
    home_slot: Locator,
    pub(super) slot: Locator,
    is_first: bool,
    contention: Contention,
}

impl RedirectChain {
    pub(super) fn from_record_part(part: &str) -> Option<Self> {
        let home_slot = Locator::from_record_part(part)?;
        let (slot, contention) = (home_slot.clone(), Contention::new());
        Some(Self { home_slot, slot, is_first: true, contention })
    }

    /// Advances to the next slot; false when there is no other.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`](crate::StoreError::Unavailable) when the person keeps moving.
    pub(super) async fn follow_redirect(&mut self, redirect: Option<Locator>) -> Result<bool> {
        let next = redirect.unwrap_or_else(|| self.home_slot.clone());
        let has_next = next != self.slot || self.is_first;
        if !self.is_first && has_next {
            self.contention.wait_for_retry("a person that keeps moving").await?;
        }
        (self.slot, self.is_first) = (next, false);
        Ok(has_next)
    }
}
