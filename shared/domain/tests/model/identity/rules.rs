//! The rules of the engine, which mutants remove one by one.

use people_domain::identity::{MERGED_FROM, Precondition, SlotChange, SlotWrite};
use people_domain::objects::record::attribute_text;
use people_domain::people::{ALIAS, ERASED_AT, ERASED_GSID, GSID, LEFT, REDIRECT};

use super::io::makes_alias;

#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    /// A write is applied only if its stamp is later than those of the item.
    pub(super) orders_writes: bool,
    /// A transaction restates the identities of the people that it writes to.
    pub(super) restates_identities: bool,
    /// A merge restates that the merged person is as it was read.
    pub(super) restates_merged: bool,
    /// The slot of a value that a person takes must be vacant.
    pub(super) takes_vacant_slots: bool,
    /// A person that takes a value gets an alias in its slot.
    pub(super) writes_aliases: bool,
    /// A merge leaves an alias at the merged person's slot.
    pub(super) leaves_merge_alias: bool,
    /// A person that moves leaves a redirect.
    pub(super) writes_redirects: bool,
    /// A person that moves is removed from the slot that it leaves.
    pub(super) empties_left_slots: bool,
    /// An erasure replaces the aliases of the person too.
    pub(super) erases_aliases: bool,
    /// An erasure leaves tombstones. Otherwise the items are deleted.
    pub(super) leaves_tombstones: bool,
    /// A release takes the id from the person. Otherwise only its alias and its values go.
    pub(super) removes_id: bool,
    /// A release erases a person whom nobody else has written to.
    pub(super) erases_on_release: bool,
    /// A release and its erasure require the person as it was read.
    pub(super) releases_unchanged: bool,
}

pub(super) const ALL_RULES: Rules = Rules {
    orders_writes: true,
    restates_identities: true,
    restates_merged: true,
    takes_vacant_slots: true,
    writes_aliases: true,
    leaves_merge_alias: true,
    writes_redirects: true,
    empties_left_slots: true,
    erases_aliases: true,
    leaves_tombstones: true,
    removes_id: true,
    erases_on_release: true,
    releases_unchanged: true,
};

impl Rules {
    /// The writes of a plan as they are sent under these rules.
    pub(super) fn alter(&self, writes: Vec<SlotWrite>) -> Vec<SlotWrite> {
        let is_release = writes.first().is_some_and(removes_px_id);
        let is_erasure = writes.first().is_some_and(erases);
        let kept = writes.into_iter().enumerate().filter(|(at, write)| {
            *at == 0 || self.keeps(write) && (self.erases_aliases || !is_erasure || !erases(write))
        });
        kept.map(|(_, write)| self.alter_write(write, is_release, is_erasure)).collect()
    }

    fn keeps(&self, write: &SlotWrite) -> bool {
        let is_merge = put_text(write, MERGED_FROM).is_some();
        let is_alias = makes_alias(write) && !is_merge;
        let is_redirect = put_text(write, REDIRECT).is_some();
        let is_left = put_text(write, LEFT).is_some() && put_text(write, ERASED_AT).is_none();
        (self.writes_aliases || !is_alias)
            && (self.writes_redirects || !is_redirect)
            && (self.empties_left_slots || !is_left)
    }

    fn alter_write(&self, mut write: SlotWrite, is_release: bool, is_erasure: bool) -> SlotWrite {
        let is_merge = put_text(&write, MERGED_FROM).map(str::to_owned);
        let is_alias = makes_alias(&write);
        match &mut write.precondition {
            Precondition::Person { texts, .. } if !self.restates_identities => texts.clear(),
            Precondition::Vacant if !self.takes_vacant_slots && is_alias => {
                write.precondition = Precondition::Any;
            }
            Precondition::Unchanged(_)
                if (is_release || is_erasure) && !self.releases_unchanged =>
            {
                write.precondition = Precondition::Any;
            }
            Precondition::Unchanged(_) if is_merge.is_some() && !self.restates_merged => {
                let part = is_merge.clone().unwrap_or_default();
                write.precondition = Precondition::Person { part, texts: Vec::new() };
            }
            _ => {}
        }
        match &mut write.change {
            SlotChange::Put(item) if is_merge.is_some() && !self.leaves_merge_alias => {
                item.remove(ALIAS);
                item.remove(MERGED_FROM);
            }
            SlotChange::Put(item) if is_erasure && !self.leaves_tombstones => item.clear(),
            SlotChange::Update(assignments) if is_release && !self.removes_id => {
                assignments.retain(|(name, _)| name != "X");
            }
            _ => {}
        }
        write
    }
}

fn put_text<'w>(write: &'w SlotWrite, name: &str) -> Option<&'w str> {
    match &write.change {
        SlotChange::Put(item) => attribute_text(item, name),
        SlotChange::Update(_) => None,
    }
}

/// Whether a person, or its alias, is replaced by a tombstone.
fn erases(write: &SlotWrite) -> bool {
    match &write.change {
        SlotChange::Put(item) => item.contains_key(ERASED_GSID) && !item.contains_key(GSID),
        SlotChange::Update(assignments) => assignments.iter().any(|(name, _)| name == ERASED_GSID),
    }
}

fn removes_px_id(write: &SlotWrite) -> bool {
    let is_removed = people_domain::people::Assignment::Remove;
    match &write.change {
        SlotChange::Put(_) => false,
        SlotChange::Update(all) => all.iter().any(|(n, change)| n == "X" && *change == is_removed),
    }
}
