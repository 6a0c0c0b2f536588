//! Erases people: a tombstone replaces the person's item, its aliases and its home slot's item. The
//! associations are stored in the person's item and are erased with it.

use std::collections::{HashMap, HashSet};

use futures::stream::{self, StreamExt, TryStreamExt};
use people_domain::identity::{ErasedPerson, IdentityKind, SeenPerson, SlotWrite, plan_erasure};
use people_domain::ids::gsid::Gsid;
use people_domain::ids::stamp::Stamp;
use people_domain::ids::tenant_ids::Locator;
use people_domain::objects::record::{Attributes, attribute_text};
use people_domain::people::{
    Erasure, GSID, Slot, is_erased_by, is_redirect_erased_by, latest_stamp,
};

use crate::jobs::JobId;
use crate::table::convert::{TableItem, to_attributes};
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

/// The findings of failed attempts at an erasure.
#[derive(Debug, Default)]
pub(super) struct ErasureAttempts {
    /// The latest stamp found.
    pub(super) latest: Option<Stamp>,
    /// The items of aliases by sort key, where others were erased before.
    alias_items: HashMap<String, Attributes>,
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
            // A person that was merged into another has the other's record part.
            let found = |item: &Attributes| attribute_text(item, GSID).map(str::to_owned);
            Result::Ok(self.read_by_record_part(part).await?.and_then(|(_, item)| found(&item)))
        });
        let found: Vec<Option<String>> = found.buffered(ERASE_CONCURRENCY).try_collect().await?;
        let mut seen = HashSet::new();
        let found = found.into_iter().flatten().filter(|part| seen.insert(part.clone()));
        Ok(found.map(ErasureTarget).collect())
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
        let (mut contention, mut attempts) = (Contention::new(), ErasureAttempts::default());
        loop {
            let Some((slot, old)) = self.read_by_record_part(part).await? else {
                return self.is_erased_by(part, &context.job).await;
            };
            let person = SeenPerson { sort_key: slot.as_str().to_owned(), item: old };
            if self.try_erase_person(&person, context, &mut attempts, false).await? {
                failpoint("erase.person");
                return Ok(true);
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

    /// Replaces the person, its aliases, its redirect and the item at its home slot by tombstones;
    /// false if one of them was changed since it was read.
    pub(super) async fn try_erase_person(
        &self,
        erased: &SeenPerson,
        by: &ErasureContext,
        attempts: &mut ErasureAttempts,
        must_be_unchanged: bool,
    ) -> Result<bool> {
        let latest = latest_stamp(&erased.item).max(attempts.latest);
        let stamp = self.store.clock.new_stamp_after(latest);
        let erasure = Erasure { stamp, job: by.job.as_str().to_owned(), number: by.number };
        let home_slot = Locator::from_record_part(erased.part());
        let home_item = match home_slot.filter(|home| home.as_str() != erased.sort_key) {
            Some(home) => self.read_attributes(&keys::slot_key(&self.tenant.id, &home)).await?,
            None => None,
        };
        let person = ErasedPerson {
            person: erased,
            home_item: home_item.as_ref(),
            alias_items: &attempts.alias_items,
            must_be_unchanged,
        };
        let writes = plan_erasure(person, &erasure, self.ids());
        match self.apply_slot_writes(&writes, stamp).await? {
            TransactionOutcome::Committed => {
                // The person never comes back, so that its entry would be read for nothing.
                if erased.identity(IdentityKind::Px).is_some() {
                    let entry = keys::px_user_entry_key(&self.tenant.id, erased.part());
                    self.store.delete_item(&entry).await?;
                }
                Ok(true)
            }
            TransactionOutcome::ConditionFailed(missed) => {
                attempts.note_missed(&writes, missed);
                Ok(false)
            }
            TransactionOutcome::Conflict => Ok(false),
        }
    }
}

impl ErasureAttempts {
    /// Notes what prevented the writes.
    pub(super) fn note_missed(
        &mut self,
        writes: &[SlotWrite],
        missed: Vec<(usize, Option<TableItem>)>,
    ) {
        for (at, item) in missed {
            let Some((write, item)) = writes.get(at).zip(item.map(to_attributes)) else { continue };
            self.latest = latest_stamp(&item).max(self.latest);
            if Slot::parse(&item).alias_part().is_some() {
                self.alias_items.insert(write.sort_key.clone(), item);
            }
        }
    }
}
