//! People in the table: one blind conditional write per upsert, one read per GET (ADR 1, ADR 3).

mod applied;
mod association_entries;
mod association_removal;
mod email_change;
mod erase;
pub(crate) mod erasure_count;
pub(crate) mod identity;
pub(crate) mod ingest;
mod person_response;
pub(crate) mod precondition;
mod read;
mod refusal;
pub(crate) mod resolve;
mod slot;
mod upsert;

use people_domain::identity::{IdentityKind, Precondition, merged_into};
use people_domain::ids::email::Email;
use people_domain::ids::tenant_ids::Locator;
use people_domain::objects::record::Attributes;
use people_domain::people::plan::PersonWrite;
use people_domain::people::row::PersonRef;
use people_domain::people::{Fence, Slot, WriteContext, apply_assignments};

use crate::table::keys;
use crate::{Result, StoreError, TenantStore};
pub(crate) use association_entries::EntryPage;
pub use erase::{ErasureContext, ErasureTarget};
use read::RedirectChain;
pub(crate) use refusal::UpsertOutcome;
pub use refusal::WriteRefusal;
use slot::WriteOutcome;
use upsert::PersonUpsert;
pub(crate) use upsert::{PrefetchedSlot, UpsertHints};

impl TenantStore {
    /// Does one planned write, whole or not at all.
    pub(crate) async fn upsert_person(
        &self,
        write: &PersonWrite,
        context: &WriteContext,
        hints: UpsertHints,
    ) -> Result<UpsertOutcome> {
        let mut call = PersonUpsert::new(write, context);
        (call.prefetched, call.indexes) = (hints.prefetched, hints.indexes);
        if hints.likely_new
            && !call.needs_entries(self.ids())
            && let Some(inserted) = self.insert_person(&call).await?
        {
            return Ok(inserted);
        }
        let outcome = match &write.person_ref {
            PersonRef::Email(email) => {
                self.upsert_by_email(&mut call, email, write.missing_required_field.is_none()).await
            }
            PersonRef::LookedUp(email) => self.upsert_by_email(&mut call, email, false).await,
            PersonRef::Gsid(gsid, _) => match self.ids().person_record_part(gsid) {
                Some(part) => self.upsert_by_gsid(&mut call, part).await,
                None => Ok(UpsertOutcome::Refused(WriteRefusal::NotFound)),
            },
            PersonRef::Unidentified => Ok(UpsertOutcome::Refused(WriteRefusal::NotFound)),
        };
        match outcome {
            Err(StoreError::TooLarge) => Ok(UpsertOutcome::Refused(WriteRefusal::TooLarge)),
            other => other,
        }
    }

