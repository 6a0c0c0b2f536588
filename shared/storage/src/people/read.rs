//! Reading people: one strongly consistent `GetItem` at the place that an email or a GSID names, and
//! a hop more for whom has moved.

use people_domain::ids::email::{Email, EmailKey};
use people_domain::ids::gsid::Gsid;
use people_domain::ids::tenant_ids::Locator;
use people_domain::objects::record::{Attributes, attribute_text};
use people_domain::people::{ALIAS, EMAIL, GSID, Person};

use crate::table::clock::Contention;
use crate::table::convert::{TableItem, to_attributes};
use crate::table::keys::{self, ItemKey};
use crate::{Result, TenantStore};

impl TenantStore {
    /// The person with this email.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn read_person_by_email(&self, email: &Email) -> Result<Option<Person>> {
        self.read_person_by_email_key(email.as_key()).await
    }

    /// The person whose email has this key.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn read_person_by_email_key(&self, key: &EmailKey) -> Result<Option<Person>> {
        let place = self.ids().locator_of_key(key);
        let item = self.read_attributes(&keys::slot_key(&self.tenant.id, &place)).await?;
        let Some(item) = item else { return Ok(None) };
        if let Some(part) = attribute_text(&item, ALIAS).map(str::to_owned) {
            return Ok(self
                .read_by_record_part(&part)
                .await?
                .and_then(|(_, item)| Person::from_attributes(item, self.ids())));
        }
        let is_hers = attribute_text(&item, EMAIL) == Some(key.as_str());
        Ok(Person::from_attributes(item, self.ids()).filter(|_| is_hers))
    }

    /// The person with this GSID.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn read_person_by_gsid(&self, gsid: &Gsid) -> Result<Option<Person>> {
        let Some(part) = self.ids().person_record_part(gsid) else { return Ok(None) };
        Ok(self
            .read_by_record_part(part)
            .await?
            .and_then(|(_, item)| Person::from_attributes(item, self.ids())))
    }

    /// The place and the item of the person with this record part.
    pub(super) async fn read_by_record_part(
        &self,
        part: &str,
    ) -> Result<Option<(Locator, Attributes)>> {
        let Some(mut path) = RedirectChain::from_record_part(part) else { return Ok(None) };
        loop {
            let item = self.read_attributes(&keys::slot_key(&self.tenant.id, &path.slot)).await?;
            if let Some(item) = item.filter(|item| attribute_text(item, GSID) == Some(part)) {
                return Ok(Some((path.slot, item)));
            }
            if !path.follow_redirect(self.read_redirect(part).await?).await? {
                return Ok(None);
            }
        }
    }

    /// An item, strongly consistent, without its key.
    pub(crate) async fn read_attributes(&self, key: &ItemKey) -> Result<Option<Attributes>> {
        Ok(self.read_item(key).await?.map(to_attributes))
    }

    /// The same as the store has it.
    pub(crate) async fn read_item(&self, key: &ItemKey) -> Result<Option<TableItem>> {
        self.store.read_item(key).await
    }
}

/// Where to look for a person: at home, then where its forward leads. A person may move between
/// two looks, home too, so that nobody at home is believed only the second time.
pub(super) struct RedirectChain {
    home_slot: Locator,
    pub(super) slot: Locator,
    is_first: bool,
    contention: Contention,
}

impl RedirectChain {
    pub(super) fn from_record_part(part: &str) -> Option<Self> {
        let home = Locator::from_record_part(part)?;
        Some(Self {
            slot: home.clone(),
            home_slot: home,
            is_first: true,
            contention: Contention::new(),
        })
    }

    /// Goes on to the next place; false when there is none.
    ///
    /// # Errors
    /// When the person moves on for too long.
    pub(super) async fn follow_redirect(&mut self, forward: Option<Locator>) -> Result<bool> {
        let next = forward.unwrap_or_else(|| self.home_slot.clone());
        let goes_on = next != self.slot || self.is_first;
        if !self.is_first && goes_on {
            self.contention.wait_for_retry("a person on the move").await?;
        }
        (self.slot, self.is_first) = (next, false);
        Ok(goes_on)
    }
}
