//! Moves a person to the slot of its new email in one transaction, and leaves a redirect at the
//! home slot that its GSID names (ADR 7). Every slot that the person leaves keeps the stamp of the
//! move.

use aws_sdk_dynamodb::types::TransactWriteItem;
use people_domain::ids::email::{Email, EmailKey};
use people_domain::ids::tenant_ids::Locator;
use people_domain::objects::record::{Attributes, attribute_text};
use people_domain::people::{
    ALIAS, EMAIL, apply_assignments, build_alias, build_redirect, enter_slot, is_occupied,
    leave_slot,
};

use super::slot::WriteOutcome;
use super::upsert::PersonUpsert;
use super::{UpsertOutcome, WriteRefusal};
use crate::people::precondition::{Precondition, unchanged_condition, write_order_condition};
use crate::table::convert::to_attributes;
use crate::table::expression::Placeholders;
use crate::table::keys::{self, ItemKey};
use crate::table::transaction::TransactionOutcome;
use crate::{Result, StoreError, TenantStore};

/// The outcome of one attempt at a move.
enum EmailChangeOutcome {
    /// Holds the person as it is stored now.
    Moved(Attributes),
    /// The target slot is not as it was expected; holds the item found there.
    TargetOccupied(Option<Attributes>),
    /// The person was changed since it was read.
    PersonChanged,
}

/// A person that is to move to the slot of another email.
struct EmailChange<'c> {
    part: &'c str,
    slot: &'c Locator,
    /// The person as it was read.
    old: &'c Attributes,
    target_slot: &'c Locator,
    /// The item at the target slot, which is vacant.
    target_item: Option<&'c Attributes>,
}

impl TenantStore {
    /// Writes to a person by GSID and gives it this email, which it may have already.
    pub(super) async fn upsert_with_email(
        &self,
        call: &mut PersonUpsert<'_>,
        part: &str,
        email: &Email,
    ) -> Result<UpsertOutcome> {
        let target_slot = self.ids().locator(email);
        let expected = Precondition::GsidAndEmail(part.to_owned(), email.key().to_owned());
        // Most such writes repeat the email that the person was created with: it is then at its
        // home slot.
        if Locator::from_record_part(part).as_ref() == Some(&target_slot)
            && let WriteOutcome::Written(item) =
                self.write_slot(call, &target_slot, part, &expected).await?
        {
            return self.to_written(item, call);
        }
        // Learned from a transaction that fails on the target slot.
        let mut target_item = None;
        loop {
            let Some((slot, old)) = self.read_by_record_part(part).await? else {
                return Ok(UpsertOutcome::Refused(WriteRefusal::NotFound));
            };
            if call.is_last_write_of(&old) || call.is_applied_to(&old) {
                return self.to_written(old, call);
            }
            if attribute_text(&old, EMAIL) == Some(email.key()) {
                if let WriteOutcome::Written(item) =
                    self.write_slot(call, &slot, part, &expected).await?
                {
                    return self.to_written(item, call);
                }
            } else {
                let (slot, old) = (&slot, &old);
                let (target_slot, target) = (&target_slot, target_item.as_ref());
                let change = EmailChange { part, slot, old, target_slot, target_item: target };
                match self.change_email(&change, call).await? {
                    EmailChangeOutcome::Moved(person) => return self.to_written(person, call),
                    EmailChangeOutcome::TargetOccupied(item) => {
                        if item.as_ref().is_some_and(is_occupied) {
                            return Ok(UpsertOutcome::Refused(WriteRefusal::EmailTaken));
                        }
                        target_item = item;
                    }
                    EmailChangeOutcome::PersonChanged => {}
                }
            }
            call.contention.wait_for_retry("a person whose email changes").await?;
        }
    }

