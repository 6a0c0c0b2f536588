//! The attempts of one call by an id. Each has a stamp of its own, by which the call recognises its
//! writes.

use people_domain::identity::ExternalId;
use people_domain::ids::stamp::Stamp;
use people_domain::ids::tenant_ids::TenantIds;
use people_domain::objects::record::{Attributes, CREATED, UPDATED, attribute_stamp};
use people_domain::people::latest_stamp;

use crate::table::clock::Clock;
use crate::table::convert::to_attributes;
use crate::table::entropy::random_u128;
use crate::table::retry::Contention;
use crate::table::transaction::TransactionOutcome;

pub(super) struct IdentityAttempts {
    /// The stamps of all attempts, the last of which is the next to be sent.
    stamps: Vec<Stamp>,
    slot: String,
    new_part: String,
    pub(super) contention: Contention,
}

impl IdentityAttempts {
    pub(super) fn new(clock: &Clock, id: &ExternalId, ids: &TenantIds) -> Self {
        let slot = ids.locator_of_id(id);
        Self {
            stamps: vec![clock.new_stamp()],
            new_part: TenantIds::new_incarnation(&slot, random_u128()),
            slot: slot.as_str().to_owned(),
            contention: Contention::new(),
        }
    }

    pub(super) fn stamp(&self) -> Stamp {
        self.stamps.last().copied().unwrap_or_else(|| Stamp::new(0))
    }

    /// The sort key of the slot of the id.
    pub(super) fn slot(&self) -> &str {
        &self.slot
    }

    /// The record part of a person that the call creates.
    pub(super) fn new_part(&self) -> &str {
        &self.new_part
    }

    /// Takes a stamp later than those of an item, unless its own is later already.
    pub(super) fn pass(&mut self, clock: &Clock, item: Option<&Attributes>) {
        let latest = item.and_then(latest_stamp);
        if latest.is_some_and(|latest| latest >= self.stamp()) {
            self.stamps.push(clock.new_stamp_after(latest));
        }
    }

    /// Takes a stamp later than those of the items that prevented a transaction.
    pub(super) fn pass_missed(&mut self, clock: &Clock, applied: TransactionOutcome) {
        let TransactionOutcome::ConditionFailed(missed) = applied else { return };
        for (_, item) in missed {
            self.pass(clock, item.map(to_attributes).as_ref());
        }
    }

    /// Takes a new stamp: the last one was written.
    pub(super) fn renew_stamp(&mut self, clock: &Clock) {
        self.stamps.push(clock.new_stamp_after(Some(self.stamp())));
    }

    /// Whether the last write of an item is one of the call.
    pub(super) fn is_own_write(&self, item: &Attributes) -> bool {
        attribute_stamp(item, UPDATED).is_some_and(|updated| self.stamps.contains(&updated))
    }

    /// Whether the call created the person of an item.
    pub(super) fn has_created(&self, item: &Attributes) -> bool {
        attribute_stamp(item, CREATED).is_some_and(|created| self.stamps.contains(&created))
    }
}
