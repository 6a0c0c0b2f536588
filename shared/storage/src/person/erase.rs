//! Erasing a person: a tombstone takes its place, and what leads there goes. The associations
//! live in the person's item and go with it.

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::types::TransactWriteItem;
use futures::stream::{self, StreamExt, TryStreamExt};
use people_domain::email::EmailKey;
use people_domain::gsid::Gsid;
use people_domain::mint::Locator;
use people_domain::person::{AT, EMAIL, ERASED_BY, ERASED_GSID, GSID, is_taken, tombstone};
use people_domain::record::{Attributes, REVISED, stamp, text};

use super::TRIES;
use super::place::unchanged;
use crate::clock::back_off;
use crate::convert::to_item;
use crate::expression::Placeholders;
use crate::job::JobId;
use crate::keys;
use crate::transact::Transacted;
use crate::{Result, StoreError, TenantStore, point};

/// People that are looked up or erased at the same time.
const AT_ONCE: usize = 16;

/// A person that is there to be erased: its record part, and where it lived when it was found.
/// There its tombstone is, when a second run finds the person gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    part: String,
    place: Locator,
}

/// What became of an erasure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Erasure {
    /// The person is gone.
    Erased,
    /// An earlier run of this job had erased it.
    ErasedBefore,
    /// There is nobody.
    Unknown,
}

impl Found {
    /// As it is stored: the place alone tells little, so it is kept only where it is not the home.
    pub(crate) fn to_text(&self) -> String {
        match Locator::of_record_part(&self.part).as_ref() == Some(&self.place) {
            true => self.part.clone(),
            false => format!("{}@{}", self.part, self.place.as_str()),
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (part, place) = match text.split_once('@') {
            Some((part, place)) => (part, Locator::parse(place)?),
            None => (text, Locator::of_record_part(text)?),
        };
        Some(Self { part: part.to_owned(), place })
    }
}

impl TenantStore {
    /// Those of these ids that name people.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn find_people(&self, gsids: &[Gsid]) -> Result<Vec<Found>> {
        let parts = gsids.iter().filter_map(|gsid| self.mint().person_part(gsid));
        let found = stream::iter(parts).map(|part| async move {
            let found = self.by_part(part).await?;
            Result::Ok(found.map(|(place, _)| Found { part: part.to_owned(), place }))
        });
        let found: Vec<Option<Found>> = found.buffered(AT_ONCE).try_collect().await?;
        Ok(found.into_iter().flatten().collect())
    }

    /// Erases people for a job; how many are gone through it, by this run or an earlier one.
    ///
    /// # Errors
    /// When the store fails. Some may be erased then; another run counts them.
    pub async fn erase_people(&self, found: &[Found], job: &JobId) -> Result<u64> {
        let erased = stream::iter(found).map(|found| self.erase_person(found, job));
        let erased: Vec<Erasure> = erased.buffer_unordered(AT_ONCE).try_collect().await?;
        let gone = erased.iter().filter(|erasure| **erasure != Erasure::Unknown).count();
        Ok(gone as u64)
    }

