//! A changed email moves the person to where its new email lives, in one transaction, and
//! leaves a forward at the home that its GSID names (ADR 7). Every place
//! that the person leaves keeps the stamp of the move.

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

/// What became of a move.
enum EmailChangeOutcome {
    Moved,
    /// Something is at the new place that was not known.
    TargetOccupied(Option<Attributes>),
    /// The person changed meanwhile.
    PersonChanged,
}

/// A person on its way to the place of another email.
struct EmailChange<'c> {
    part: &'c str,
    slot: &'c Locator,
    /// The person as it was read.
    old: &'c Attributes,
    target_slot: &'c Locator,
    /// What is at the new place though nobody is there.
    target_item: Option<&'c Attributes>,
}

impl TenantStore {
    /// Writes to a person by GSID and gives it this email, which it may have already.
    pub(super) async fn upsert_with_email(
        &self,
        call: &mut PersonUpsert<'_>,
        part: &str,
        email: &Email,
    ) -> UpsertOutcome {
        let target = self.ids().locator(email);
        let expect = Precondition::GsidAndEmail(part.to_owned(), email.key().to_owned());
        // Most such writes repeat the email that the person was made with: then it is at home.
        if Locator::from_record_part(part).as_ref() == Some(&target)
            && let WriteOutcome::Written(item) =
                self.write_slot(call, &target, part, &expect).await?
        {
            return self.to_upserted(item, call).map(Ok);
        }
        // What the new place remembers; it is told by a transaction that finds it.
        let mut known = None;
        loop {
            let Some((place, old)) = self.read_by_record_part(part).await? else {
                return Ok(Err(WriteRefusal::NotFound));
            };
            if call.is_last_write_of(&old) || call.is_applied_to(&old) {
                return self.to_upserted(old, call).map(Ok);
            }
            if attribute_text(&old, EMAIL) == Some(email.key()) {
                match self.write_slot(call, &place, part, &expect).await? {
                    WriteOutcome::Written(item) => return self.to_upserted(item, call).map(Ok),
                    WriteOutcome::AppliedBeforeMove(_) | WriteOutcome::ConditionFailed(_) => {}
                }
            } else {
                let known_at_target = known.as_ref();
                let change = EmailChange {
                    part,
                    slot: &place,
                    old: &old,
                    target_slot: &target,
                    target_item: known_at_target,
                };
                match self.change_email(&change, call).await? {
                    (EmailChangeOutcome::Moved, new) => return self.to_upserted(new, call).map(Ok),
                    (EmailChangeOutcome::TargetOccupied(item), _)
                        if item.as_ref().is_some_and(is_occupied) =>
                    {
                        return Ok(Err(WriteRefusal::EmailTaken));
                    }
                    (EmailChangeOutcome::TargetOccupied(item), _) => known = item,
                    (EmailChangeOutcome::PersonChanged, _) => {}
                }
            }
            call.contention.wait_for_retry("a person on the move").await?;
        }
    }

    /// Moves the person, or the pointer that leads to it; what became of it, and the person as it is
    /// then.
    async fn change_email(
        &self,
        change: &EmailChange<'_>,
        call: &mut PersonUpsert<'_>,
    ) -> Result<(EmailChangeOutcome, Attributes)> {
        let former = self.slot_of_stored_email(change.old)?;
        let pointed = match former == *change.slot {
            true => None,
            false => self.read_attributes(&keys::slot_key(&self.tenant.id, &former)).await?,
        };
        for seen in [Some(change.old), change.target_item, pointed.as_ref()] {
            call.advance_stamp(&self.store.clock, seen);
        }
        let mut new = change.old.clone();
        apply_assignments(&mut new, &call.build_assignments(change.part));
        let actions = match pointed {
            None => self.build_move_actions(change, &mut new, call)?,
            Some(pointed) => {
                self.build_alias_move_actions(change, &new, (&former, pointed), call)?
            }
        };
        let moved = match self.store.run_transaction(actions).await? {
            TransactionOutcome::Committed => EmailChangeOutcome::Moved,
            // Only the new place was not free: otherwise the person itself is not as it was read.
            TransactionOutcome::ConditionFailed(mut missed) if missed.len() == 1 => {
                match missed.pop() {
                    Some((0, item)) => EmailChangeOutcome::TargetOccupied(item.map(to_attributes)),
                    _ => EmailChangeOutcome::PersonChanged,
                }
            }
            TransactionOutcome::ConditionFailed(_) | TransactionOutcome::Conflict => {
                EmailChangeOutcome::PersonChanged
            }
        };
        Ok((moved, new))
    }

    /// The place that a person's email names. The stored key is taken as it is.
    pub(super) fn slot_of_stored_email(&self, item: &Attributes) -> Result<Locator> {
        let key = attribute_text(item, EMAIL).map(EmailKey::from_stored);
        key.map(|key| self.ids().locator_of_key(&key)).ok_or_else(|| StoreError::corrupt("email"))
    }

    /// The person lives where its email says: it moves, and its home forwards to the new place.
    fn build_move_actions(
        &self,
        change: &EmailChange<'_>,
        new: &mut Attributes,
        call: &PersonUpsert<'_>,
    ) -> Result<Vec<TransactWriteItem>> {
        let EmailChange { part, slot: place, old, target_slot: target, target_item: known } =
            *change;
        let stamp = call.mark.stamp;
        let kept = leave_slot(new, part, stamp);
        if let Some(known) = known {
            enter_slot(new, known);
        }
        let is_home = Locator::from_record_part(part).as_ref() == Some(target);
        let forward = build_redirect((!is_home).then_some(target), stamp);
        let person = |place| keys::slot_key(&self.tenant.id, place);
        Ok(vec![
            self.build_conditional_put(&person(target), new, |p| unchanged_condition(known, p))?,
            self.build_conditional_put(&person(place), &kept, |p| {
                unchanged_condition(Some(old), p)
            })?,
            self.build_conditional_put(
                &keys::redirect_key(&self.tenant.id, part),
                &forward,
                |p| write_order_condition(&call.mark, p),
            )?,
        ])
    }

    /// The person lives at another id's place: only the pointer at its email's place moves.
    fn build_alias_move_actions(
        &self,
        change: &EmailChange<'_>,
        new: &Attributes,
        (former, mut pointed): (&Locator, Attributes),
        call: &PersonUpsert<'_>,
    ) -> Result<Vec<TransactWriteItem>> {
        let EmailChange { part, slot: place, old, target_slot: target, target_item: known } =
            *change;
        let kept = leave_slot(&mut pointed, part, call.mark.stamp);
        let mut pointer = build_alias(part, call.mark.stamp);
        if let Some(known) = known {
            enter_slot(&mut pointer, known);
        }
        let points_here = |placeholders: &mut Placeholders| {
            let here = format!("{}={}", placeholders.add_name(ALIAS), placeholders.add_text(part));
            format!("{here} AND {}", write_order_condition(&call.mark, placeholders))
        };
        let person = |place| keys::slot_key(&self.tenant.id, place);
        Ok(vec![
            self.build_conditional_put(&person(target), &pointer, |p| {
                unchanged_condition(known, p)
            })?,
            self.build_conditional_put(&person(place), new, |p| unchanged_condition(Some(old), p))?,
            self.build_conditional_put(&person(former), &kept, points_here)?,
        ])
    }

    /// A put in a transaction that tells what was there when its condition does not hold.
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