    /// Puts a person into a slot that was never used; `None` when it was.
    async fn insert_person(&self, call: &PersonUpsert<'_>) -> Result<Option<UpsertOutcome>> {
        let PersonRef::Email(email) = &call.write.person_ref else { return Ok(None) };
        if call.write.missing_required_field.is_some() {
            return Ok(None);
        }
        let slot = self.ids().locator(email);
        let mut item = Attributes::new();
        apply_assignments(&mut item, &call.build_assignments(&call.new_record_part(&slot), false));
        match self.replace_slot(&slot, &item, None).await {
            Ok(true) => self.to_written(item, call).map(Some),
            Ok(false) | Err(StoreError::TooLarge) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn upsert_by_email(
        &self,
        call: &mut PersonUpsert<'_>,
        email: &Email,
        may_create: bool,
    ) -> Result<UpsertOutcome> {
        let slot = self.ids().locator(email);
        let key = email.key().to_owned();
        let expected = if may_create {
            Precondition::HolderOrVacant(IdentityKind::Email, key.clone())
        } else {
            Precondition::Holder(IdentityKind::Email, key.clone())
        };
        loop {
            let new_part = call.new_record_part(&slot);
            let old = match self.write_slot(call, &slot, &new_part, &expected).await? {
                WriteOutcome::Written(item) => return self.to_written(item, call),
                WriteOutcome::AppliedBeforeMove(part) => {
                    return self.read_upsert_before_move(&part, call).await;
                }
                WriteOutcome::ConditionFailed(old) => old.unwrap_or_default(),
            };
            if call.context.fence.as_ref().is_some_and(|fence| fence.was_erased(&old)) {
                return Ok(UpsertOutcome::Refused(WriteRefusal::Erased));
            }
            if let Some(leaver) =
                call.write_condition(&expected).unchecked_leaver(&old).map(str::to_owned)
            {
                if self.was_leaver_erased(&leaver, call.context.fence.as_ref()).await? {
                    return Ok(UpsertOutcome::Refused(WriteRefusal::Erased));
                }
                call.checked_leaver = Some(leaver);
                call.contention.wait_for_retry("the slot of an email").await?;
                continue;
            }
            if call.is_stale_at(&old) && call.write_condition(&expected).matches_except_order(&old)
            {
                call.begin_new_incarnation(&self.store.clock, &old);
                call.contention.wait_for_retry("the slot of an email").await?;
                continue;
            }
            let Slot::Alias(part) = Slot::parse(&old) else {
                return Ok(UpsertOutcome::Refused(refusal_at_email(call.write, may_create)));
            };
            let outcome = self.upsert_by_record_part(call, part, Some(&key)).await?;
            if matches!(outcome, UpsertOutcome::Written(_)) {
                return Ok(outcome);
            }
            // The person's email changed after the alias was read.
            call.contention.wait_for_retry("an alias").await?;
        }
    }

    /// Whether a person that left the slot of an email was erased since the job was accepted: an
    /// erasure leaves marks at the person's redirect and at its home slot.
    async fn was_leaver_erased(&self, part: &str, fence: Option<&Fence>) -> Result<bool> {
        let Some(fence) = fence else { return Ok(false) };
        let redirect = self.read_attributes(&keys::redirect_key(&self.tenant.id, part)).await?;
        let is_erased = |item: &Attributes| fence.accepted.is_before_erasure(item);
        if redirect.as_ref().is_some_and(is_erased) {
            return Ok(true);
        }
        let Some(home_slot) = Locator::from_record_part(part) else { return Ok(false) };
        let item = self.read_attributes(&keys::slot_key(&self.tenant.id, &home_slot)).await?;
        Ok(item.as_ref().is_some_and(is_erased))
    }

    async fn upsert_by_gsid(
        &self,
        call: &mut PersonUpsert<'_>,
        part: &str,
    ) -> Result<UpsertOutcome> {
        match &call.write.email {
            None => self.upsert_by_record_part(call, part, None).await,
            Some(email) => self.upsert_with_email(call, part, email).await,
        }
    }

    /// Writes to the person with this record part: at its home slot, or at the slot that its
    /// redirect names, or to the person into which it was merged. With `email` it must hold that;
    /// without, any email, for the People API knows nobody else.
    async fn upsert_by_record_part(
        &self,
        call: &mut PersonUpsert<'_>,
        part: &str,
        email: Option<&str>,
    ) -> Result<UpsertOutcome> {
        let mut part = part.to_owned();
        let Some(mut chain) = RedirectChain::from_record_part(&part) else {
            return Ok(UpsertOutcome::Refused(WriteRefusal::NotFound));
        };
        loop {
            let expected = match email {
                Some(key) => Precondition::person_with_email_key(&part, key),
                None => Precondition::person_with_email(&part),
            };
            match self.write_slot(call, &chain.slot, &part, &expected).await? {
                WriteOutcome::Written(item) => return self.to_written(item, call),
                WriteOutcome::ConditionFailed(Some(old)) => {
                    if let Some(into) = merged_into(&old, &part).map(str::to_owned)
                        && let Some(next) = RedirectChain::from_record_part(&into)
                    {
                        (part, chain) = (into, next);
                        continue;
                    }
                }
                WriteOutcome::ConditionFailed(None) | WriteOutcome::AppliedBeforeMove(_) => {}
            }
            if !chain.follow_redirect(self.read_redirect(&part).await?).await? {
                return Ok(UpsertOutcome::Refused(WriteRefusal::NotFound));
            }
        }
    }
}

/// Why no person was written at an email's slot.
fn refusal_at_email(write: &PersonWrite, may_create: bool) -> WriteRefusal {
    match (may_create, &write.person_ref) {
        (true, _) => WriteRefusal::EmailTaken,
        (false, PersonRef::Email(_)) => WriteRefusal::RequiredMissing,
        (false, _) => WriteRefusal::NotFound,
    }
}