    /// How many of them the job has erased; erases no more.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn erased_people(&self, found: &[Found], job: &JobId) -> Result<u64> {
        let erased = stream::iter(found).map(|found| self.is_erased_by(found, job));
        let erased: Vec<bool> = erased.buffer_unordered(AT_ONCE).try_collect().await?;
        Ok(erased.into_iter().filter(|erased| *erased).count() as u64)
    }

    /// Erases one person for a job.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn erase_person(&self, found: &Found, job: &JobId) -> Result<Erasure> {
        for attempt in 0..TRIES {
            let Some((place, old)) = self.by_part(&found.part).await? else {
                return Ok(match self.is_erased_by(found, job).await? {
                    true => Erasure::ErasedBefore,
                    false => Erasure::Unknown,
                });
            };
            if self.bury(&found.part, &place, &old, job).await? {
                point("erase.person");
                return Ok(Erasure::Erased);
            }
            back_off(u32::try_from(attempt).unwrap_or_default()).await;
        }
        Err(StoreError::Unavailable("a person that keeps moving".to_owned()))
    }

    async fn is_erased_by(&self, found: &Found, job: &JobId) -> Result<bool> {
        let item = self.item(&keys::person(&self.tenant.id, &found.place)).await?;
        Ok(item.is_some_and(|item| {
            text(&item, ERASED_GSID) == Some(&found.part)
                && text(&item, ERASED_BY) == Some(job.as_str())
        }))
    }

    /// Puts the tombstone in place of the person; false when it is not there any more.
    async fn bury(
        &self,
        part: &str,
        place: &Locator,
        old: &Attributes,
        job: &JobId,
    ) -> Result<bool> {
        let erased = self.store.clock.stamp_after(stamp(old, REVISED));
        let left = tombstone(part, job.as_str(), erased);
        let key = text(old, EMAIL).map(EmailKey::from_stored);
        let named = key.map(|key| self.mint().locator_of_key(&key));
        let pointer = named.filter(|named| named != place);
        let home = Locator::of_record_part(part).filter(|home| home != place);
        if home.is_none() && pointer.is_none() {
            return self.put_tombstone(part, place, &left).await;
        }
        let key = |place: &Locator| keys::person(&self.tenant.id, place);
        let mut actions = vec![self.put(&key(place), &left, is(GSID, part))?];
        if let Some(pointer) = &pointer {
            actions.push(self.put(&key(pointer), &left, is(AT, part))?);
        }
        if let Some(home) = &home {
            let forward = keys::forward(&self.tenant.id, part);
            actions.push(self.delete(&forward, |_| String::new())?);
            actions.extend(self.bury_at_home(home, &left).await?);
        }
        Ok(self.store.transact(actions).await? == Transacted::Done)
    }

    /// Who has left its home may still be written about by the email that it had there: a job that
    /// was accepted before the erasure must not make it anew. None when somebody else lives there.
    async fn bury_at_home(
        &self,
        home: &Locator,
        left: &Attributes,
    ) -> Result<Option<TransactWriteItem>> {
        let key = keys::person(&self.tenant.id, home);
        let known = self.item(&key).await?;
        if known.as_ref().is_some_and(is_taken) {
            return Ok(None);
        }
        let as_read = |placeholders: &mut Placeholders| unchanged(known.as_ref(), placeholders);
        self.put(&key, left, as_read).map(Some)
    }

    /// The usual case: nothing else leads to the person, so that one write does.
    async fn put_tombstone(&self, part: &str, place: &Locator, left: &Attributes) -> Result<bool> {
        let mut placeholders = Placeholders::default();
        let condition = is(GSID, part)(&mut placeholders);
        let (names, values) = placeholders.into_parts();
        let item = to_item(&keys::person(&self.tenant.id, place), left);
        let call = self.store.db.put_item().table_name(&*self.store.table).set_item(Some(item));
        let call = call.condition_expression(condition).set_expression_attribute_names(names);
        let call = call.set_expression_attribute_values(values);
        let call =
            call.return_consumed_capacity(aws_sdk_dynamodb::types::ReturnConsumedCapacity::Total);
        match self.store.meter.time(call.send()).await {
            Ok(answer) => {
                self.store.meter.consumed(answer.consumed_capacity());
                Ok(true)
            }
            Err(SdkError::ServiceError(error))
                if error.err().is_conditional_check_failed_exception()
                    || error.err().is_transaction_conflict_exception() =>
            {
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// The condition that an attribute has this text.
fn is(name: &'static str, value: &str) -> impl FnOnce(&mut Placeholders) -> String {
    let value = value.to_owned();
    move |placeholders| format!("{}={}", placeholders.name(name), placeholders.text(&value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_found_survives_the_store() {
        let part = "0123456789ABCDWXYZ";
        for place in ["0123456789ABCD", "ZZZZZZZZZZZZZZ"] {
            let found = Found { part: part.to_owned(), place: Locator::parse(place).unwrap() };
            assert_eq!(Found::parse(&found.to_text()), Some(found));
        }
        assert_eq!(Found::parse(part).unwrap().to_text(), part);
        assert_eq!(Found::parse("x"), None);
    }
}
