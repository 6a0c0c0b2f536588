//! Writes by GSID that give the person an email (ADR 7). Every slot that the person leaves keeps
//! the stamp of the change.

use people_domain::identity::{
    EmailChange, Precondition, SHOWN_EMAIL, SeenPerson, SeenSlot, plan_email_change,
};
use people_domain::ids::email::Email;
use people_domain::ids::tenant_ids::Locator;
use people_domain::objects::record::{Attributes, attribute_text};
use people_domain::people::{Assignment, EMAIL, is_occupied};

use super::slot::WriteOutcome;
use super::upsert::PersonUpsert;
use super::{UpsertOutcome, WriteRefusal};
use crate::table::convert::to_attributes;
use crate::table::transaction::TransactionOutcome;
use crate::{Result, TenantStore};

/// The outcome of one attempt at an email change.
enum EmailChangeOutcome {
    /// Holds the person as it is stored now.
    Changed(Attributes),
    /// The slot of the new email is not as it was expected; holds the item found there.
    TargetOccupied(Option<Attributes>),
    /// The person was changed since it was read.
    PersonChanged,
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
        let expected = Precondition::person_with_email_key(part, email.key());
        // Most such writes repeat the email that the person was created with: it is then at its
        // home slot.
        if Locator::from_record_part(part).as_ref() == Some(&target_slot)
            && let WriteOutcome::Written(item) =
                self.write_slot(call, &target_slot, part, &expected).await?
        {
            return self.to_written(item, call);
        }
        let target_slot = target_slot.as_str().to_owned();
        // Its item is learned from a transaction that fails on it.
        let mut target = SeenSlot { sort_key: target_slot, item: None, person: None };
        loop {
            let Some((slot, old)) = self.read_by_record_part(part).await? else {
                return Ok(UpsertOutcome::Refused(WriteRefusal::NotFound));
            };
            if call.is_last_write_of(&old) || call.is_applied_to(&old) {
                return self.to_written(old, call);
            }
            let person = SeenPerson { sort_key: slot.as_str().to_owned(), item: old };
            match attribute_text(&person.item, EMAIL) {
                // The People API knows nobody who has no email.
                None => return Ok(UpsertOutcome::Refused(WriteRefusal::NotFound)),
                Some(key) if key == email.key() => {
                    let part = person.part();
                    let expected = Precondition::person_with_email_key(part, key);
                    if let WriteOutcome::Written(item) =
                        self.write_slot(call, &slot, part, &expected).await?
                    {
                        return self.to_written(item, call);
                    }
                }
                Some(_) => match self.change_email(&person, &target, call).await? {
                    EmailChangeOutcome::Changed(person) => return self.to_written(person, call),
                    EmailChangeOutcome::TargetOccupied(item) => {
                        if item.as_ref().is_some_and(is_occupied) {
                            return Ok(UpsertOutcome::Refused(WriteRefusal::EmailTaken));
                        }
                        target.item = item;
                    }
                    EmailChangeOutcome::PersonChanged => {}
                },
            }
            call.contention.wait_for_retry("a person whose email changes").await?;
        }
    }

    async fn change_email(
        &self,
        person: &SeenPerson,
        target: &SeenSlot,
        call: &mut PersonUpsert<'_>,
    ) -> Result<EmailChangeOutcome> {
        for seen in [Some(&person.item), target.item.as_ref()] {
            call.advance_stamp(&self.store.clock, seen);
        }
        let mut assignments = call.build_assignments(person.part(), true);
        assignments.push((SHOWN_EMAIL.to_owned(), Assignment::Remove));
        let stamp = call.context.stamp;
        let assignments = &assignments;
        let change = EmailChange { person, target, assignments, stamp, ids: self.ids() };
        let writes = plan_email_change(change);
        let Some(new) = writes.first().map(|write| write.item_after()) else {
            return Ok(EmailChangeOutcome::PersonChanged);
        };
        self.write_moved_entries(call, &person.item, &new).await?;
        let missed = match self.apply_slot_writes(&writes, stamp).await? {
            TransactionOutcome::Committed => return Ok(EmailChangeOutcome::Changed(new)),
            TransactionOutcome::ConditionFailed(missed) => missed,
            TransactionOutcome::Conflict => Vec::new(),
        };
        let items = missed.into_iter().map(|(at, item)| (at, item.map(to_attributes)));
        let mut items: Vec<_> = items.collect();
        for (_, item) in &items {
            call.advance_stamp(&self.store.clock, item.as_ref());
        }
        // Only the condition on the slot of the new email failed: otherwise the person itself is
        // not as it was read.
        let is_target = |at: usize| writes.get(at).is_some_and(|w| w.sort_key == target.sort_key);
        Ok(match (items.pop(), items.is_empty()) {
            (Some((at, item)), true) if is_target(at) => EmailChangeOutcome::TargetOccupied(item),
            _ => EmailChangeOutcome::PersonChanged,
        })
    }
}
