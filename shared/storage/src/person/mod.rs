//! People in the table: one blind conditional write per upsert, one read per GET (design).

mod moved;
mod place;

use aws_sdk_dynamodb::types::ReturnConsumedCapacity;
use people_domain::email::Email;
use people_domain::mint::{Locator, Mint};
use people_domain::person::{AT, GSID, Person, assignments};
use people_domain::plan::PersonWrite;
use people_domain::record::{Attributes, BORN, stamp, text};
use people_domain::row::Who;
use people_domain::stamp::Stamp;

use crate::clock::random;
use crate::convert::to_attributes;
use crate::expect::Expect;
use crate::keys::{self, Key};
use crate::{Result, StoreError, TenantStore};
use place::Wrote;

/// A person that was written.
#[derive(Debug)]
pub struct Upserted {
    /// As it stands now.
    pub person: Person,
    /// Whether this write made it.
    pub inserted: bool,
}

/// Why a person was not written, though the store works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The person that has to exist does not.
    NotFound,
    /// Another person has the email.
    EmailTaken,
    /// A new person would lack a required field.
    RequiredMissing,
    /// The person would be larger than an item may be.
    TooLarge,
}

type Outcome = Result<std::result::Result<Upserted, Refusal>>;

/// How often a write follows a person that moves meanwhile, or starts again for a field that
/// another writer changed.
const TRIES: usize = 12;

impl TenantStore {
    /// Does one planned write, whole or not at all.
    ///
    /// # Errors
    /// When the store fails; what it refuses is a [`Refusal`].
    pub async fn upsert(&self, write: &PersonWrite) -> Outcome {
        let stamp = self.store.stamp();
        let done = match &write.who {
            Who::Email(email) => {
                self.upsert_at_email(write, email, write.required.is_none(), stamp).await
            }
            Who::Found(email) => self.upsert_at_email(write, email, false, stamp).await,
            Who::Gsid(gsid, _) => match self.mint().person_part(gsid) {
                Some(part) => self.upsert_by_gsid(write, part, stamp).await,
                None => Ok(Err(Refusal::NotFound)),
            },
            Who::Nobody => Ok(Err(Refusal::NotFound)),
        };
        match done {
            Err(StoreError::TooLarge) => Ok(Err(Refusal::TooLarge)),
            other => other,
        }
    }

    async fn upsert_at_email(
        &self,
        write: &PersonWrite,
        email: &Email,
        may_create: bool,
        stamp: Stamp,
    ) -> Outcome {
        let place = self.mint().locator(email);
        let expect = match may_create {
            true => Expect::EmailOrNobody(email.key().to_owned()),
            false => Expect::Email(email.key().to_owned()),
        };
        let list = assignments(write, stamp, &Mint::life(&place, random()));
        let old = match self.write_at(&place, &list, &expect, stamp).await? {
            Wrote::New(item) => return self.written(item, stamp).map(Ok),
            Wrote::Missed(old) => old.unwrap_or_default(),
        };
        match text(&old, AT) {
            Some(part) => self.upsert_where_it_lives(write, part, stamp).await,
            None if may_create => Ok(Err(Refusal::EmailTaken)),
            None if write.required.is_some() => Ok(Err(Refusal::RequiredMissing)),
            None => Ok(Err(Refusal::NotFound)),
        }
    }

    async fn upsert_by_gsid(&self, write: &PersonWrite, part: &str, stamp: Stamp) -> Outcome {
        match &write.email {
            None => self.upsert_where_it_lives(write, part, stamp).await,
            Some(email) => self.upsert_with_email(write, part, email, stamp).await,
        }
    }

    /// Writes to the person with this record part: at home, or one hop further.
    async fn upsert_where_it_lives(
        &self,
        write: &PersonWrite,
        part: &str,
        stamp: Stamp,
    ) -> Outcome {
        let list = assignments(write, stamp, part);
        let expect = Expect::Gsid(part.to_owned());
        let Some(home) = Locator::of_record_part(part) else { return Ok(Err(Refusal::NotFound)) };
        let mut place = home.clone();
        for _ in 0..TRIES {
            if let Wrote::New(item) = self.write_at(&place, &list, &expect, stamp).await? {
                return self.written(item, stamp).map(Ok);
            }
            match self.forwarded(part).await? {
                Some(to) if to != place => place = to,
                // It may just have moved home.
                None if place != home => place = home.clone(),
                _ => return Ok(Err(Refusal::NotFound)),
            }
        }
        Err(StoreError::Unavailable("a person that keeps moving".to_owned()))
    }

    fn written(&self, item: Attributes, stamp_of_write: Stamp) -> Result<Upserted> {
        let inserted = stamp(&item, BORN) == Some(stamp_of_write);
        let person =
            Person::read(item, self.mint()).ok_or_else(|| StoreError::corrupt("person"))?;
        Ok(Upserted { person, inserted })
    }

    /// The person with this email.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn person_by_email(&self, email: &Email) -> Result<Option<Person>> {
        let item = self.item(&keys::person(&self.tenant.id, &self.mint().locator(email))).await?;
        let Some(item) = item else { return Ok(None) };
        if let Some(part) = text(&item, AT).map(str::to_owned) {
            return Ok(self
                .by_part(&part)
                .await?
                .and_then(|(_, item)| Person::read(item, self.mint())));
        }
        let person = Person::read(item, self.mint());
        Ok(person.filter(|person| person.email.eq_ignore_ascii_case(email.key())))
    }

    /// The person with this GSID.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn person_by_gsid(&self, gsid: &people_domain::gsid::Gsid) -> Result<Option<Person>> {
        let Some(part) = self.mint().person_part(gsid) else { return Ok(None) };
        Ok(self.by_part(part).await?.and_then(|(_, item)| Person::read(item, self.mint())))
    }

    /// The place and the item of the person with this record part.
    async fn by_part(&self, part: &str) -> Result<Option<(Locator, Attributes)>> {
        let Some(home) = Locator::of_record_part(part) else { return Ok(None) };
        let mut place = home.clone();
        for _ in 0..TRIES {
            let item = self.item(&keys::person(&self.tenant.id, &place)).await?;
            if let Some(item) = item.filter(|item| text(item, GSID) == Some(part)) {
                return Ok(Some((place, item)));
            }
            match self.forwarded(part).await? {
                Some(to) if to != place => place = to,
                None if place != home => place = home.clone(),
                _ => return Ok(None),
            }
        }
        Err(StoreError::Unavailable("a person that keeps moving".to_owned()))
    }

    /// An item, strongly consistent, without its key.
    pub(crate) async fn item(&self, key: &Key) -> Result<Option<Attributes>> {
        let call = self.store.db.get_item().table_name(&*self.store.table).consistent_read(true);
        let call = call
            .set_key(Some(key.attributes()))
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let answer = self.store.meter.time(call.send()).await?;
        self.store.meter.consumed(answer.consumed_capacity());
        Ok(answer.item.map(to_attributes))
    }
}
