//! One upsert on its way to the places of its person. It may be sent several times, each time with a
//! stamp of its own, and knows by those stamps what it has done.

use std::collections::HashSet;

use people_domain::ids::stamp::Stamp;
use people_domain::ids::tenant_ids::{Locator, TenantIds};
use people_domain::objects::record::{Attributes, CREATED, UPDATED, attribute_stamp};
use people_domain::people::plan::PersonWrite;
use people_domain::people::{
    Assignment, NamedBy, Person, WriteContext, build_assignments, fence_owner, is_occupied,
    latest_stamp,
};

use super::slot::WriteOutcome;
use crate::people::precondition::{Precondition, WriteCondition};
use crate::table::clock::{Clock, Contention, random_u128};

/// A write that is being done.
#[derive(Debug)]
pub(super) struct PersonUpsert<'w> {
    pub(super) write: &'w PersonWrite,
    /// The stamps of the next sending.
    pub(super) mark: WriteContext,
    /// Of every sending so far, and of the next.
    stamps: Vec<Stamp>,
    /// Tells the life that the call may make from others at the same home.
    incarnation: u128,
    /// The record part of the person who left the place of the email and is not erased since the
    /// job was accepted.
    pub(super) checked_leaver: Option<String>,
    pub(super) contention: Contention,
}

impl<'w> PersonUpsert<'w> {
    pub(super) fn new(write: &'w PersonWrite, mark: &WriteContext) -> Self {
        Self {
            write,
            mark: mark.clone(),
            stamps: vec![mark.stamp],
            incarnation: random_u128(),
            checked_leaver: None,
            contention: Contention::new(),
        }
    }

    /// The record part of the person that the call makes at a place.
    pub(super) fn new_record_part(&self, place: &Locator) -> String {
        TenantIds::new_incarnation(place, self.incarnation)
    }

    pub(super) fn build_assignments(&self, life: &str) -> Vec<(String, Assignment)> {
        build_assignments(self.write, &self.mark, life)
    }

    pub(super) fn write_condition<'g>(&'g self, expect: &'g Precondition) -> WriteCondition<'g> {
        WriteCondition {
            precondition: expect,
            mark: &self.mark,
            checked_leaver: self.checked_leaver.as_deref(),
        }
    }

    /// Takes a stamp past what was seen at a place, if its own is not.
    pub(super) fn advance_stamp(&mut self, clock: &Clock, seen: Option<&Attributes>) {
        if !self.mark.is_after(seen) {
            self.mark = self.mark.with_stamp(clock.new_stamp_after(seen.and_then(latest_stamp)));
            self.stamps.push(self.mark.stamp);
        }
    }

    /// Whether the last write of an item is one of this call's sendings.
    pub(super) fn is_last_write_of(&self, item: &Attributes) -> bool {
        attribute_stamp(item, UPDATED).is_some_and(|revised| self.stamps.contains(&revised))
    }

    /// Whether the row of a job was applied to the item by an earlier attempt.
    pub(super) fn is_applied_to(&self, item: &Attributes) -> bool {
        self.mark.fence.as_ref().is_some_and(|fence| fence.is_applied_to(item))
    }

    /// Whether nobody is at a place, and something happened there since the call took its stamp.
    /// Somebody whom an earlier sending made may be among those who are gone.
    pub(super) fn is_stale_at(&self, item: &Attributes) -> bool {
        !is_occupied(item) && !self.mark.is_after(Some(item))
    }

    /// Begins again at a place where nobody is any more: a life that was made there and is gone is
    /// not made twice.
    pub(super) fn begin_new_incarnation(&mut self, clock: &Clock, seen: &Attributes) {
        self.incarnation = random_u128();
        self.advance_stamp(clock, Some(seen));
    }

    /// The record part of the person to whom a row by email was applied and who has left the place of
    /// the item since. A row by GSID goes with its person.
    pub(super) fn applied_record_part<'i>(&self, item: &'i Attributes) -> Option<&'i str> {
        let by_email = self.mark.fence.as_ref().is_some_and(|f| f.named_by == NamedBy::Email);
        fence_owner(item).filter(|_| by_email && self.is_applied_to(item))
    }

    /// The outcome of a refused write, by the item at its place; none when only the order refused
    /// it, so that it is to be sent again.
    pub(super) fn classify_item(
        &self,
        old: &Attributes,
        expect: &Precondition,
    ) -> Option<WriteOutcome> {
        let applied = self.is_applied_to(old);
        if let Some(part) = self.applied_record_part(old) {
            return Some(WriteOutcome::AppliedBeforeMove(part.to_owned()));
        }
        if (applied || self.is_last_write_of(old)) && expect.matches_person(old) {
            return Some(WriteOutcome::Written(old.clone()));
        }
        let may_go = !applied
            && !self.is_stale_at(old)
            && self.write_condition(expect).matches_except_order(Some(old));
        (!may_go).then(|| WriteOutcome::ConditionFailed(Some(old.clone())))
    }

    /// Whether something that has this stamp as its birth was made by the call.
    fn has_created(&self, born: Stamp) -> bool {
        born == self.mark.created || self.stamps.contains(&born)
    }

    /// Whether the call made the person of this item.
    pub(super) fn has_created_person(&self, item: &Attributes) -> bool {
        attribute_stamp(item, CREATED).is_some_and(|born| self.has_created(born))
    }

    /// The names of the associations that the call made.
    pub(super) fn created_associations(&self, person: &Person) -> HashSet<String> {
        let held = person.companies.iter().chain(&person.relationships);
        held.filter(|held| self.has_created(held.created)).map(|held| held.name.clone()).collect()
    }
}
