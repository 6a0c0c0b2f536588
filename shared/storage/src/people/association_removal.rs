//! Removes an association of a person: one read, which tells the names of its attributes, and one
//! write under the condition that the person is still as it was read (contract:
//! objects#delete-of-an-association; ADR 44).

use people_domain::ids::gsid::Gsid;
use people_domain::ids::stamp::Stamp;
use people_domain::ids::tenant_ids::Locator;
use people_domain::objects::record::Attributes;
use people_domain::people::view::{self, RemovedAssociation};
use people_domain::people::{Person, apply_assignments, build_removal, latest_stamp};

use crate::people::precondition::unchanged_condition;
use crate::table::expression::{self, Placeholders};
use crate::table::keys;
use crate::table::retry::Contention;
use crate::{Result, TenantStore};

impl TenantStore {
    /// Removes a row of `company_person` or `relationship_person`, the former with the Relationship
    /// Persons under it; false when the person has no such row.
    pub async fn remove_association(
        &self,
        object: &str,
        gsid: &Gsid,
        person: &Gsid,
    ) -> Result<bool> {
        let Some(part) = self.ids().person_record_part(person) else { return Ok(false) };
        let mut contention = Contention::new();
        // The creation of the association, once a write was sent to remove it.
        let mut sent: Option<Stamp> = None;
        loop {
            let Some((slot, item)) = self.read_by_record_part(part).await? else {
                return Ok(sent.is_some());
            };
            let found = self.find_association(object, gsid, &item).await?;
            // An earlier sending may have removed it although its answer was lost, so one that is
            // gone counts as removed, and one that was created since is another.
            let Some(found) = found.filter(|found| sent.is_none_or(|sent| sent == found.created))
            else {
                return Ok(sent.is_some());
            };
            if self.write_without(&slot, &item, &found.names).await? {
                return Ok(true);
            }
            sent = Some(found.created);
            contention.wait_for_retry("a person").await?;
        }
    }

    async fn find_association(
        &self,
        object: &str,
        gsid: &Gsid,
        item: &Attributes,
    ) -> Result<Option<RemovedAssociation>> {
        let Some(person) = Person::from_attributes(item.clone(), self.ids()) else {
            return Ok(None);
        };
        let records = self.read_named_records(&person).await?;
        let companies = view::list_companies(&person, &records, self.ids());
        Ok(view::find_removed_association(&person, &companies, object, gsid.as_str()))
    }

    /// Writes a person without these associations; false when it is not as it was read any more.
    /// The stamp is later than those of the item, and a revision never recurs, so the condition
    /// that the item is unchanged also keeps the order of writes.
    async fn write_without(
        &self,
        slot: &Locator,
        item: &Attributes,
        associations: &[String],
    ) -> Result<bool> {
        let stamp = self.store.clock.new_stamp_after(latest_stamp(item));
        let removal = build_removal(item, associations, stamp);
        let mut placeholders = Placeholders::default();
        let Some(update) = expression::build_update_expression(&removal, &mut placeholders) else {
            let mut rest = item.clone();
            apply_assignments(&mut rest, &removal);
            return self.replace_slot(slot, &rest, Some(item)).await;
        };
        let condition = unchanged_condition(Some(item), &mut placeholders);
        let key = keys::slot_key(&self.tenant.id, slot);
        let written = self.store.update_item(&key, update, Some(condition), placeholders).await?;
        Ok(written.is_done())
    }
}
