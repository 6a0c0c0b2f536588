//! One upsert on its way to the places of its person. It may be sent several times, each time with a
//! stamp of its own, and knows by those stamps what it has done.

use std::collections::HashSet;

use people_domain::ids::mint::{Locator, Mint};
use people_domain::ids::stamp::Stamp;
use people_domain::objects::record::{Attributes, BORN, REVISED, stamp};
use people_domain::people::plan::PersonWrite;
use people_domain::people::{
    Assign, Mark, Named, Person, assignments, fence_owner, is_taken, latest,
};

use super::place::Wrote;
use crate::people::expect::{Expect, Guard};
use crate::table::clock::{Clock, Contention, random};

/// A write that is being done.
#[derive(Debug)]
pub(super) struct Call<'w> {
    pub(super) write: &'w PersonWrite,
    /// The stamps of the next sending.
    pub(super) mark: Mark,
    /// Of every sending so far, and of the next.
    stamps: Vec<Stamp>,
    /// Tells the life that the call may make from others at the same home.
    life: u128,
    /// The record part of the person who left the place of the email and is not erased since the
    /// job was accepted.
    pub(super) left: Option<String>,
    pub(super) contention: Contention,
}

impl<'w> Call<'w> {
    pub(super) fn new(write: &'w PersonWrite, mark: &Mark) -> Self {
        Self {
            write,
            mark: mark.clone(),
            stamps: vec![mark.stamp],
            life: random(),
            left: None,
            contention: Contention::new(),
        }
    }

    /// The record part of the person that the call makes at a place.
    pub(super) fn life_at(&self, place: &Locator) -> String {
        Mint::life(place, self.life)
    }

    pub(super) fn assignments(&self, life: &str) -> Vec<(String, Assign)> {
        assignments(self.write, &self.mark, life)
    }

    pub(super) fn guard<'g>(&'g self, expect: &'g Expect) -> Guard<'g> {
        Guard { expect, mark: &self.mark, left: self.left.as_deref() }
    }

    /// Takes a stamp past what was seen at a place, if its own is not.
    pub(super) fn pass(&mut self, clock: &Clock, seen: Option<&Attributes>) {
        if !self.mark.is_after(seen) {
            self.mark = self.mark.sent_at(clock.stamp_after(seen.and_then(latest)));
            self.stamps.push(self.mark.stamp);
        }
    }

    /// Whether the last write of an item is one of this call's sendings.
    pub(super) fn is_last_of(&self, item: &Attributes) -> bool {
        stamp(item, REVISED).is_some_and(|revised| self.stamps.contains(&revised))
    }

    /// Whether the row of a job was applied to the item by an earlier attempt.
    pub(super) fn is_applied_to(&self, item: &Attributes) -> bool {
        self.mark.fence.as_ref().is_some_and(|fence| fence.is_behind(item))
    }

    /// Whether nobody is at a place, and something happened there since the call took its stamp.
    /// Somebody whom an earlier sending made may be among those who are gone.
    pub(super) fn is_late_at(&self, item: &Attributes) -> bool {
        !is_taken(item) && !self.mark.is_after(Some(item))
    }

    /// Begins again at a place where nobody is any more: a life that was made there and is gone is
    /// not made twice.
    pub(super) fn begin_new_life(&mut self, clock: &Clock, seen: &Attributes) {
        self.life = random();
        self.pass(clock, Some(seen));
    }

    /// The record part of the person to whom a row by email was applied and who has left the place of
    /// the item since. A row by GSID goes with its person.
    pub(super) fn applied_to<'i>(&self, item: &'i Attributes) -> Option<&'i str> {
        let by_email = self.mark.fence.as_ref().is_some_and(|f| f.named == Named::ByEmail);
        fence_owner(item).filter(|_| by_email && self.is_applied_to(item))
    }

    /// The outcome of a refused write, by the item at its place; none when only the order refused
    /// it, so that it is to be sent again.
    pub(super) fn judge(&self, old: &Attributes, expect: &Expect) -> Option<Wrote> {
        let applied = self.is_applied_to(old);
        if let Some(part) = self.applied_to(old) {
            return Some(Wrote::Moved(part.to_owned()));
        }
        if (applied || self.is_last_of(old)) && expect.is_met_by(old) {
            return Some(Wrote::Done(old.clone()));
        }
        let may_go =
            !applied && !self.is_late_at(old) && self.guard(expect).holds_but_for_order(Some(old));
        (!may_go).then(|| Wrote::Missed(Some(old.clone())))
    }

    /// Whether something that has this stamp as its birth was made by the call.
    fn has_made(&self, born: Stamp) -> bool {
        born == self.mark.born || self.stamps.contains(&born)
    }

    /// Whether the call made the person of this item.
    pub(super) fn has_made_person(&self, item: &Attributes) -> bool {
        stamp(item, BORN).is_some_and(|born| self.has_made(born))
    }

    /// The names of the associations that the call made.
    pub(super) fn made(&self, person: &Person) -> HashSet<String> {
        let held = person.companies.iter().chain(&person.relationships);
        held.filter(|held| self.has_made(held.born)).map(|held| held.name.clone()).collect()
    }
}
