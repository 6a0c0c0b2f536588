//! Writing at one place: a single `UpdateItem`, or, where its expression would be too long, a
//! read, a merge and a `PutItem` under the revision that was read (ADR 31
//! its way out"). A write that is older than what stands there takes a later stamp and is sent again.

use people_domain::ids::tenant_ids::Locator;
use people_domain::objects::record::{Attributes, attribute_text};
use people_domain::people::{REDIRECT, apply_assignments};

use super::upsert::PersonUpsert;
use crate::people::precondition::{Precondition, not_erased_since_condition, unchanged_condition};
use crate::table::call::ConditionalWrite;
use crate::table::convert::{to_attributes, to_item};
use crate::table::expression::{self, Placeholders};
use crate::table::keys;
use crate::table::transaction::TransactionOutcome;
use crate::{Result, TenantStore};

/// What became of a write at a place.
pub(super) enum WriteOutcome {
    /// It is done, now or by an earlier sending; the item as it stands.
    Written(Attributes),
    /// It was done before, to the person with this record part, who has moved away since.
    AppliedBeforeMove(String),
    /// Something else is there.
    ConditionFailed(Option<Attributes>),
}

impl TenantStore {
    /// Writes at a place if what stands there is as expected. `life`: the record part of the person
    /// there, or of the one that is made.
    pub(super) async fn write_slot(
        &self,
        call: &mut PersonUpsert<'_>,
        place: &Locator,
        life: &str,
        expect: &Precondition,
    ) -> Result<WriteOutcome> {
        if call.checked_leaver.is_some() {
            return self.merge_slot(call, place, life, expect).await;
        }
        loop {
            let Some(updated) = self.update_slot(call, place, life, expect).await? else {
                return self.merge_slot(call, place, life, expect).await;
            };
            match updated {
                ConditionalWrite::Done(item) => {
                    return Ok(WriteOutcome::Written(to_attributes(item)));
                }
                ConditionalWrite::Missed(None) => return Ok(WriteOutcome::ConditionFailed(None)),
                ConditionalWrite::Missed(Some(old)) => {
                    let old = to_attributes(old);
                    match call.classify_item(&old, expect) {
                        Some(wrote) => return Ok(wrote),
                        None => call.advance_stamp(&self.store.clock, Some(&old)),
                    }
                }
                ConditionalWrite::Conflict => {}
            }
            call.contention.wait_for_retry("a person").await?;
        }
    }

    /// One sending; none when its expression would be too long.
    async fn update_slot(
        &self,
        call: &PersonUpsert<'_>,
        place: &Locator,
        life: &str,
        expect: &Precondition,
    ) -> Result<Option<ConditionalWrite>> {
        let mut placeholders = Placeholders::default();
        let Some(update) =
            expression::build_update_expression(&call.build_assignments(life), &mut placeholders)
        else {
            return Ok(None);
        };
        let condition = call.write_condition(expect).condition_expression(&mut placeholders);
        let key = keys::slot_key(&self.tenant.id, place);
        let written = self.store.update_item(&key, update, Some(condition), placeholders).await?;
        Ok(Some(written))
    }

    async fn merge_slot(
        &self,
        call: &mut PersonUpsert<'_>,
        place: &Locator,
        life: &str,
        expect: &Precondition,
    ) -> Result<WriteOutcome> {
        loop {
            let old = self.read_attributes(&keys::slot_key(&self.tenant.id, place)).await?;
            let judged = match &old {
                Some(old) => call.classify_item(old, expect),
                None => (!expect.matches(None)).then_some(WriteOutcome::ConditionFailed(None)),
            };
            if let Some(wrote) = judged {
                return Ok(wrote);
            }
            call.advance_stamp(&self.store.clock, old.as_ref());
            let mut new = old.clone().unwrap_or_default();
            apply_assignments(&mut new, &call.build_assignments(life));
            match call.checked_leaver.take() {
                // Missed: the leaver is looked at again.
                Some(left) => {
                    let is_done = self
                        .replace_slot_unless_erased(call, &left, place, &new, old.as_ref())
                        .await?;
                    return Ok(if is_done {
                        WriteOutcome::Written(new)
                    } else {
                        WriteOutcome::ConditionFailed(old)
                    });
                }
                None if self.replace_slot(place, &new, old.as_ref()).await? => {
                    return Ok(WriteOutcome::Written(new));
                }
                None => {}
            }
            call.contention.wait_for_retry("a person").await?;
        }
    }

    /// Puts a whole item of a job's row in place of `old`, whom somebody left that was not erased since
    /// the job was accepted; false when that is not so any more. One transaction: the erasure may come
    /// between the look at the leaver and the write.
    async fn replace_slot_unless_erased(
        &self,
        call: &PersonUpsert<'_>,
        left: &str,
        place: &Locator,
        new: &Attributes,
        old: Option<&Attributes>,
    ) -> Result<bool> {
        let tenant = &self.tenant.id;
        let key = keys::slot_key(tenant, place);
        let mut actions =
            vec![self.build_conditional_put(&key, new, |p| unchanged_condition(old, p))?];
        let home = Locator::from_record_part(left).map(|home| keys::slot_key(tenant, &home));
        let homes = home.filter(|home| *home != key);
        if let Some(fence) = &call.mark.fence {
            for key in homes.into_iter().chain([keys::redirect_key(tenant, left)]) {
                let mut placeholders = Placeholders::default();
                let condition = not_erased_since_condition(&fence.accepted, &mut placeholders);
                actions.push(self.store.build_condition_check(&key, condition, placeholders)?);
            }
        }
        Ok(self.store.run_transaction(actions).await? == TransactionOutcome::Committed)
    }

    /// Puts a whole item in place of `old`; false when that is not there any more, or a transaction
    /// is at it.
    pub(super) async fn replace_slot(
        &self,
        place: &Locator,
        new: &Attributes,
        old: Option<&Attributes>,
    ) -> Result<bool> {
        self.put_slot_when(place, new, |placeholders| unchanged_condition(old, placeholders)).await
    }

    /// Puts an item under a condition; false when it does not hold, or a transaction is at the item.
    pub(super) async fn put_slot_when(
        &self,
        place: &Locator,
        new: &Attributes,
        condition: impl FnOnce(&mut Placeholders) -> String,
    ) -> Result<bool> {
        let mut placeholders = Placeholders::default();
        let condition = condition(&mut placeholders);
        let item = to_item(&keys::slot_key(&self.tenant.id, place), new);
        Ok(self.store.put_item_if(item, condition, placeholders).await?.is_done())
    }

    /// Where the person whose home this record part names lives now, if it moved away.
    pub(super) async fn read_redirect(&self, part: &str) -> Result<Option<Locator>> {
        let item = self.read_attributes(&keys::redirect_key(&self.tenant.id, part)).await?;
        Ok(item.and_then(|item| Locator::parse(attribute_text(&item, REDIRECT)?)))
    }
}
