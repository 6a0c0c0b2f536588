//! Writes of the People API, as the storage drives them: by email at its slot or by the alias there,
//! and by GSID with an email, which may change the person's.

use std::sync::Arc;

use people_domain::identity::{
    EmailChange, IdentityKind, PEOPLE_MARK, Precondition, SHOWN_EMAIL, SeenSlot, SlotChange,
    SlotWrite, plan_email_change,
};
use people_domain::ids::stamp::Stamp;
use people_domain::ids::tenant_ids::{Locator, TenantIds};
use people_domain::objects::record::{UPDATED, attribute_stamp, attribute_text};
use people_domain::people::plan::PersonWrite;
use people_domain::people::row::PersonRef;
use people_domain::people::{
    Assignment, EMAIL, Slot, WriteContext, build_assignments, is_occupied, latest_stamp,
};
use people_domain::values::Value;

use super::calls::{Outcome, Progress, SHARED, Step, email_of, slot_of, tenant_ids};
use super::engine::written;
use super::io::{Asked, Io};
use super::reads::{RedirectChain, find_person, follow_merge};
use super::table::Item;

/// The outcome of a write at a slot.
enum SlotOutcome {
    Written(Arc<Item>),
    Failed(Option<Arc<Item>>),
}

/// A call of the People API.
pub(super) struct PeopleCall {
    pub(super) email: &'static str,
    pub(super) number: usize,
}

impl PeopleCall {
    fn assignments(&self, part: &str, stamp: u128, marks: bool) -> Vec<(String, Assignment)> {
        let email = email_of(self.email);
        let text = Some(Value::Text(self.number.to_string()));
        let write = PersonWrite {
            person_ref: PersonRef::Email(email.clone()),
            email: Some(email),
            fields: vec![(format!("w{}", self.number), text.clone()), (SHARED.to_owned(), text)],
            associations: Vec::new(),
            primary: None,
            missing_required_field: None,
        };
        let mut all = build_assignments(&write, &WriteContext::new(Stamp::new(stamp)), part);
        let mark = || (PEOPLE_MARK.to_owned(), Assignment::Set(Some(Value::Bool(true))));
        all.extend(marks.then(mark));
        all
    }

    /// One attempt at an upsert by email.
    pub(super) fn upsert(&self, io: &mut Io<'_>, progress: &mut Progress) -> Asked<Step> {
        if progress.stamps.is_empty() {
            progress.stamps.renew(io);
            progress.incarnation = progress.stamps.first();
        }
        let slot = slot_of(IdentityKind::Email, self.email);
        let new_part = Locator::parse(&slot)
            .map(|slot| TenantIds::new_incarnation(&slot, progress.incarnation));
        let expected = Precondition::HolderOrVacant(IdentityKind::Email, self.email.to_owned());
        let new_part = new_part.unwrap_or_default();
        let old = match self.write_slot(io, progress, &slot, &new_part, &expected)? {
            SlotOutcome::Written(item) => return Ok(written(&item.0)),
            SlotOutcome::Failed(old) => old.map(|old| old.0.clone()).unwrap_or_default(),
        };
        let is_stale = latest_stamp(&old).is_some_and(|v| v.number() >= progress.stamps.last());
        if !is_occupied(&old) && is_stale && expected.matches(Some(&old)) {
            progress.stamps.renew(io);
            progress.incarnation = progress.stamps.last();
            return Ok(Step::Again);
        }
        let Slot::Alias(part) = Slot::parse(&old) else { return Ok(Step::Done(Outcome::Refused)) };
        let found = self.upsert_by_record_part(io, progress, part)?;
        Ok(found.map_or(Step::Again, |item| written(&item.0)))
    }

