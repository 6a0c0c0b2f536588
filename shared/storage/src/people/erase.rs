//! Erases people: a tombstone replaces the person's item, its alias and its home slot's item. The
//! associations are stored in the person's item and are erased with it.

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
use crate::table::convert::to_attributes;
use crate::table::expression::Placeholders;
use crate::table::failpoint::failpoint;
use crate::table::keys;
use crate::table::retry::Contention;
use crate::table::transaction::TransactionOutcome;
use crate::{Result, TenantStore};

/// People that are read or erased at the same time.
const ERASE_CONCURRENCY: usize = 16;

/// The record part of an existing person that is to be erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErasureTarget(String);

/// The job that erases people, and the tenant's count of erasures when its attempt started.
#[derive(Debug, Clone)]
pub struct ErasureContext {
    pub job: JobId,
    /// See [`Erasure::number`].
    pub number: u64,
}

/// The outcome of one attempt at an erasure.
enum ErasureOutcome {
    Erased,
    /// The person was changed since it was read. Holds the latest stamp found.
    Changed(Option<Stamp>),
}

impl ErasureTarget {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Locator::from_record_part(text).map(|_| Self(text.to_owned()))
    }
}

impl TenantStore {
    /// The ids that name existing people.
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

    /// Erases people for a job. Returns how many this or an earlier attempt of the job has erased.
    ///
    /// # Errors
    /// When the store fails. Some people may be erased by then; another attempt counts them.
    pub async fn erase_people(
        &self,
        targets: &[ErasureTarget],
        context: &ErasureContext,
    ) -> Result<u64> {
        let erased = stream::iter(targets).map(|target| self.erase_person(target, context));
        let erased: Vec<bool> = erased.buffer_unordered(ERASE_CONCURRENCY).try_collect().await?;
        Ok(erased.into_iter().filter(|erased| *erased).count() as u64)
    }

    /// Counts the people that the job has erased, and erases none.
    pub async fn count_erased(&self, targets: &[ErasureTarget], job: &JobId) -> Result<u64> {
        let erased = stream::iter(targets).map(|target| self.is_erased_by(&target.0, job));
        let erased: Vec<bool> = erased.buffer_unordered(ERASE_CONCURRENCY).try_collect().await?;
        Ok(erased.into_iter().filter(|erased| *erased).count() as u64)
    }

    /// Erases one person for a job; false when the person does not exist and the job has not erased
    /// it.
    async fn erase_person(&self, target: &ErasureTarget, context: &ErasureContext) -> Result<bool> {
        let ErasureTarget(part) = target;
        let (mut contention, mut seen) = (Contention::new(), None);
        loop {
            let Some((slot, old)) = self.read_by_record_part(part).await? else {
                return self.is_erased_by(part, &context.job).await;
            };
            match self.try_erase_person(part, &slot, &old, context, seen).await? {
                ErasureOutcome::Erased => {
                    failpoint("erase.person");
                    return Ok(true);
                }
                ErasureOutcome::Changed(latest) => seen = latest.max(seen),
            }
            contention.wait_for_retry("a person that is being erased").await?;
        }
    }

    /// Whether the job erased the person. The home slot has the tombstone of a person that had not
    /// moved. The redirect has the marks of a person that had, and of one whose tombstone was
    /// replaced by another person's since. They are read in this order, because the marks move from
    /// the home slot to the redirect.
    async fn is_erased_by(&self, part: &str, job: &JobId) -> Result<bool> {
        let Some(home_slot) = Locator::from_record_part(part) else { return Ok(false) };
        let item = self.read_attributes(&keys::slot_key(&self.tenant.id, &home_slot)).await?;
        if item.is_some_and(|item| is_erased_by(&item, part, job.as_str())) {
            return Ok(true);
        }
        let redirect = self.read_attributes(&keys::redirect_key(&self.tenant.id, part)).await?;
        Ok(redirect.is_some_and(|redirect| is_redirect_erased_by(&redirect, job.as_str())))
    }

    /// Replaces the person, its alias, its redirect and the item at its home slot by tombstones.
    async fn try_erase_person(
        &self,
        part: &str,
        slot: &Locator,
        old: &Attributes,
        by: &ErasureContext,
        seen: Option<Stamp>,
    ) -> Result<ErasureOutcome> {
        let stamp = self.store.clock.new_stamp_after(latest_stamp(old).max(seen));
        let erasure = Erasure { stamp, job: by.job.as_str().to_owned(), number: by.number };
        let context = WriteContext::new(stamp);
        let alias_slot = Some(self.slot_of_stored_email(old)?).filter(|named| named != slot);
        let home_slot = Locator::from_record_part(part).filter(|home_slot| home_slot != slot);
        let tombstone = build_tombstone(part, &erasure, old.clone());
        let replaced = build_replaced_redirect(part, old);
        let is_person = |p: &mut Placeholders| attribute_equals_condition(GSID, part, &context, p);
        if home_slot.is_none() && alias_slot.is_none() && replaced.is_none() {
            let is_written = self.put_slot_when(slot, &tombstone, is_person).await?;
            return Ok(if is_written {
                ErasureOutcome::Erased
            } else {
                ErasureOutcome::Changed(None)
            });
        }
        let key = |slot: &Locator| keys::slot_key(&self.tenant.id, slot);
        let is_older = |p: &mut Placeholders| write_order_condition(&context, p);
        let mut actions = vec![self.build_conditional_put(&key(slot), &tombstone, is_person)?];
        if let Some(alias_slot) = &alias_slot {
            actions.push(self.build_conditional_put(&key(alias_slot), &tombstone, |p| {
                attribute_equals_condition(ALIAS, part, &context, p)
            })?);
        }
        // The tombstone replaces that of a person erased here before. Its marks move to that
        // person's redirect, so that the job that erased it still finds them.
        if let Some((earlier_part, marks)) = &replaced {
            let redirect = keys::redirect_key(&self.tenant.id, earlier_part);
            actions.push(self.build_conditional_put(&redirect, marks, is_older)?);
        }
        if let Some(home_slot) = &home_slot {
            let redirect = keys::redirect_key(&self.tenant.id, part);
            let erased = build_erased_redirect(&erasure);
            actions.push(self.build_conditional_put(&redirect, &erased, is_older)?);
            let home_item = self.read_attributes(&key(home_slot)).await?;
            // An occupied home slot belongs to another person: no write by that email is about the
            // erased person any more.
            if !home_item.as_ref().is_some_and(is_occupied) {
                let tombstone = build_home_tombstone(part, &erasure, home_item.clone());
                let is_unchanged = |p: &mut Placeholders| {
                    format!("{} AND {}", unchanged_condition(home_item.as_ref(), p), is_older(p))
                };
                actions.push(self.build_conditional_put(
                    &key(home_slot),
                    &tombstone,
                    is_unchanged,
                )?);
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
    context: &WriteContext,
    placeholders: &mut Placeholders,
) -> String {
    let same = format!("{}={}", placeholders.add_name(name), placeholders.add_text(value));
    format!("{same} AND {}", write_order_condition(context, placeholders))
}