    /// Moves the person, or the alias that names it.
    async fn change_email(
        &self,
        change: &EmailChange<'_>,
        call: &mut PersonUpsert<'_>,
    ) -> Result<EmailChangeOutcome> {
        let email_slot = self.slot_of_stored_email(change.old)?;
        let alias = if email_slot == *change.slot {
            None
        } else {
            self.read_attributes(&keys::slot_key(&self.tenant.id, &email_slot)).await?
        };
        for seen in [Some(change.old), change.target_item, alias.as_ref()] {
            call.advance_stamp(&self.store.clock, seen);
        }
        let mut new = change.old.clone();
        apply_assignments(&mut new, &call.build_assignments(change.part));
        self.write_moved_entries(call, change.old, &new).await?;
        let actions = match alias {
            None => self.build_move_actions(change, &mut new, call)?,
            Some(alias) => {
                self.build_alias_move_actions(change, &new, (&email_slot, alias), call)?
            }
        };
        Ok(match self.store.run_transaction(actions).await? {
            TransactionOutcome::Committed => EmailChangeOutcome::Moved(new),
            // Only the condition on the target slot failed: otherwise the person itself is not as
            // it was read.
            TransactionOutcome::ConditionFailed(mut missed) if missed.len() == 1 => {
                match missed.pop() {
                    Some((0, item)) => EmailChangeOutcome::TargetOccupied(item.map(to_attributes)),
                    _ => EmailChangeOutcome::PersonChanged,
                }
            }
            TransactionOutcome::ConditionFailed(_) | TransactionOutcome::Conflict => {
                EmailChangeOutcome::PersonChanged
            }
        })
    }

    /// The slot of a person's email. The stored key is used as it is, without another folding.
    pub(super) fn slot_of_stored_email(&self, item: &Attributes) -> Result<Locator> {
        let key = attribute_text(item, EMAIL).map(EmailKey::from_stored);
        key.map(|key| self.ids().locator_of_key(&key)).ok_or_else(|| StoreError::corrupt("email"))
    }

    /// The actions for a person at its email's slot: it moves, and its home slot redirects to the
    /// new one.
    fn build_move_actions(
        &self,
        change: &EmailChange<'_>,
        new: &mut Attributes,
        call: &PersonUpsert<'_>,
    ) -> Result<Vec<TransactWriteItem>> {
        let EmailChange { part, slot, old, target_slot, target_item } = *change;
        let stamp = call.context.stamp;
        let left_item = leave_slot(new, part, stamp);
        if let Some(target_item) = target_item {
            enter_slot(new, target_item);
        }
        let is_home = Locator::from_record_part(part).as_ref() == Some(target_slot);
        let redirect = build_redirect((!is_home).then_some(target_slot), stamp);
        let key = |slot| keys::slot_key(&self.tenant.id, slot);
        Ok(vec![
            self.build_conditional_put(&key(target_slot), new, |p| {
                unchanged_condition(target_item, p)
            })?,
            self.build_conditional_put(&key(slot), &left_item, |p| {
                unchanged_condition(Some(old), p)
            })?,
            self.build_conditional_put(
                &keys::redirect_key(&self.tenant.id, part),
                &redirect,
                |p| write_order_condition(&call.context, p),
            )?,
        ])
    }

    /// The actions for a person at the slot of another id: only the alias at its email's slot
    /// moves.
    fn build_alias_move_actions(
        &self,
        change: &EmailChange<'_>,
        new: &Attributes,
        (alias_slot, mut old_alias): (&Locator, Attributes),
        call: &PersonUpsert<'_>,
    ) -> Result<Vec<TransactWriteItem>> {
        let EmailChange { part, slot, old, target_slot, target_item } = *change;
        let left_item = leave_slot(&mut old_alias, part, call.context.stamp);
        let mut alias = build_alias(part, call.context.stamp);
        if let Some(target_item) = target_item {
            enter_slot(&mut alias, target_item);
        }
        let names_person = |placeholders: &mut Placeholders| {
            let same = format!("{}={}", placeholders.add_name(ALIAS), placeholders.add_text(part));
            format!("{same} AND {}", write_order_condition(&call.context, placeholders))
        };
        let key = |slot| keys::slot_key(&self.tenant.id, slot);
        Ok(vec![
            self.build_conditional_put(&key(target_slot), &alias, |p| {
                unchanged_condition(target_item, p)
            })?,
            self.build_conditional_put(&key(slot), new, |p| unchanged_condition(Some(old), p))?,
            self.build_conditional_put(&key(alias_slot), &left_item, names_person)?,
        ])
    }

    /// A put in a transaction that returns the item found when its condition fails.
    pub(super) fn build_conditional_put(
        &self,
        key: &ItemKey,
        attributes: &Attributes,
        condition: impl FnOnce(&mut Placeholders) -> String,
    ) -> Result<TransactWriteItem> {
        let mut placeholders = Placeholders::default();
        let condition = condition(&mut placeholders);
        self.store.build_conditional_put(key, attributes, condition, placeholders)
    }
}
