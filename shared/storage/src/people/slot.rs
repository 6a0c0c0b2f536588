//! Writes at one slot: a single `UpdateItem`, or, where its expression would be too long, a read, a
//! merge and a `PutItem` under the condition that the item is still as read (ADR 31), which is also
//! the way of a write that may make an association with an index (ADR 45). A write that
//! is older than the stored item takes a later stamp and is sent again.

use aws_sdk_dynamodb::types::TransactWriteItem;
use people_domain::identity::Precondition;
use people_domain::ids::tenant_ids::Locator;
use people_domain::objects::record::{Attributes, attribute_text};
use people_domain::people::{REDIRECT, apply_assignments};

use super::upsert::PersonUpsert;
use crate::people::precondition::{not_erased_since_condition, unchanged_condition};
use crate::table::call::ConditionalWrite;
use crate::table::convert::{to_attributes, to_item};
use crate::table::expression::{self, Placeholders};
use crate::table::keys::{self, ItemKey};
use crate::table::transaction::TransactionOutcome;
use crate::{Result, TenantStore};

/// The outcome of a write at a slot.
pub(super) enum WriteOutcome {
    /// Done, now or by an earlier sending. Holds the item as it is stored now.
    Written(Attributes),
    /// Applied earlier to the person with this record part, which has moved away since.
    AppliedBeforeMove(String),
    /// The condition failed. Holds the item found.
    ConditionFailed(Option<Attributes>),
}

impl TenantStore {
    /// Writes at a slot if its item is as expected. `part` is the record part of the person there,
    /// or of the person that the write creates.
    pub(super) async fn write_slot(
        &self,
        call: &mut PersonUpsert<'_>,
        slot: &Locator,
        part: &str,
        expected: &Precondition,
    ) -> Result<WriteOutcome> {
        if call.checked_leaver.is_some() || call.needs_entries(self.ids()) {
            return self.merge_slot(call, slot, part, expected).await;
        }
        loop {
            let Some(updated) = self.update_slot(call, slot, part, expected).await? else {
                return self.merge_slot(call, slot, part, expected).await;
            };
            match updated {
                ConditionalWrite::Done(item) => {
                    return Ok(WriteOutcome::Written(to_attributes(item)));
                }
                ConditionalWrite::Missed(None) => return Ok(WriteOutcome::ConditionFailed(None)),
                ConditionalWrite::Missed(Some(old)) => {
                    let old = to_attributes(old);
                    match call.classify_item(&old, expected) {
                        Some(outcome) => return Ok(outcome),
                        None => call.advance_stamp(&self.store.clock, Some(&old)),
                    }
                }
                ConditionalWrite::Conflict => {}
            }
            call.contention.wait_for_retry("a person").await?;
        }
    }

    /// Sends the write once; `None` when its expression would be too long.
    async fn update_slot(
        &self,
        call: &PersonUpsert<'_>,
        slot: &Locator,
        part: &str,
        expected: &Precondition,
    ) -> Result<Option<ConditionalWrite>> {
        let mut placeholders = Placeholders::default();
        let assignments = call.build_assignments(part, expected.is_by_record_part());
        let Some(update) = expression::build_update_expression(&assignments, &mut placeholders)
        else {
            return Ok(None);
        };
        let condition = call.write_condition(expected).condition_expression(&mut placeholders);
        let key = keys::slot_key(&self.tenant.id, slot);
        let written = self.store.update_item(&key, update, Some(condition), placeholders).await?;
        Ok(Some(written))
    }

