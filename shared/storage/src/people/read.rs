//! Reading people: one strongly consistent `GetItem` at the place that an email or a GSID names, and
//! a hop more for whom has moved.

use people_domain::ids::email::{Email, EmailKey};
use people_domain::ids::gsid::Gsid;
use people_domain::ids::mint::Locator;
use people_domain::objects::record::{Attributes, text};
use people_domain::people::{AT, EMAIL, GSID, Person};

use crate::table::clock::Contention;
use crate::table::convert::{Item, to_attributes};
use crate::table::keys::{self, Key};
use crate::{Result, TenantStore};

impl TenantStore {
    /// The person with this email.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn person_by_email(&self, email: &Email) -> Result<Option<Person>> {
        self.person_by_key(email.as_key()).await
    }

    /// The person whose email has this key.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn person_by_key(&self, key: &EmailKey) -> Result<Option<Person>> {
        let place = self.mint().locator_of_key(key);
        let item = self.item(&keys::person(&self.tenant.id, &place)).await?;
        let Some(item) = item else { return Ok(None) };
        if let Some(part) = text(&item, AT).map(str::to_owned) {
            return Ok(self
                .by_part(&part)
                .await?
                .and_then(|(_, item)| Person::read(item, self.mint())));
        }
        let is_hers = text(&item, EMAIL) == Some(key.as_str());
        Ok(Person::read(item, self.mint()).filter(|_| is_hers))
    }

    /// The person with this GSID.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn person_by_gsid(&self, gsid: &Gsid) -> Result<Option<Person>> {
        let Some(part) = self.mint().person_part(gsid) else { return Ok(None) };
        Ok(self.by_part(part).await?.and_then(|(_, item)| Person::read(item, self.mint())))
    }

    /// The place and the item of the person with this record part.
    pub(super) async fn by_part(&self, part: &str) -> Result<Option<(Locator, Attributes)>> {
        let Some(mut path) = Path::of(part) else { return Ok(None) };
        loop {
            let item = self.item(&keys::person(&self.tenant.id, &path.place)).await?;
            if let Some(item) = item.filter(|item| text(item, GSID) == Some(part)) {
                return Ok(Some((path.place, item)));
            }
            if !path.follow(self.forwarded(part).await?).await? {
                return Ok(None);
            }
        }
    }

    /// An item, strongly consistent, without its key.
    pub(crate) async fn item(&self, key: &Key) -> Result<Option<Attributes>> {
        Ok(self.raw_item(key).await?.map(to_attributes))
    }

    /// The same as the store has it.
    pub(crate) async fn raw_item(&self, key: &Key) -> Result<Option<Item>> {
        self.store.read_item(key).await
    }
}

/// Where to look for a person: at home, then where its forward leads. A person may move between
/// two looks, home too, so that nobody at home is believed only the second time.
pub(super) struct Path {
    home: Locator,
    pub(super) place: Locator,
    is_first: bool,
    contention: Contention,
}

impl Path {
    pub(super) fn of(part: &str) -> Option<Self> {
        let home = Locator::of_record_part(part)?;
        Some(Self { place: home.clone(), home, is_first: true, contention: Contention::new() })
    }

    /// Goes on to the next place; false when there is none.
    ///
    /// # Errors
    /// When the person moves on for too long.
    pub(super) async fn follow(&mut self, forward: Option<Locator>) -> Result<bool> {
        let next = forward.unwrap_or_else(|| self.home.clone());
        let goes_on = next != self.place || self.is_first;
        if !self.is_first && goes_on {
            self.contention.try_again("a person on the move").await?;
        }
        (self.place, self.is_first) = (next, false);
        Ok(goes_on)
    }
}
