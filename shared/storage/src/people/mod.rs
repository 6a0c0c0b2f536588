//! People in the table: one blind conditional write per upsert, one read per GET (ADR 1, ADR 3).

mod email_change;
mod erase;
pub(crate) mod erasure_count;
pub(crate) mod ingest;
mod person_response;
mod precondition;
mod read;
pub(crate) mod resolve;
mod slot;
mod upsert;

use std::sync::Arc;

use people_domain::ids::email::Email;
use people_domain::ids::tenant_ids::Locator;
use people_domain::objects::record::{Attributes, attribute_text};
use people_domain::people::outcome::UpsertedPerson;
use people_domain::people::plan::PersonWrite;
use people_domain::people::row::PersonRef;
use people_domain::people::{ALIAS, Fence, Person, WriteContext, apply_assignments};

use crate::people::precondition::Precondition;
use crate::table::keys;
use crate::{Result, StoreError, TenantStore};
pub use erase::{ErasureContext, ErasureTarget};
use read::RedirectChain;
use slot::WriteOutcome;
use upsert::PersonUpsert;

/// Why a person was not written, though the store works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WriteRefusal {
    /// The person that has to exist does not.
    NotFound,
    /// Another person has the email.
    EmailTaken,
    /// A new person would lack a required field.
    RequiredMissing,
    /// The person would be larger than an item may be.
    TooLarge,
    /// The person was erased after the job that would write it was accepted.
    Erased,
    /// The attempts at the chunk of its row have ended, and none of them wrote it.
    GivenUp,
}

impl WriteRefusal {
    /// Every refusal by its name in a chunk's item.
    const NAMES: [(&str, Self); 6] = [
        ("not-found", Self::NotFound),
        ("email-taken", Self::EmailTaken),
        ("required-missing", Self::RequiredMissing),
        ("too-large", Self::TooLarge),
        ("erased", Self::Erased),
        ("given-up", Self::GivenUp),
    ];

    pub(crate) fn as_str(self) -> &'static str {
        Self::NAMES.iter().find(|(_, known)| *known == self).map_or("", |(name, _)| name)
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, refusal)| *refusal)
    }
}

type UpsertOutcome = Result<std::result::Result<UpsertedPerson, WriteRefusal>>;

impl TenantStore {
    /// Does one planned write, whole or not at all. `likely_new`: most people of the batch are not
    /// there, so that it is tried as an insert first, one `PutItem`, which costs the store less work
    /// than an update; where somebody is, the update decides.
    ///
    /// # Errors
    /// When the store fails; what it refuses is a [`Refusal`].
    pub(crate) async fn upsert_person(
        &self,
        write: &PersonWrite,
        mark: &WriteContext,
        likely_new: bool,
    ) -> UpsertOutcome {
        let mut call = PersonUpsert::new(write, mark);
        if likely_new && let Some(upserted) = self.insert_person(&call).await? {
            return Ok(Ok(upserted));
        }
        let done = match &write.person_ref {
            PersonRef::Email(email) => {
                self.upsert_by_email(&mut call, email, write.required.is_none()).await
            }
            PersonRef::LookedUp(email) => self.upsert_by_email(&mut call, email, false).await,
            PersonRef::Gsid(gsid, _) => match self.ids().person_record_part(gsid) {
                Some(part) => self.upsert_by_gsid(&mut call, part).await,
                None => Ok(Err(WriteRefusal::NotFound)),
            },
            PersonRef::Unidentified => Ok(Err(WriteRefusal::NotFound)),
        };
        match done {
            Err(StoreError::TooLarge) => Ok(Err(WriteRefusal::TooLarge)),
            other => other,
        }
    }