    async fn merge_slot(
        &self,
        call: &mut PersonUpsert<'_>,
        slot: &Locator,
        part: &str,
        expected: &Precondition,
    ) -> Result<WriteOutcome> {
        let key = keys::slot_key(&self.tenant.id, slot);
        loop {
            let prefetched = call.prefetched.take().filter(|prefetched| prefetched.key == key);
            let is_prefetched = prefetched.is_some();
            let old = match prefetched {
                Some(prefetched) => prefetched.item,
                None => self.read_attributes(&key).await?,
            };
            let refused = match &old {
                Some(old) => call.classify_item(old, expected),
                None => (!expected.matches(None)).then_some(WriteOutcome::ConditionFailed(None)),
            };
            match refused {
                // It may have been changed since, so it is read again.
                Some(_) if is_prefetched => continue,
                Some(outcome) => return Ok(outcome),
                None => {}
            }
            call.advance_stamp(&self.store.clock, old.as_ref());
            let mut new = old.clone().unwrap_or_default();
            apply_assignments(
                &mut new,
                &call.build_assignments(part, expected.is_by_record_part()),
            );
            self.write_new_entries(call, old.as_ref(), &new).await?;
            match call.checked_leaver.take() {
                // When this fails, the caller inspects the leaver again.
                Some(leaver) => {
                    let is_written = self
                        .replace_slot_unless_erased(call, &leaver, slot, &new, old.as_ref())
                        .await?;
                    return Ok(if is_written {
                        WriteOutcome::Written(new)
                    } else {
                        WriteOutcome::ConditionFailed(old)
                    });
                }
                None if self.replace_slot(slot, &new, old.as_ref()).await? => {
                    return Ok(WriteOutcome::Written(new));
                }
                None => {}
            }
            call.contention.wait_for_retry("a person").await?;
        }
    }

    /// Puts a whole item of a job's row in place of `old`, from which the leaver moved away.
    /// Returns false when the slot was changed, or when the leaver was erased since the job was
    /// accepted. This is one transaction, because the leaver may be erased after it was inspected
    /// and before the write.
    async fn replace_slot_unless_erased(
        &self,
        call: &PersonUpsert<'_>,
        leaver: &str,
        slot: &Locator,
        new: &Attributes,
        old: Option<&Attributes>,
    ) -> Result<bool> {
        let tenant = &self.tenant.id;
        let key = keys::slot_key(tenant, slot);
        let mut actions =
            vec![self.build_conditional_put(&key, new, |p| unchanged_condition(old, p))?];
        let home_slot = Locator::from_record_part(leaver);
        let home_key = home_slot.map(|home_slot| keys::slot_key(tenant, &home_slot));
        let home_key = home_key.filter(|home_key| *home_key != key);
        if let Some(fence) = &call.context.fence {
            for key in home_key.into_iter().chain([keys::redirect_key(tenant, leaver)]) {
                let mut placeholders = Placeholders::default();
                let condition = not_erased_since_condition(&fence.accepted, &mut placeholders);
                actions.push(self.store.build_condition_check(&key, condition, placeholders)?);
            }
        }
        Ok(self.store.run_transaction(actions).await? == TransactionOutcome::Committed)
    }

    /// Puts a whole item in place of `old`; false when the stored item is not `old`, or a
    /// transaction holds it.
    pub(super) async fn replace_slot(
        &self,
        slot: &Locator,
        new: &Attributes,
        old: Option<&Attributes>,
    ) -> Result<bool> {
        self.put_slot_when(slot, new, |placeholders| unchanged_condition(old, placeholders)).await
    }

    /// A put in a transaction that returns the item found when its condition fails.
    fn build_conditional_put(
        &self,
        key: &ItemKey,
        attributes: &Attributes,
        condition: impl FnOnce(&mut Placeholders) -> String,
    ) -> Result<TransactWriteItem> {
        let mut placeholders = Placeholders::default();
        let condition = condition(&mut placeholders);
        self.store.build_conditional_put(key, attributes, condition, placeholders)
    }

    /// Puts an item under a condition; false when the condition fails, or a transaction holds the
    /// item.
    pub(super) async fn put_slot_when(
        &self,
        slot: &Locator,
        new: &Attributes,
        condition: impl FnOnce(&mut Placeholders) -> String,
    ) -> Result<bool> {
        let mut placeholders = Placeholders::default();
        let condition = condition(&mut placeholders);
        let item = to_item(&keys::slot_key(&self.tenant.id, slot), new);
        Ok(self.store.put_item_if(item, condition, placeholders).await?.is_done())
    }

    /// The slot that the redirect at a record part's home slot names, if there is a redirect.
    pub(super) async fn read_redirect(&self, part: &str) -> Result<Option<Locator>> {
        let item = self.read_attributes(&keys::redirect_key(&self.tenant.id, part)).await?;
        Ok(item.and_then(|item| Locator::parse(attribute_text(&item, REDIRECT)?)))
    }
}
