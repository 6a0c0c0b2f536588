//! Writes of earlier attempts at a chunk: a later attempt finds them by the fence that they left
//! on the person.

use std::sync::Arc;

use people_domain::objects::record::Attributes;
use people_domain::people::outcome::UpsertedPerson;
use people_domain::people::plan::PersonWrite;
use people_domain::people::row::PersonRef;
use people_domain::people::{Person, Slot, WriteContext};

use super::upsert::PersonUpsert;
use super::{UpsertOutcome, WriteRefusal};
use crate::table::keys;
use crate::{Result, StoreError, TenantStore};

impl TenantStore {
    /// The result of a job's write at an earlier attempt, recognised by its fence; `None` when no
    /// attempt wrote.
    pub(crate) async fn find_already_applied(
        &self,
        write: &PersonWrite,
        context: &WriteContext,
    ) -> Result<Option<UpsertedPerson>> {
        let call = PersonUpsert::new(write, context);
        let item = self.read_person_item(&call).await?;
        match item.filter(|item| call.is_applied_to(item)) {
            Some(item) => self.find_earlier_upsert(item, &call).await,
            None => Ok(None),
        }
    }

    /// The person of a row that an earlier attempt wrote, as it is stored now; `None` when it no
    /// longer exists.
    pub(crate) async fn read_written_person(
        &self,
        write: &PersonWrite,
        context: &WriteContext,
    ) -> Result<Option<UpsertedPerson>> {
        let call = PersonUpsert::new(write, context);
        match self.read_person_item(&call).await? {
            Some(item) => self.find_earlier_upsert(item, &call).await,
            None => Ok(None),
        }
    }

    /// The person that an earlier attempt wrote: in this item, or moved away from its slot.
    async fn find_earlier_upsert(
        &self,
        item: Attributes,
        call: &PersonUpsert<'_>,
    ) -> Result<Option<UpsertedPerson>> {
        let Some(part) = call.applied_record_part(&item) else {
            return Ok(self.to_upserted_if_present(item, call));
        };
        match self.read_upsert_before_move(part, call).await? {
            UpsertOutcome::Written(upserted) => Ok(Some(upserted)),
            UpsertOutcome::Refused(_) => Ok(None),
        }
    }

    /// The item of a row's person, or the item that the person left at its email's slot.
    async fn read_person_item(&self, call: &PersonUpsert<'_>) -> Result<Option<Attributes>> {
        let part = match &call.write.person_ref {
            PersonRef::Email(email) | PersonRef::LookedUp(email) => {
                let key = keys::slot_key(&self.tenant.id, &self.ids().locator(email));
                let item = self.read_attributes(&key).await?;
                match item.as_ref().map(Slot::parse) {
                    // The row was applied to a person that had the email before.
                    _ if item.as_ref().is_some_and(|i| call.applied_record_part(i).is_some()) => {
                        return Ok(item);
                    }
                    Some(Slot::Alias(part)) => part.to_owned(),
                    _ => return Ok(item),
                }
            }
            PersonRef::Gsid(gsid, _) => match self.ids().person_record_part(gsid) {
                Some(part) => part.to_owned(),
                None => return Ok(None),
            },
            PersonRef::Unidentified => return Ok(None),
        };
        Ok(self.read_by_record_part(&part).await?.map(|(_, item)| item))
    }

    /// The result of a row that was applied before its person moved away.
    pub(super) async fn read_upsert_before_move(
        &self,
        part: &str,
        call: &PersonUpsert<'_>,
    ) -> Result<UpsertOutcome> {
        match self.read_by_record_part(part).await? {
            Some((_, item)) => self.to_written(item, call),
            None => Ok(UpsertOutcome::Refused(WriteRefusal::Erased)),
        }
    }

    pub(super) fn to_written(
        &self,
        item: Attributes,
        call: &PersonUpsert<'_>,
    ) -> Result<UpsertOutcome> {
        let upserted = self.to_upserted_if_present(item, call);
        upserted.map(UpsertOutcome::Written).ok_or_else(|| StoreError::corrupt("person"))
    }

    fn to_upserted_if_present(
        &self,
        item: Attributes,
        call: &PersonUpsert<'_>,
    ) -> Option<UpsertedPerson> {
        let inserted = call.has_created_person(&item);
        let person = Person::from_attributes(item, self.ids())?;
        let created_associations = call.created_associations(&person);
        Some(UpsertedPerson { person: Arc::new(person), inserted, created_associations })
    }
}
