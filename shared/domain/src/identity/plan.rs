//! Decides what a call by an id does, from the slots that it names (contract: identify#one-call).

use super::email_change::{hold_email, is_same_person, move_to_email_slot};
use super::seen_slots::SlotHolder;
use super::slot_write::{set_text, set_text_once};
use super::{
    EmailChange, ExternalId, IdentityKind, IdentityRefusal, IdentityWrite, Precondition,
    SHOWN_EMAIL, SeenPerson, SeenSlot, SeenSlots, SentEmail, SlotWrite, WriteMode, merge,
    plan_email_change,
};
use crate::ids::email::Email;
use crate::ids::stamp::Stamp;
use crate::ids::tenant_ids::TenantIds;
use crate::objects::record::{CREATED, attribute_text};
use crate::people::{ALIAS, Assignment, GSID};

/// A call by an id, at one attempt.
#[derive(Debug, Clone, Copy)]
pub struct IdentityCall<'c> {
    pub write: &'c IdentityWrite,
    /// Later than all stamps at the slots.
    pub stamp: Stamp,
    /// The record part of a person that the call creates.
    pub new_part: &'c str,
    pub ids: &'c TenantIds,
}

/// The effect of a call.
#[derive(Debug, Clone)]
pub enum IdentityPlan {
    Write(PlannedWrite),
    /// Writes after which the slots are read again: they make the slot of the id vacant.
    Prepare(Vec<SlotWrite>),
    Refuse(IdentityRefusal),
    /// The slots were read while they changed.
    ReadAgain,
}

/// Writes that are applied together.
#[derive(Debug, Clone)]
pub struct PlannedWrite {
    /// The first is that of the person.
    pub writes: Vec<SlotWrite>,
    /// The record part of the person.
    pub part: String,
    pub created: bool,
    /// Whether an id and an email were joined, or two people.
    pub joined: bool,
    /// Whether the person gets the id.
    pub takes_id: bool,
}

/// The holder of the email of a call.
#[derive(Clone, Copy)]
enum EmailHolder<'s> {
    /// The call has no email.
    NotSent,
    /// The email is none, and is shown.
    IllFormed(&'s str),
    Nobody(&'s Email, &'s SeenSlot),
    Person(&'s Email, &'s SeenPerson),
}

/// Plans a call.
#[must_use]
pub fn plan_identity_write(call: IdentityCall<'_>, seen: &SeenSlots) -> IdentityPlan {
    let Some(email) = call.find_email_holder(seen) else { return IdentityPlan::ReadAgain };
    match (seen.id.holder_of_id(&call.write.id), call.write.mode) {
        (SlotHolder::Inconsistent, _) => IdentityPlan::ReadAgain,
        (SlotHolder::Person(_), WriteMode::Create) => IdentityPlan::Refuse(IdentityRefusal::Known),
        (SlotHolder::Person(person), _) => call.write_to_holder(person, email, false),
        (_, WriteMode::Update) => IdentityPlan::Refuse(IdentityRefusal::Unknown),
        (SlotHolder::Nobody, _) => call.write_unknown_id(&seen.id, email),
        (SlotHolder::Resident(person), _) => call.write_to_resident(person, seen, email),
    }
}