    /// Puts a person where nobody ever was; none when the place was used.
    async fn insert_person(&self, call: &PersonUpsert<'_>) -> Result<Option<UpsertedPerson>> {
        let PersonRef::Email(email) = &call.write.person_ref else { return Ok(None) };
        if call.write.required.is_some() {
            return Ok(None);
        }
        let place = self.ids().locator(email);
        let mut item = Attributes::new();
        apply_assignments(&mut item, &call.build_assignments(&call.new_record_part(&place)));
        match self.replace_slot(&place, &item, None).await {
            Ok(true) => self.to_upserted(item, call).map(Some),
            Ok(false) | Err(StoreError::TooLarge) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn upsert_by_email(
        &self,
        call: &mut PersonUpsert<'_>,
        email: &Email,
        may_create: bool,
    ) -> UpsertOutcome {
        let place = self.ids().locator(email);
        let key = email.key().to_owned();
        let expect = if may_create {
            Precondition::EmailOrNobody(key.clone())
        } else {
            Precondition::Email(key.clone())
        };
        loop {
            let life = call.new_record_part(&place);
            let old = match self.write_slot(call, &place, &life, &expect).await? {
                WriteOutcome::Written(item) => return self.to_upserted(item, call).map(Ok),
                WriteOutcome::AppliedBeforeMove(part) => {
                    return self.read_upsert_before_move(&part, call).await;
                }
                WriteOutcome::ConditionFailed(old) => old.unwrap_or_default(),
            };
            if call.mark.fence.as_ref().is_some_and(|fence| fence.was_erased(&old)) {
                return Ok(Err(WriteRefusal::Erased));
            }
            if let Some(left) =
                call.write_condition(&expect).unchecked_leaver(&old).map(str::to_owned)
            {
                if self.was_leaver_erased(&left, call.mark.fence.as_ref()).await? {
                    return Ok(Err(WriteRefusal::Erased));
                }
                call.checked_leaver = Some(left);
                call.contention.wait_for_retry("a place").await?;
                continue;
            }
            if call.is_stale_at(&old)
                && call.write_condition(&expect).matches_except_order(Some(&old))
            {
                call.begin_new_incarnation(&self.store.clock, &old);
                call.contention.wait_for_retry("a place").await?;
                continue;
            }
            let Some(part) = attribute_text(&old, ALIAS) else {
                return Ok(Err(refusal_at_email(call.write, may_create)));
            };
            let expect = Precondition::GsidAndEmail(part.to_owned(), key.clone());
            let done = self.upsert_by_record_part(call, part, &expect).await?;
            if done.is_ok() {
                return Ok(done);
            }
            // The person has got another email since the pointer was read.
            call.contention.wait_for_retry("a pointer").await?;
        }
    }

    /// Whether a person who left the place of an email was erased since the job was accepted, by
    /// what an erasure leaves at its forward and at its home.
    async fn was_leaver_erased(&self, part: &str, fence: Option<&Fence>) -> Result<bool> {
        let Some(fence) = fence else { return Ok(false) };
        let forward = self.read_attributes(&keys::redirect_key(&self.tenant.id, part)).await?;
        let is_erased = |item: &Attributes| fence.accepted.is_before_erasure(item);
        if forward.as_ref().is_some_and(is_erased) {
            return Ok(true);
        }
        let Some(home) = Locator::from_record_part(part) else {
            return Ok(false);
        };
        let home = self.read_attributes(&keys::slot_key(&self.tenant.id, &home)).await?;
        Ok(home.as_ref().is_some_and(is_erased))
    }

    async fn upsert_by_gsid(&self, call: &mut PersonUpsert<'_>, part: &str) -> UpsertOutcome {
        match &call.write.email {
            None => {
                self.upsert_by_record_part(call, part, &Precondition::Gsid(part.to_owned())).await
            }
            Some(email) => self.upsert_with_email(call, part, email).await,
        }
    }

    /// Writes to the person with this record part, if it is as expected: at home, or one hop further.
    async fn upsert_by_record_part(
        &self,
        call: &mut PersonUpsert<'_>,
        part: &str,
        expect: &Precondition,
    ) -> UpsertOutcome {
        let Some(mut path) = RedirectChain::from_record_part(part) else {
            return Ok(Err(WriteRefusal::NotFound));
        };
        loop {
            if let WriteOutcome::Written(item) =
                self.write_slot(call, &path.slot, part, expect).await?
            {
                return self.to_upserted(item, call).map(Ok);
            }
            if !path.follow_redirect(self.read_redirect(part).await?).await? {
                return Ok(Err(WriteRefusal::NotFound));
            }
        }
    }

    /// What an earlier attempt at a job's write did, told by the mark that it left; none when it
    /// did nothing.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn find_already_applied(
        &self,
        write: &PersonWrite,
        mark: &WriteContext,
    ) -> Result<Option<UpsertedPerson>> {
        let call = PersonUpsert::new(write, mark);
        let item = self.read_person_item(&write.person_ref).await?;
        match item.filter(|item| call.is_applied_to(item)) {
            Some(item) => self.find_earlier_upsert(item, &call).await,
            None => Ok(None),
        }
    }

    /// The person of a row that an earlier attempt has written, as it stands now; none when it is
    /// there no more.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn read_written_person(
        &self,
        write: &PersonWrite,
        mark: &WriteContext,
    ) -> Result<Option<UpsertedPerson>> {
        let call = PersonUpsert::new(write, mark);
        match self.read_person_item(&write.person_ref).await? {
            Some(item) => self.find_earlier_upsert(item, &call).await,
            None => Ok(None),
        }
    }

