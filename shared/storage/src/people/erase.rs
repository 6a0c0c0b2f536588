//! Erasing a person: a tombstone takes its place, and what leads there goes. The associations
//! live in the person's item and go with it.

use futures::stream::{self, StreamExt, TryStreamExt};
use people_domain::ids::gsid::Gsid;
use people_domain::ids::stamp::Stamp;
use people_domain::ids::tenant_ids::Locator;
use people_domain::objects::record::Attributes;
use people_domain::people::{
    ALIAS, Erasure, GSID, WriteContext, build_erased_redirect, build_home_tombstone,
    build_replaced_redirect, build_tombstone, is_erased_by, is_occupied, is_redirect_erased_by,
    latest_stamp,
};

use crate::jobs::JobId;
use crate::people::precondition::{unchanged_condition, write_order_condition};
use crate::table::clock::Contention;
use crate::table::convert::to_attributes;
use crate::table::expression::Placeholders;
use crate::table::failpoint::failpoint;
use crate::table::keys;
use crate::table::transaction::TransactionOutcome;
use crate::{Result, TenantStore};

/// People that are looked up or erased at the same time.
const ERASE_CONCURRENCY: usize = 16;

/// The record part of a person that is there to be erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErasureTarget(String);

/// The job that erases people, and the tenant's count of erasures when it began or went on.
#[derive(Debug, Clone)]
pub struct ErasureContext {
    /// The job.
    pub job: JobId,
    /// See [`Erasure::number`].
    pub number: u64,
}

/// The outcome of one try at an erasure.
enum ErasureOutcome {
    Erased,
    /// The person is not as it was read; this is the latest stamp that was found.
    Changed(Option<Stamp>),
}

impl ErasureTarget {
    /// As it is stored.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Locator::from_record_part(text).map(|_| Self(text.to_owned()))
    }
}

