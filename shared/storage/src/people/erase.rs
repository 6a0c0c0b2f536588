//! Erasing a person: a tombstone takes its place, and what leads there goes. The associations
//! live in the person's item and go with it.

use futures::stream::{self, StreamExt, TryStreamExt};
use people_domain::ids::gsid::Gsid;
use people_domain::ids::mint::Locator;
use people_domain::ids::stamp::Stamp;
use people_domain::objects::record::Attributes;
use people_domain::people::{
    AT, Erasure, GSID, Mark, erased_forward, is_erased_by, is_forward_erased_by, is_taken, latest,
    replaced_tombstone, tombstone, tombstone_at_home,
};

use crate::jobs::JobId;
use crate::people::expect::{in_order, unchanged};
use crate::table::clock::Contention;
use crate::table::convert::to_attributes;
use crate::table::expression::Placeholders;
use crate::table::keys;
use crate::table::point::point;
use crate::table::transact::Transacted;
use crate::{Result, TenantStore};

/// People that are looked up or erased at the same time.
const AT_ONCE: usize = 16;

/// The record part of a person that is there to be erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found(String);

/// The job that erases people, and the tenant's count of erasures when it began or went on.
#[derive(Debug, Clone)]
pub struct ErasedBy {
    /// The job.
    pub job: JobId,
    /// See [`Erasure::number`].
    pub number: u64,
}

/// The outcome of one try at an erasure.
enum Tried {
    Erased,
    /// The person is not as it was read; this is the latest stamp that was found.
    Changed(Option<Stamp>),
}

impl Found {
    /// As it is stored.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Locator::of_record_part(text).map(|_| Self(text.to_owned()))
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
            Result::Ok(self.by_part(part).await?.map(|_| Found(part.to_owned())))
        });
        let found: Vec<Option<Found>> = found.buffered(AT_ONCE).try_collect().await?;
        Ok(found.into_iter().flatten().collect())
    }

    /// Erases people for a job; how many are gone through it, by this run or an earlier one.
    ///
    /// # Errors
    /// When the store fails. Some may be erased then; another run counts them.
    pub async fn erase_people(&self, found: &[Found], by: &ErasedBy) -> Result<u64> {
        let erased = stream::iter(found).map(|found| self.erase_person(found, by));
        let erased: Vec<bool> = erased.buffer_unordered(AT_ONCE).try_collect().await?;
        Ok(erased.into_iter().filter(|erased| *erased).count() as u64)
    }

    /// How many of them the job has erased; erases no more.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn count_erased(&self, found: &[Found], job: &JobId) -> Result<u64> {
        let erased = stream::iter(found).map(|found| self.is_erased_by(&found.0, job));
        let erased: Vec<bool> = erased.buffer_unordered(AT_ONCE).try_collect().await?;
        Ok(erased.into_iter().filter(|erased| *erased).count() as u64)
    }

    /// Erases one person for a job; false when nobody is there whom the job has not erased.
    ///
    /// # Errors
    /// When the store fails.
    async fn erase_person(&self, found: &Found, by: &ErasedBy) -> Result<bool> {
        let Found(part) = found;
        let (mut contention, mut seen) = (Contention::new(), None);
        loop {
            let Some((place, old)) = self.by_part(part).await? else {
                return self.is_erased_by(part, &by.job).await;
            };
            match self.try_to_erase(part, &place, &old, by, seen).await? {
                Tried::Erased => {
                    point("erase.person");
                    return Ok(true);
                }
                Tried::Changed(latest) => seen = latest.max(seen),
            }
            contention.try_again("a person that is erased").await?;
        }
    }

    /// Whether the job erased the person: its home tells of one that had not moved, its forward of one
    /// that had, or whose tombstone at home another's has replaced since. In this order, because the
    /// tombstone goes from the home to the forward.
    async fn is_erased_by(&self, part: &str, job: &JobId) -> Result<bool> {
        let Some(home) = Locator::of_record_part(part) else { return Ok(false) };
        let home = self.item(&keys::person(&self.tenant.id, &home)).await?;
        if home.is_some_and(|home| is_erased_by(&home, part, job.as_str())) {
            return Ok(true);
        }
        let forward = self.item(&keys::forward(&self.tenant.id, part)).await?;
        Ok(forward.is_some_and(|forward| is_forward_erased_by(&forward, job.as_str())))
    }

    /// Puts tombstones in place of the person and of all that leads to it.
    async fn try_to_erase(
        &self,
        part: &str,
        place: &Locator,
        old: &Attributes,
        by: &ErasedBy,
        seen: Option<Stamp>,
    ) -> Result<Tried> {
        let stamp = self.store.clock.stamp_after(latest(old).max(seen));
        let erasure = Erasure { stamp, job: by.job.as_str().to_owned(), number: by.number };
        let mark = Mark::new(stamp);
        let pointer = Some(self.place_of_email(old)?).filter(|named| named != place);
        let home = Locator::of_record_part(part).filter(|home| home != place);
        let stone = tombstone(part, &erasure, old.clone());
        let replaced = replaced_tombstone(part, old);
        if home.is_none() && pointer.is_none() && replaced.is_none() {
            let done = self.put_when(place, &stone, |p| is(GSID, part, &mark, p)).await?;
            return Ok(if done { Tried::Erased } else { Tried::Changed(None) });
        }
        let key = |place: &Locator| keys::person(&self.tenant.id, place);
        let mut actions = vec![self.put(&key(place), &stone, |p| is(GSID, part, &mark, p))?];
        if let Some(pointer) = &pointer {
            actions.push(self.put(&key(pointer), &stone, |p| is(AT, part, &mark, p))?);
        }
        // Whom a job has erased is told by one place of its own, whoever is erased here next.
        if let Some((buried, marks)) = &replaced {
            let forward = keys::forward(&self.tenant.id, buried);
            actions.push(self.put(&forward, marks, |p| in_order(&mark, p))?);
        }
        if let Some(home) = &home {
            let forward = keys::forward(&self.tenant.id, part);
            let erased = erased_forward(&erasure);
            actions.push(self.put(&forward, &erased, |p| in_order(&mark, p))?);
            let known = self.item(&key(home)).await?;
            // Somebody else may live there by now: then nobody writes about the erased one by that
            // email any more.
            if !known.as_ref().is_some_and(is_taken) {
                let stone = tombstone_at_home(part, &erasure, known.clone());
                let as_read = |p: &mut Placeholders| {
                    format!("{} AND {}", unchanged(known.as_ref(), p), in_order(&mark, p))
                };
                actions.push(self.put(&key(home), &stone, as_read)?);
            }
        }
        Ok(match self.store.transact(actions).await? {
            Transacted::Done => Tried::Erased,
            Transacted::Missed(missed) => {
                let items = missed.into_iter().filter_map(|(_, item)| item);
                Tried::Changed(items.filter_map(|item| latest(&to_attributes(item))).max())
            }
            Transacted::Conflict => Tried::Changed(None),
        })
    }
}

/// The condition that an attribute has this text, in an item that is older than the erasure.
fn is(name: &str, value: &str, mark: &Mark, placeholders: &mut Placeholders) -> String {
    let same = format!("{}={}", placeholders.name(name), placeholders.text(value));
    format!("{same} AND {}", in_order(mark, placeholders))
}
