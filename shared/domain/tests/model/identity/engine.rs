//! Writes by ids, as the storage drives them: a blind write first, then the slots are read one after
//! the other, planned and written in one transaction, until they stay as they were read.

use people_domain::identity::{
    IdentityCall, IdentityKind, IdentityPlan, IdentityWrite, SeenSlot, SeenSlots, SentEmail,
    SlotWrite, WriteMode, plan_blind_write, plan_identity_write,
};
use people_domain::ids::stamp::Stamp;
use people_domain::ids::tenant_ids::{Locator, TenantIds};
use people_domain::objects::record::{
    Attributes, CREATED, UPDATED, attribute_stamp, attribute_text,
};
use people_domain::people::{GSID, latest_stamp};

use super::calls::{Outcome, Progress, Step, WriteCall, identity_write, slot_of, tenant_ids};
use super::io::{Asked, Io};
use super::reads::{fill_slot, read_email_slot};
use super::table::Missed;

/// One attempt at a write by an id.
pub(super) fn write_identity(
    io: &mut Io<'_>,
    progress: &mut Progress,
    call: WriteCall,
    number: usize,
) -> Asked<Step> {
    if progress.stamps.is_empty() {
        progress.stamps.renew(io);
    }
    let slot = slot_of(call.kind, call.id);
    let new_part = Locator::parse(&slot)
        .map(|slot| TenantIds::new_incarnation(&slot, progress.stamps.first()))
        .unwrap_or_default();
    let attempt =
        Attempt { write: identity_write(call, number), slot, new_part: new_part.as_str() };
    if progress.has_missed {
        attempt.write_planned(io, progress)
    } else {
        attempt.write_blindly(io, progress, call.kind != IdentityKind::Px)
    }
}

struct Attempt<'p> {
    write: IdentityWrite,
    slot: String,
    /// The record part of a person that the call creates.
    new_part: &'p str,
}

impl Attempt<'_> {
    fn call(&self, stamp: u128) -> IdentityCall<'_> {
        let stamp = Stamp::new(stamp);
        IdentityCall { write: &self.write, stamp, new_part: self.new_part, ids: tenant_ids() }
    }

    fn write_blindly(
        &self,
        io: &mut Io<'_>,
        progress: &mut Progress,
        may_create: bool,
    ) -> Asked<Step> {
        let stamp = progress.stamps.last();
        let Some(planned) = plan_blind_write(self.call(stamp), &self.slot, may_create) else {
            return self.create_blindly(io, progress);
        };
        let precondition = planned.precondition.clone();
        let missed = match io.write(|| vec![planned], stamp)? {
            Ok(item) => return Ok(written(&item.0)),
            Err(missed) => missed,
        };
        let old = missed.into_iter().find_map(|(_, item)| item);
        let Some(old) = old.as_ref().map(|item| &item.0) else {
            progress.has_missed = true;
            return Ok(Step::Again);
        };
        let stamps = &mut progress.stamps;
        if precondition.matches(Some(old)) {
            if stamps.contain(attribute_stamp(old, UPDATED)) {
                return Ok(written(old));
            }
            stamps.pass(io, latest_stamp(old));
        } else {
            let is_own = stamps.contain(attribute_stamp(old, CREATED));
            if self.write.mode == WriteMode::Create && is_own {
                return Ok(written(old));
            }
            progress.has_missed = true;
        }
        Ok(Step::Again)
    }

    /// Creates a person with an id and an email, of which neither slot was read.
    fn create_blindly(&self, io: &mut Io<'_>, progress: &mut Progress) -> Asked<Step> {
        let stamp = progress.stamps.last();
        if let IdentityPlan::Write(planned) =
            plan_identity_write(self.call(stamp), &self.vacant_slots())
            && io.write(|| planned.writes, stamp)?.is_ok()
        {
            return Ok(Step::Done(Outcome::Written(planned.part)));
        }
        progress.has_missed = true;
        Ok(Step::Again)
    }

    fn write_planned(&self, io: &mut Io<'_>, progress: &mut Progress) -> Asked<Step> {
        let seen = self.read_slots(io)?;
        for item in seen.items() {
            progress.stamps.pass(io, latest_stamp(item));
        }
        let stamp = progress.stamps.last();
        match plan_identity_write(self.call(stamp), &seen) {
            IdentityPlan::Refuse(_) => {
                let person = seen.id.person.as_ref().map(|person| &person.item);
                let created = person.and_then(|item| attribute_stamp(item, CREATED));
                return Ok(match person.filter(|_| progress.stamps.contain(created)) {
                    Some(own) => written(own),
                    None => Step::Done(Outcome::Refused),
                });
            }
            IdentityPlan::Write(planned) => match io.write(|| planned.writes, stamp)? {
                Ok(_) => return Ok(Step::Done(Outcome::Written(planned.part))),
                Err(missed) => pass_missed(io, progress, missed),
            },
            IdentityPlan::Prepare(writes) => {
                self.prepare(io, progress, writes)?;
            }
            IdentityPlan::ReadAgain => {}
        }
        Ok(Step::Again)
    }

    fn prepare(
        &self,
        io: &mut Io<'_>,
        progress: &mut Progress,
        writes: Vec<SlotWrite>,
    ) -> Asked<()> {
        if let Err(missed) = io.write(|| writes, progress.stamps.last())? {
            pass_missed(io, progress, missed);
        }
        progress.stamps.renew(io);
        Ok(())
    }

    fn vacant_slots(&self) -> SeenSlots {
        let slot = |sort_key: String| SeenSlot { sort_key, item: None, person: None };
        let email = match &self.write.email {
            Some(SentEmail::Valid(email)) => Some(slot(slot_of(IdentityKind::Email, email.key()))),
            Some(SentEmail::IllFormed(_)) | None => None,
        };
        SeenSlots { id: slot(self.slot.clone()), email, resident_email: None }
    }

    fn read_slots(&self, io: &mut Io<'_>) -> Asked<SeenSlots> {
        let mut seen = self.vacant_slots();
        let mut slots: Vec<_> =
            [Some(&mut seen.id), seen.email.as_mut()].into_iter().flatten().collect();
        for slot in &mut slots {
            slot.item = io.read(&slot.sort_key)?.map(|item| item.0.clone());
        }
        for slot in slots {
            fill_slot(io, slot)?;
        }
        let id = &self.write.id;
        if let Some(resident) = &seen.id.person
            && resident.identity(id.kind()).is_some_and(|held| held != id.as_str())
        {
            seen.resident_email = read_email_slot(io, &resident.item)?;
        }
        Ok(seen)
    }
}

fn pass_missed(io: &mut Io<'_>, progress: &mut Progress, missed: Missed) {
    for (_, item) in missed {
        progress.stamps.pass(io, item.and_then(|item| latest_stamp(&item.0)));
    }
}

pub(super) fn written(item: &Attributes) -> Step {
    let part = attribute_text(item, GSID).unwrap_or_default();
    Step::Done(Outcome::Written(part.to_owned()))
}