impl TenantStore {
    /// Those of these ids that name people.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn find_erasure_targets(&self, gsids: &[Gsid]) -> Result<Vec<ErasureTarget>> {
        let parts = gsids.iter().filter_map(|gsid| self.ids().person_record_part(gsid));
        let found = stream::iter(parts).map(|part| async move {
            Result::Ok(
                self.read_by_record_part(part).await?.map(|_| ErasureTarget(part.to_owned())),
            )
        });
        let found: Vec<Option<ErasureTarget>> =
            found.buffered(ERASE_CONCURRENCY).try_collect().await?;
        Ok(found.into_iter().flatten().collect())
    }

    /// Erases people for a job; how many are gone through it, by this run or an earlier one.
    ///
    /// # Errors
    /// When the store fails. Some may be erased then; another run counts them.
    pub async fn erase_people(&self, found: &[ErasureTarget], by: &ErasureContext) -> Result<u64> {
        let erased = stream::iter(found).map(|found| self.erase_person(found, by));
        let erased: Vec<bool> = erased.buffer_unordered(ERASE_CONCURRENCY).try_collect().await?;
        Ok(erased.into_iter().filter(|erased| *erased).count() as u64)
    }

    /// How many of them the job has erased; erases no more.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn count_erased(&self, found: &[ErasureTarget], job: &JobId) -> Result<u64> {
        let erased = stream::iter(found).map(|found| self.is_erased_by(&found.0, job));
        let erased: Vec<bool> = erased.buffer_unordered(ERASE_CONCURRENCY).try_collect().await?;
        Ok(erased.into_iter().filter(|erased| *erased).count() as u64)
    }

    /// Erases one person for a job; false when nobody is there whom the job has not erased.
    ///
    /// # Errors
    /// When the store fails.
    async fn erase_person(&self, found: &ErasureTarget, by: &ErasureContext) -> Result<bool> {
        let ErasureTarget(part) = found;
        let (mut contention, mut seen) = (Contention::new(), None);
        loop {
            let Some((place, old)) = self.read_by_record_part(part).await? else {
                return self.is_erased_by(part, &by.job).await;
            };
            match self.try_erase_person(part, &place, &old, by, seen).await? {
                ErasureOutcome::Erased => {
                    failpoint("erase.person");
                    return Ok(true);
                }
                ErasureOutcome::Changed(latest) => seen = latest.max(seen),
            }
            contention.wait_for_retry("a person that is erased").await?;
        }
    }

    /// Whether the job erased the person: its home tells of one that had not moved, its forward of one
    /// that had, or whose tombstone at home another's has replaced since. In this order, because the
    /// tombstone goes from the home to the forward.
    async fn is_erased_by(&self, part: &str, job: &JobId) -> Result<bool> {
        let Some(home) = Locator::from_record_part(part) else { return Ok(false) };
        let home = self.read_attributes(&keys::slot_key(&self.tenant.id, &home)).await?;
        if home.is_some_and(|home| is_erased_by(&home, part, job.as_str())) {
            return Ok(true);
        }
        let forward = self.read_attributes(&keys::redirect_key(&self.tenant.id, part)).await?;
        Ok(forward.is_some_and(|forward| is_redirect_erased_by(&forward, job.as_str())))
    }

    /// Puts tombstones in place of the person and of all that leads to it.
    async fn try_erase_person(
        &self,
        part: &str,
        place: &Locator,
        old: &Attributes,
        by: &ErasureContext,
        seen: Option<Stamp>,
    ) -> Result<ErasureOutcome> {
        let stamp = self.store.clock.new_stamp_after(latest_stamp(old).max(seen));
        let erasure = Erasure { stamp, job: by.job.as_str().to_owned(), number: by.number };
        let mark = WriteContext::new(stamp);
        let pointer = Some(self.slot_of_stored_email(old)?).filter(|named| named != place);
        let home = Locator::from_record_part(part).filter(|home| home != place);
        let stone = build_tombstone(part, &erasure, old.clone());
        let replaced = build_replaced_redirect(part, old);
        if home.is_none() && pointer.is_none() && replaced.is_none() {
            let done = self
                .put_slot_when(place, &stone, |p| attribute_equals_condition(GSID, part, &mark, p))
                .await?;
            return Ok(if done { ErasureOutcome::Erased } else { ErasureOutcome::Changed(None) });
        }
        let key = |place: &Locator| keys::slot_key(&self.tenant.id, place);
        let mut actions = vec![self.build_conditional_put(&key(place), &stone, |p| {
            attribute_equals_condition(GSID, part, &mark, p)
        })?];
        if let Some(pointer) = &pointer {
            actions.push(self.build_conditional_put(&key(pointer), &stone, |p| {
                attribute_equals_condition(ALIAS, part, &mark, p)
            })?);
        }
        // Whom a job has erased is told by one place of its own, whoever is erased here next.
        if let Some((buried, marks)) = &replaced {
            let forward = keys::redirect_key(&self.tenant.id, buried);
            actions.push(
                self.build_conditional_put(&forward, marks, |p| write_order_condition(&mark, p))?,
            );
        }
        if let Some(home) = &home {
            let forward = keys::redirect_key(&self.tenant.id, part);
            let erased = build_erased_redirect(&erasure);
            actions.push(
                self.build_conditional_put(&forward, &erased, |p| write_order_condition(&mark, p))?,
            );
            let known = self.read_attributes(&key(home)).await?;
            // Somebody else may live there by now: then nobody writes about the erased one by that
            // email any more.
            if !known.as_ref().is_some_and(is_occupied) {
                let stone = build_home_tombstone(part, &erasure, known.clone());
                let as_read = |p: &mut Placeholders| {
                    format!(
                        "{} AND {}",
                        unchanged_condition(known.as_ref(), p),
                        write_order_condition(&mark, p)
                    )
                };
                actions.push(self.build_conditional_put(&key(home), &stone, as_read)?);
            }
        }
        Ok(match self.store.run_transaction(actions).await? {
            TransactionOutcome::Committed => ErasureOutcome::Erased,
            TransactionOutcome::ConditionFailed(missed) => {
                let items = missed.into_iter().filter_map(|(_, item)| item);
                ErasureOutcome::Changed(
                    items.filter_map(|item| latest_stamp(&to_attributes(item))).max(),
                )
            }
            TransactionOutcome::Conflict => ErasureOutcome::Changed(None),
        })
    }
}

/// The condition that an attribute has this text, in an item that is older than the erasure.
fn attribute_equals_condition(
    name: &str,
    value: &str,
    mark: &WriteContext,
    placeholders: &mut Placeholders,
) -> String {
    let same = format!("{}={}", placeholders.add_name(name), placeholders.add_text(value));
    format!("{same} AND {}", write_order_condition(mark, placeholders))
}
