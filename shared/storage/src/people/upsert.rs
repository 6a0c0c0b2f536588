//! One upsert and its sendings. It may be sent several times, each time with a stamp of its own,
//! and recognises its own writes by those stamps.

use std::collections::HashSet;

use people_domain::identity::{PEOPLE_MARK, Precondition};
use people_domain::ids::stamp::Stamp;
use people_domain::ids::tenant_ids::{Locator, TenantIds};
use people_domain::objects::record::{Attributes, CREATED, attribute_stamp};
use people_domain::people::plan::PersonWrite;
use people_domain::people::{
    Assignment, AssociationIndexes, NamedBy, Person, Slot, WriteContext, build_assignments,
    fence_owner, is_occupied, latest_stamp,
};
use people_domain::values::Value;

use super::slot::WriteOutcome;
use crate::people::precondition::WriteCondition;
use crate::table::clock::Clock;
use crate::table::entropy::random_u128;
use crate::table::keys::ItemKey;
use crate::table::retry::Contention;
use crate::table::sent_stamps::SentStamps;

/// A write in progress.
#[derive(Debug)]
pub(super) struct PersonUpsert<'w> {
    pub(super) write: &'w PersonWrite,
    /// The context of the next sending.
    pub(super) context: WriteContext,
    /// The stamps of every sending so far, and of the next.
    stamps: SentStamps,
    /// Distinguishes the incarnation that the call may create from others at the same home slot.
    incarnation: u128,
    /// The record part of the person that left the email's slot and was not erased since the job
    /// was accepted.
    pub(super) checked_leaver: Option<String>,
    pub(super) contention: Contention,
    /// The tenant's indexes of associations.
    pub(super) indexes: AssociationIndexes,
    /// The item at the slot, if it was read before the call; it may have been changed since.
    pub(super) prefetched: Option<PrefetchedSlot>,
    /// The lookup entries that the call has written.
    pub(super) written_entries: HashSet<ItemKey>,
}

/// The knowledge of a batch that the write of a person uses.
#[derive(Debug, Default)]
pub(crate) struct UpsertHints {
    /// Whether most people of the batch do not exist: the write is then tried as an insert first,
    /// one `PutItem`, which costs the store less work than an update. If the slot is occupied, the
    /// update decides.
    pub(crate) likely_new: bool,
    /// The slot's item, if it was read before.
    pub(crate) prefetched: Option<PrefetchedSlot>,
    /// The tenant's indexes of associations.
    pub(crate) indexes: AssociationIndexes,
}

/// An item that was read before a write, `None` if the slot was never used.
#[derive(Debug)]
pub(crate) struct PrefetchedSlot {
    pub(crate) key: ItemKey,
    pub(crate) item: Option<Attributes>,
}

impl<'w> PersonUpsert<'w> {
    pub(super) fn new(write: &'w PersonWrite, context: &WriteContext) -> Self {
        Self {
            write,
            context: context.clone(),
            stamps: SentStamps::new(context.stamp),
            incarnation: random_u128(),
            checked_leaver: None,
            contention: Contention::new(),
            indexes: AssociationIndexes::default(),
            prefetched: None,
            written_entries: HashSet::new(),
        }
    }

    /// The record part of the person that the call creates at a slot.
    pub(super) fn new_record_part(&self, slot: &Locator) -> String {
        TenantIds::new_incarnation(slot, self.incarnation)
    }

    /// Whether the write names an association that belongs to an index. The person is then read
    /// before it is written, since only its item tells whether the association is new.
    pub(super) fn needs_entries(&self, tenant_ids: &TenantIds) -> bool {
        let mut named = self.write.associations.iter();
        !self.indexes.is_empty()
            && named.any(|association| self.indexes.includes(&association.name, tenant_ids))
    }