    /// The person that an earlier attempt has written: in this item, or moved away from its place.
    async fn find_earlier_upsert(
        &self,
        item: Attributes,
        call: &PersonUpsert<'_>,
    ) -> Result<Option<UpsertedPerson>> {
        match call.applied_record_part(&item) {
            Some(part) => Ok(self.read_upsert_before_move(part, call).await?.ok()),
            None => self.to_upserted_if_present(item, call),
        }
    }

    /// The item that names the person of a row: where it lives, or what it left at its email's place.
    async fn read_person_item(&self, who: &PersonRef) -> Result<Option<Attributes>> {
        let part = match who {
            PersonRef::Email(email) | PersonRef::LookedUp(email) => {
                let place = keys::slot_key(&self.tenant.id, &self.ids().locator(email));
                let item = self.read_attributes(&place).await?;
                match item.as_ref().and_then(|item| attribute_text(item, ALIAS)) {
                    Some(part) => part.to_owned(),
                    None => return Ok(item),
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

    /// What a row did that was applied before its person moved away.
    async fn read_upsert_before_move(&self, part: &str, call: &PersonUpsert<'_>) -> UpsertOutcome {
        match self.read_by_record_part(part).await? {
            Some((_, item)) => self.to_upserted(item, call).map(Ok),
            None => Ok(Err(WriteRefusal::Erased)),
        }
    }

    fn to_upserted(&self, item: Attributes, call: &PersonUpsert<'_>) -> Result<UpsertedPerson> {
        self.to_upserted_if_present(item, call)?.ok_or_else(|| StoreError::corrupt("person"))
    }

    fn to_upserted_if_present(
        &self,
        item: Attributes,
        call: &PersonUpsert<'_>,
    ) -> Result<Option<UpsertedPerson>> {
        let inserted = call.has_created_person(&item);
        let Some(person) = Person::from_attributes(item, self.ids()) else { return Ok(None) };
        let made = call.created_associations(&person);
        Ok(Some(UpsertedPerson { person: Arc::new(person), inserted, created_associations: made }))
    }
}

/// Why nobody was written at an email's place.
fn refusal_at_email(write: &PersonWrite, may_create: bool) -> WriteRefusal {
    match (may_create, &write.person_ref) {
        (true, _) => WriteRefusal::EmailTaken,
        (false, PersonRef::Email(_)) => WriteRefusal::RequiredMissing,
        (false, _) => WriteRefusal::NotFound,
    }
}
