//! The attempts of one call by an id. Each has a stamp of its own, by which the call recognises its
//! writes.

use people_domain::identity::ExternalId;
use people_domain::ids::tenant_ids::TenantIds;
use people_domain::objects::record::Attributes;
use people_domain::people::latest_stamp;

use crate::table::clock::Clock;
use crate::table::convert::to_attributes;
use crate::table::entropy::random_u128;
use crate::table::retry::Contention;
use crate::table::sent_stamps::SentStamps;
use crate::table::transaction::TransactionOutcome;

pub(super) struct IdentityAttempts {
    pub(super) stamps: SentStamps,
    slot: String,
    new_part: String,
    pub(super) contention: Contention,
}

impl IdentityAttempts {
    pub(super) fn new(clock: &Clock, id: &ExternalId, ids: &TenantIds) -> Self {
        let slot = ids.locator_of_id(id);
        Self {
            stamps: SentStamps::new(clock.new_stamp()),
            new_part: TenantIds::new_incarnation(&slot, random_u128()),
            slot: slot.as_str().to_owned(),
            contention: Contention::new(),
        }
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
    pub(super) fn advance_past_item(&mut self, clock: &Clock, item: &Attributes) {
        self.stamps.advance_past(clock, latest_stamp(item));
    }

    /// Takes a stamp later than those of the items that prevented a transaction.
    pub(super) fn advance_past_missed(&mut self, clock: &Clock, applied: TransactionOutcome) {
        let TransactionOutcome::ConditionFailed(missed) = applied else { return };
        for item in missed.into_iter().filter_map(|(_, item)| item) {
            self.advance_past_item(clock, &to_attributes(item));
        }
    }
}