impl<'c> IdentityCall<'c> {
    pub(super) fn id(&self) -> &'c ExternalId {
        &self.write.id
    }

    fn find_email_holder<'s>(&self, seen: &'s SeenSlots) -> Option<EmailHolder<'s>>
    where
        'c: 's,
    {
        match (&self.write.email, &seen.email) {
            (None, _) => Some(EmailHolder::NotSent),
            (Some(SentEmail::IllFormed(text)), _) => Some(EmailHolder::IllFormed(text)),
            (Some(SentEmail::Valid(_)), None) => None,
            (Some(SentEmail::Valid(email)), Some(slot)) => {
                match slot.holder(IdentityKind::Email, email.key()) {
                    SlotHolder::Nobody => Some(EmailHolder::Nobody(email, slot)),
                    SlotHolder::Person(person) => Some(EmailHolder::Person(email, person)),
                    SlotHolder::Resident(_) | SlotHolder::Inconsistent => None,
                }
            }
        }
    }

    /// The person of the id is known, or gets it back (`gets_id`).
    fn write_to_holder(
        &self,
        person: &SeenPerson,
        email: EmailHolder<'_>,
        gets_id: bool,
    ) -> IdentityPlan {
        let shows = |text: &str| vec![set_text(SHOWN_EMAIL, text)];
        let mut joined = false;
        let writes = match email {
            EmailHolder::NotSent => self.update_person(person, Vec::new(), gets_id),
            EmailHolder::IllFormed(text) => self.update_person(person, shows(text), gets_id),
            EmailHolder::Person(email, holder) if is_same_person(&holder.item, &person.item) => {
                // The person was read by its id and by its email, and may have changed in between.
                if person.identity(IdentityKind::Email) != Some(email.key()) {
                    return IdentityPlan::ReadAgain;
                }
                self.update_person(person, hold_email(email), gets_id)
            }
            EmailHolder::Person(email, _) | EmailHolder::Nobody(email, _)
                if shows_email(person, email) =>
            {
                self.update_person(person, shows(email.as_sent()), gets_id)
            }
            EmailHolder::Nobody(email, slot) => {
                joined = true;
                let assignments = self.assignments_with(hold_email(email), gets_id);
                plan_email_change(EmailChange {
                    person,
                    target: slot,
                    assignments: &assignments,
                    stamp: self.stamp,
                    ids: self.ids,
                })
            }
            EmailHolder::Person(email, holder) => {
                if self.may_merge(person, holder) {
                    return self.merge(person, holder, email);
                }
                self.update_person(person, shows(email.as_sent()), gets_id)
            }
        };
        let part = person.part().to_owned();
        let takes_id = gets_id;
        IdentityPlan::Write(PlannedWrite { writes, part, created: false, joined, takes_id })
    }

    /// The person that lives in the slot of the id lost it. It gets the id back if the call is about
    /// nobody else, and otherwise moves away.
    fn write_to_resident(
        &self,
        person: &SeenPerson,
        seen: &SeenSlots,
        email: EmailHolder<'_>,
    ) -> IdentityPlan {
        let is_meant = match email {
            EmailHolder::NotSent => true,
            EmailHolder::Person(_, holder) => is_same_person(&holder.item, &person.item),
            EmailHolder::IllFormed(_) | EmailHolder::Nobody(..) => false,
        };
        if is_meant && person.identity(self.id().kind()).is_none() {
            return self.write_to_holder(person, email, true);
        }
        // Others know it by its email, so it holds one.
        match &seen.resident_email {
            Some(alias) => IdentityPlan::Prepare(move_to_email_slot(person, alias, self.stamp)),
            None => IdentityPlan::ReadAgain,
        }
    }

    fn write_unknown_id(&self, slot: &SeenSlot, email: EmailHolder<'_>) -> IdentityPlan {
        match email {
            EmailHolder::Person(email, holder) if holder.identity(self.id().kind()).is_none() => {
                self.join_id(slot, holder, email)
            }
            EmailHolder::NotSent => self.create_person(slot, Vec::new(), None),
            EmailHolder::IllFormed(text) => {
                self.create_person(slot, vec![set_text(SHOWN_EMAIL, text)], None)
            }
            EmailHolder::Person(email, _) => {
                self.create_person(slot, vec![set_text(SHOWN_EMAIL, email.as_sent())], None)
            }
            EmailHolder::Nobody(email, email_slot) => {
                self.create_person(slot, hold_email(email), Some(email_slot))
            }
        }
    }

    /// A new person lives in the slot of the id, and the slot of its email has an alias.
    fn create_person(
        &self,
        slot: &SeenSlot,
        email: Vec<(String, Assignment)>,
        email_slot: Option<&SeenSlot>,
    ) -> IdentityPlan {
        let mut assignments = self.assignments_of_new_person();
        assignments.extend(self.assignments_with(email, false));
        let mut writes = vec![SlotWrite::update(
            &slot.sort_key,
            Precondition::Vacant,
            assignments,
            self.stamp,
            slot.item.as_ref(),
        )];
        writes.extend(email_slot.map(|email_slot| self.add_alias(email_slot, self.new_part)));
        let part = self.new_part.to_owned();
        let (created, takes_id) = (true, true);
        IdentityPlan::Write(PlannedWrite { writes, part, created, joined: false, takes_id })
    }

    /// The assignments that only the creation of a person has.
    #[must_use]
    pub fn assignments_of_new_person(&self) -> Vec<(String, Assignment)> {
        vec![
            set_text_once(CREATED, self.stamp.as_str()),
            set_text_once(GSID, self.new_part),
            set_text(self.id().kind().attribute(), self.id().as_str()),
        ]
    }

    /// The person of the email takes the id.
    fn join_id(&self, slot: &SeenSlot, person: &SeenPerson, email: &Email) -> IdentityPlan {
        let mut writes = self.update_person(person, hold_email(email), true);
        writes.push(self.add_alias(slot, person.part()));
        let part = person.part().to_owned();
        let (joined, takes_id) = (true, true);
        IdentityPlan::Write(PlannedWrite { writes, part, created: false, joined, takes_id })
    }

    /// Nobody is merged twice: the person of the id has one, and the other gets it.
    fn may_merge(&self, person: &SeenPerson, holder: &SeenPerson) -> bool {
        self.write.merges
            && person.identity(IdentityKind::Email).is_none()
            && holder.identity(self.id().kind()).is_none()
    }

    fn merge(&self, person: &SeenPerson, into: &SeenPerson, email: &Email) -> IdentityPlan {
        let assignments = self.assignments_with(hold_email(email), true);
        let writes = merge::plan_merge(person, into, assignments, self.stamp);
        let part = into.part().to_owned();
        let (created, joined, takes_id) = (false, true, true);
        IdentityPlan::Write(PlannedWrite { writes, part, created, joined, takes_id })
    }

    fn update_person(
        &self,
        person: &SeenPerson,
        email: Vec<(String, Assignment)>,
        gets_id: bool,
    ) -> Vec<SlotWrite> {
        vec![SlotWrite::update(
            &person.sort_key,
            Precondition::same_identities(person.part(), &person.item, false),
            self.assignments_with(email, gets_id),
            self.stamp,
            Some(&person.item),
        )]
    }

    fn assignments_with(
        &self,
        email: Vec<(String, Assignment)>,
        gets_id: bool,
    ) -> Vec<(String, Assignment)> {
        let id = gets_id.then(|| set_text(self.id().kind().attribute(), self.id().as_str()));
        let mut all: Vec<_> = id.into_iter().chain(email).collect();
        all.extend(self.write.assignments.iter().cloned());
        all
    }

    fn add_alias(&self, slot: &SeenSlot, part: &str) -> SlotWrite {
        let alias = vec![set_text(ALIAS, part)];
        SlotWrite::update(
            &slot.sort_key,
            Precondition::Vacant,
            alias,
            self.stamp,
            slot.item.as_ref(),
        )
    }
}

fn shows_email(person: &SeenPerson, email: &Email) -> bool {
    let shown = attribute_text(&person.item, SHOWN_EMAIL);
    shown.and_then(|shown| Email::parse(shown).ok()).is_some_and(|shown| shown.key() == email.key())
}