    /// Writes at a slot until the order of writes no longer prevents it.
    fn write_slot(
        &self,
        io: &mut Io<'_>,
        progress: &mut Progress,
        slot: &str,
        part: &str,
        expected: &Precondition,
    ) -> Asked<SlotOutcome> {
        loop {
            let stamp = progress.stamps.last();
            let write = || {
                let all = self.assignments(part, stamp, expected.is_by_record_part());
                let (sort_key, precondition) = (slot.to_owned(), expected.clone());
                let change = SlotChange::Update(all);
                vec![SlotWrite { sort_key, precondition, change, seen: None }]
            };
            let missed = match io.write(write, stamp)? {
                Ok(item) => return Ok(SlotOutcome::Written(item)),
                Err(missed) => missed,
            };
            let Some(old) = missed.into_iter().find_map(|(_, item)| item) else {
                return Ok(SlotOutcome::Failed(None));
            };
            let is_own = progress.stamps.contain(attribute_stamp(&old.0, UPDATED));
            if !is_occupied(&old.0) || !expected.matches(Some(&old.0)) {
                return Ok(SlotOutcome::Failed(Some(old)));
            }
            if is_own {
                return Ok(SlotOutcome::Written(old));
            }
            progress.stamps.pass(io, latest_stamp(&old.0));
        }
    }

    fn upsert_by_record_part(
        &self,
        io: &mut Io<'_>,
        progress: &mut Progress,
        part: &str,
    ) -> Asked<Option<Arc<Item>>> {
        let mut part = part.to_owned();
        let Some(mut chain) = RedirectChain::from_record_part(&part) else { return Ok(None) };
        loop {
            let expected = Precondition::person_with_email_key(&part, self.email);
            match self.write_slot(io, progress, &chain.slot, &part, &expected)? {
                SlotOutcome::Written(item) => return Ok(Some(item)),
                SlotOutcome::Failed(old) => {
                    if let Some(next) = old.and_then(|old| follow_merge(&old, &part)) {
                        (part, chain) = next;
                        continue;
                    }
                }
            }
            if !chain.follow_redirect(io, &part)? {
                return Ok(None);
            }
        }
    }

    /// One attempt at a write by GSID that gives the person this email.
    pub(super) fn change(
        &self,
        io: &mut Io<'_>,
        progress: &mut Progress,
        part: &str,
    ) -> Asked<Step> {
        if progress.stamps.is_empty() {
            progress.stamps.renew(io);
        }
        let refused = Ok(Step::Done(Outcome::Refused));
        let Some(person) = find_person(io, part)? else { return refused };
        if progress.stamps.contain(attribute_stamp(&person.item, UPDATED)) {
            return Ok(written(&person.item));
        }
        let held = attribute_text(&person.item, EMAIL);
        if held == Some(self.email) {
            let (slot, part) = (&person.sort_key, person.part());
            let expected = Precondition::person_with_email_key(part, self.email);
            return Ok(match self.write_slot(io, progress, slot, part, &expected)? {
                SlotOutcome::Written(item) => written(&item.0),
                SlotOutcome::Failed(_) => Step::Again,
            });
        }
        if held.is_none() {
            return refused;
        }
        let item = progress.target.as_ref().map(|item| item.0.clone());
        for seen in [Some(&person.item), item.as_ref()] {
            progress.stamps.pass(io, seen.and_then(latest_stamp));
        }
        let sort_key = slot_of(IdentityKind::Email, self.email);
        let target = SeenSlot { sort_key, item, person: None };
        let stamp = progress.stamps.last();
        let mut assignments = self.assignments(person.part(), stamp, true);
        assignments.push((SHOWN_EMAIL.to_owned(), Assignment::Remove));
        let writes = plan_email_change(EmailChange {
            person: &person,
            target: &target,
            assignments: &assignments,
            stamp: Stamp::new(stamp),
            ids: tenant_ids(),
        });
        let at_target = writes.iter().position(|write| write.sort_key == target.sort_key);
        let mut missed = match io.write(|| writes, stamp)? {
            Ok(item) => return Ok(Step::Done(Outcome::Written(part_of(&item)))),
            Err(missed) => missed,
        };
        for (_, item) in &missed {
            let latest = item.as_ref().and_then(|item| latest_stamp(&item.0));
            progress.stamps.pass(io, latest);
        }
        if let (Some((at, item)), true) = (missed.pop(), missed.is_empty())
            && Some(at) == at_target
        {
            if item.as_ref().is_some_and(|item| is_occupied(&item.0)) {
                return refused;
            }
            progress.target = item;
        }
        Ok(Step::Again)
    }
}

fn part_of(item: &Item) -> String {
    attribute_text(&item.0, people_domain::people::GSID).unwrap_or_default().to_owned()
}
