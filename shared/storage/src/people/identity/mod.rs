//! People by the ids of other systems: one engine for all of them (contract: identify#one-call).
//! A blind write at the slot of the id does most calls. Where it fails, the slots that the call
//! names are read, `domain` plans the writes from them, and one transaction applies these if the
//! slots are still as they were read.

mod identity_call;
mod read;
mod release;
mod send;

use people_domain::identity::{
    IdentifiedPerson, IdentityCall, IdentityKind, IdentityPlan, IdentityRefusal, IdentityWrite,
    PlannedWrite, WriteMode, plan_blind_write, plan_identity_write,
};
use people_domain::ids::tenant_ids::Locator;
use people_domain::objects::record::Attributes;
use people_domain::people::Slot;

use crate::people::identity::identity_call::IdentityAttempts;
use crate::table::call::ConditionalWrite;
use crate::table::convert::to_attributes;
use crate::table::failpoint::failpoint;
use crate::table::transaction::TransactionOutcome;
use crate::{Result, StoreError, TenantStore};

/// The outcome of a write by an id.
#[derive(Debug)]
pub enum IdentityOutcome {
    Written {
        /// The person as the write left it.
        person: IdentifiedPerson,
        created: bool,
        /// Whether an id and an email were joined, or two people.
        joined: bool,
    },
    Refused(IdentityRefusal),
}

impl TenantStore {
    /// Writes to the person of an id, and joins the id and the email of the call.
    ///
    /// # Errors
    /// When the store fails, or when others write to the same people for too long.
    pub async fn write_identity(&self, write: &IdentityWrite) -> Result<IdentityOutcome> {
        let mut attempts = IdentityAttempts::new(&self.store.clock, &write.id, self.ids());
        let outcome = match self.write_blindly(write, &mut attempts).await {
            Ok(Some(outcome)) => Ok(outcome),
            Ok(None) => self.write_planned(write, &mut attempts).await,
            Err(error) => Err(error),
        };
        match outcome {
            Err(StoreError::TooLarge) => Ok(IdentityOutcome::Refused(IdentityRefusal::TooLarge)),
            other => other,
        }
    }

    /// Writes at the slot of the id without reading it; `None` if the slots have to be read.
    async fn write_blindly(
        &self,
        write: &IdentityWrite,
        attempts: &mut IdentityAttempts,
    ) -> Result<Option<IdentityOutcome>> {
        let creates = write.mode == WriteMode::Create;
        if creates {
            // The id is most often new, so the entry is written before it is known.
            self.write_id_entry(write, attempts.new_part()).await?;
        }
        let mut may_create = !has_entries(write.id.kind());
        let mut slot = attempts.slot().to_owned();
        loop {
            let stamp = attempts.stamps.last();
            let (new_part, ids) = (attempts.new_part(), self.ids());
            let call = IdentityCall { write, stamp, new_part, ids };
            let Some(planned) = plan_blind_write(call, &slot, may_create) else {
                return self.create_blindly(write, attempts).await;
            };
            match self.apply_slot_write(&planned, stamp).await? {
                ConditionalWrite::Done(item) => {
                    failpoint("identity.written");
                    return self
                        .to_identity_outcome(to_attributes(item), attempts, false)
                        .map(Some);
                }
                ConditionalWrite::Missed(None) => return Ok(None),
                ConditionalWrite::Missed(Some(item)) => {
                    let item = to_attributes(item);
                    let is_expected = planned.precondition.matches(Some(&item));
                    if attempts.stamps.has_created(&item)
                        || is_expected && attempts.stamps.has_written(&item)
                    {
                        return self.to_identity_outcome(item, attempts, false).map(Some);
                    }
                    match alias_home(&item).filter(|home| !creates && *home != slot) {
                        Some(home) => (slot, may_create) = (home, false),
                        None if is_expected => attempts.advance_past_item(&self.store.clock, &item),
                        None => return Ok(None),
                    }
                }
                ConditionalWrite::Conflict => {}
            }
            attempts.contention.wait_for_retry("a person").await?;
        }
    }