    /// The assignments of the write. A write that names its person by the record part (`marks`)
    /// leaves the mark that tells a person whom the People API knows from one that another system
    /// made and may remove.
    pub(super) fn build_assignments(&self, part: &str, marks: bool) -> Vec<(String, Assignment)> {
        let mut all = build_assignments(self.write, &self.context, part);
        let mark = || (PEOPLE_MARK.to_owned(), Assignment::Set(Some(Value::Bool(true))));
        all.extend(marks.then(mark));
        all
    }

    pub(super) fn write_condition<'g>(&'g self, expected: &'g Precondition) -> WriteCondition<'g> {
        WriteCondition {
            precondition: expected,
            context: &self.context,
            checked_leaver: self.checked_leaver.as_deref(),
        }
    }

    /// Takes a stamp later than those of an item that was seen, unless its own is later already.
    pub(super) fn advance_stamp(&mut self, clock: &Clock, seen: Option<&Attributes>) {
        if !self.context.is_after(seen) {
            self.context =
                self.context.with_stamp(clock.new_stamp_after(seen.and_then(latest_stamp)));
            self.stamps.add(self.context.stamp);
        }
    }

    /// Whether the last write of an item is one of this call's sendings.
    pub(super) fn is_last_write_of(&self, item: &Attributes) -> bool {
        self.stamps.has_written(item)
    }

    /// Whether the row of a job was applied to the item by an earlier attempt.
    pub(super) fn is_applied_to(&self, item: &Attributes) -> bool {
        self.context.fence.as_ref().is_some_and(|fence| fence.is_applied_to(item))
    }

    /// Whether a slot is vacant and was written after the call took its stamp. An earlier sending
    /// may have created a person there that was removed since.
    pub(super) fn is_stale_at(&self, item: &Attributes) -> bool {
        !is_occupied(item) && !self.context.is_after(Some(item))
    }

    /// Starts again at a slot that is vacant: an incarnation that was created there and removed is
    /// not created twice.
    pub(super) fn begin_new_incarnation(&mut self, clock: &Clock, seen: &Attributes) {
        self.incarnation = random_u128();
        self.advance_stamp(clock, Some(seen));
    }

    /// The record part of the person to whom a row by email was applied and that has left the slot
    /// of the item since. The mark of a row by GSID moves with its person.
    pub(super) fn applied_record_part<'i>(&self, item: &'i Attributes) -> Option<&'i str> {
        let by_email = self.context.fence.as_ref().is_some_and(|f| f.named_by == NamedBy::Email);
        fence_owner(item).filter(|_| by_email && self.is_applied_to(item))
    }

    /// The outcome of a refused write, by the item at its slot; `None` when only the order refused
    /// the write, which is then sent again.
    pub(super) fn classify_item(
        &self,
        old: &Attributes,
        expected: &Precondition,
    ) -> Option<WriteOutcome> {
        let applied = self.is_applied_to(old);
        if let Some(part) = self.applied_record_part(old) {
            return Some(WriteOutcome::AppliedBeforeMove(part.to_owned()));
        }
        let slot = Slot::parse(old);
        let is_own = applied || self.is_last_write_of(old);
        if is_own && slot != Slot::Vacant && expected.matches(Some(old)) {
            return Some(WriteOutcome::Written(old.clone()));
        }
        let may_resend = !applied
            && !self.is_stale_at(old)
            && self.write_condition(expected).matches_except_order(old);
        (!may_resend).then(|| WriteOutcome::ConditionFailed(Some(old.clone())))
    }

    /// Whether the call created the record that has this stamp as its creation.
    fn has_created(&self, created: Stamp) -> bool {
        created == self.context.created || self.stamps.contains(created)
    }

    /// Whether the call created the person of this item.
    pub(super) fn has_created_person(&self, item: &Attributes) -> bool {
        attribute_stamp(item, CREATED).is_some_and(|created| self.has_created(created))
    }

    /// The names of the associations that the call created.
    pub(super) fn created_associations(&self, person: &Person) -> HashSet<String> {
        let held = person.companies.iter().chain(&person.relationships);
        held.filter(|held| self.has_created(held.created)).map(|held| held.name.clone()).collect()
    }
}