    /// Creates a person with an id and an email, of which neither slot was read.
    async fn create_blindly(
        &self,
        write: &IdentityWrite,
        attempts: &IdentityAttempts,
    ) -> Result<Option<IdentityOutcome>> {
        let (stamp, new_part) = (attempts.stamps.last(), attempts.new_part());
        let call = IdentityCall { write, stamp, new_part, ids: self.ids() };
        let vacant = self.assume_vacant_slots(write);
        let IdentityPlan::Write(planned) = plan_identity_write(call, &vacant) else {
            return Ok(None);
        };
        match self.apply_slot_writes(&planned.writes, stamp).await? {
            TransactionOutcome::Committed => {
                failpoint("identity.written");
                self.to_outcome(&planned, attempts).map(Some)
            }
            TransactionOutcome::ConditionFailed(_) | TransactionOutcome::Conflict => Ok(None),
        }
    }

    /// Reads the slots, plans and writes, until the slots stay as they were read.
    async fn write_planned(
        &self,
        write: &IdentityWrite,
        attempts: &mut IdentityAttempts,
    ) -> Result<IdentityOutcome> {
        // A create has written one before it knows whether the id is new.
        let creates = write.mode == WriteMode::Create;
        let mut entry = creates.then(|| attempts.new_part().to_owned());
        loop {
            let seen = self.read_seen_slots(write).await?;
            for item in seen.items() {
                attempts.advance_past_item(&self.store.clock, item);
            }
            let (stamp, new_part) = (attempts.stamps.last(), attempts.new_part());
            let call = IdentityCall { write, stamp, new_part, ids: self.ids() };
            match plan_identity_write(call, &seen) {
                IdentityPlan::Refuse(refusal) => {
                    let person = seen.id.person.as_ref();
                    if let Some(own) =
                        person.filter(|person| attempts.stamps.has_created(&person.item))
                    {
                        return self.to_identity_outcome(own.item.clone(), attempts, false);
                    }
                    if creates {
                        self.remove_unused_entry(write, new_part, &seen).await?;
                    }
                    return Ok(IdentityOutcome::Refused(refusal));
                }
                IdentityPlan::Write(planned) => {
                    if planned.takes_id && entry.as_ref() != Some(&planned.part) {
                        self.write_id_entry(write, &planned.part).await?;
                        entry = Some(planned.part.clone());
                    }
                    let applied = self.apply_slot_writes(&planned.writes, stamp).await?;
                    if applied == TransactionOutcome::Committed {
                        failpoint("identity.written");
                        if creates && planned.part != new_part {
                            self.remove_unused_entry(write, new_part, &seen).await?;
                        }
                        return self.to_outcome(&planned, attempts);
                    }
                    attempts.advance_past_missed(&self.store.clock, applied);
                }
                IdentityPlan::Prepare(writes) => {
                    let applied = self.apply_slot_writes(&writes, stamp).await?;
                    failpoint("identity.prepared");
                    attempts.advance_past_missed(&self.store.clock, applied);
                    // The last stamp may be written.
                    let last = attempts.stamps.last();
                    attempts.stamps.advance_past(&self.store.clock, Some(last));
                }
                IdentityPlan::ReadAgain => {}
            }
            attempts.contention.wait_for_retry("a person").await?;
        }
    }

    fn to_outcome(
        &self,
        planned: &PlannedWrite,
        attempts: &IdentityAttempts,
    ) -> Result<IdentityOutcome> {
        let item = planned.writes.first().map(people_domain::identity::SlotWrite::item_after);
        self.to_identity_outcome(item.unwrap_or_default(), attempts, planned.joined)
    }

    fn to_identity_outcome(
        &self,
        item: Attributes,
        attempts: &IdentityAttempts,
        joined: bool,
    ) -> Result<IdentityOutcome> {
        let created = attempts.stamps.has_created(&item);
        let person = IdentifiedPerson::from_attributes(item, self.ids())
            .ok_or_else(|| StoreError::corrupt("person"))?;
        Ok(IdentityOutcome::Written { person, created, joined })
    }
}

/// The home slot of the person that an alias names, where most people are.
fn alias_home(item: &Attributes) -> Option<String> {
    let home = Locator::from_record_part(Slot::parse(item).alias_part()?)?;
    Some(home.as_str().to_owned())
}

/// Whether people with ids of this kind are listed by entries of their own.
fn has_entries(kind: IdentityKind) -> bool {
    kind == IdentityKind::Px
}
