//! People in the table: one blind conditional write per upsert, one read per GET (ADR 1, ADR 3).

mod answer;
mod call;
mod erase;
pub(crate) mod erasures;
mod expect;
pub(crate) mod ingest;
mod moved;
mod place;
mod read;
pub(crate) mod resolve;

use std::collections::HashSet;
use std::sync::Arc;

use people_domain::ids::email::Email;
use people_domain::ids::mint::Locator;
use people_domain::objects::record::{Attributes, text};
use people_domain::people::plan::PersonWrite;
use people_domain::people::row::Who;
use people_domain::people::{AT, Fence, Mark, Person, apply};

use crate::people::expect::Expect;
use crate::table::keys;
use crate::{Result, StoreError, TenantStore};
use call::Call;
pub use erase::{ErasedBy, Found};
use place::Wrote;
use read::Path;

/// A person that was written.
#[derive(Debug)]
pub struct Upserted {
    /// As it stands now.
    pub person: Arc<Person>,
    /// Whether this write made it.
    pub inserted: bool,
    /// The names of the associations that this write made.
    pub made: HashSet<String>,
}

/// Why a person was not written, though the store works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
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

impl Refusal {
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

type Outcome = Result<std::result::Result<Upserted, Refusal>>;

impl TenantStore {
    /// Does one planned write, whole or not at all. `likely_new`: most people of the batch are not
    /// there, so that it is tried as an insert first, one `PutItem`, which costs the store less work
    /// than an update; where somebody is, the update decides.
    ///
    /// # Errors
    /// When the store fails; what it refuses is a [`Refusal`].
    pub(crate) async fn upsert(
        &self,
        write: &PersonWrite,
        mark: &Mark,
        likely_new: bool,
    ) -> Outcome {
        let mut call = Call::new(write, mark);
        if likely_new && let Some(upserted) = self.insert(&call).await? {
            return Ok(Ok(upserted));
        }
        let done = match &write.who {
            Who::Email(email) => {
                self.upsert_at_email(&mut call, email, write.required.is_none()).await
            }
            Who::Found(email) => self.upsert_at_email(&mut call, email, false).await,
            Who::Gsid(gsid, _) => match self.mint().person_part(gsid) {
                Some(part) => self.upsert_by_gsid(&mut call, part).await,
                None => Ok(Err(Refusal::NotFound)),
            },
            Who::Nobody => Ok(Err(Refusal::NotFound)),
        };
        match done {
            Err(StoreError::TooLarge) => Ok(Err(Refusal::TooLarge)),
            other => other,
        }
    }

    /// Puts a person where nobody ever was; none when the place was used.
    async fn insert(&self, call: &Call<'_>) -> Result<Option<Upserted>> {
        let Who::Email(email) = &call.write.who else { return Ok(None) };
        if call.write.required.is_some() {
            return Ok(None);
        }
        let place = self.mint().locator(email);
        let mut item = Attributes::new();
        apply(&mut item, &call.assignments(&call.life_at(&place)));
        match self.replace(&place, &item, None).await {
            Ok(true) => self.written(item, call).map(Some),
            Ok(false) | Err(StoreError::TooLarge) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn upsert_at_email(
        &self,
        call: &mut Call<'_>,
        email: &Email,
        may_create: bool,
    ) -> Outcome {
        let place = self.mint().locator(email);
        let key = email.key().to_owned();
        let expect = if may_create {
            Expect::EmailOrNobody(key.clone())
        } else {
            Expect::Email(key.clone())
        };
        loop {
            let life = call.life_at(&place);
            let old = match self.write_at(call, &place, &life, &expect).await? {
                Wrote::Done(item) => return self.written(item, call).map(Ok),
                Wrote::Moved(part) => return self.written_before(&part, call).await,
                Wrote::Missed(old) => old.unwrap_or_default(),
            };
            if call.mark.fence.as_ref().is_some_and(|fence| fence.was_erased(&old)) {
                return Ok(Err(Refusal::Erased));
            }
            if let Some(left) = call.guard(&expect).unchecked_leaver(&old).map(str::to_owned) {
                if self.life_was_erased(&left, call.mark.fence.as_ref()).await? {
                    return Ok(Err(Refusal::Erased));
                }
                call.left = Some(left);
                call.contention.try_again("a place").await?;
                continue;
            }
            if call.is_late_at(&old) && call.guard(&expect).holds_but_for_order(Some(&old)) {
                call.begin_new_life(&self.store.clock, &old);
                call.contention.try_again("a place").await?;
                continue;
            }
            let Some(part) = text(&old, AT) else {
                return Ok(Err(not_at_email(call.write, may_create)));
            };
            let expect = Expect::GsidAndEmail(part.to_owned(), key.clone());
            let done = self.upsert_where_it_lives(call, part, &expect).await?;
            if done.is_ok() {
                return Ok(done);
            }
            // The person has got another email since the pointer was read.
            call.contention.try_again("a pointer").await?;
        }
    }

    /// Whether a person who left the place of an email was erased since the job was accepted, by
    /// what an erasure leaves at its forward and at its home.
    async fn life_was_erased(&self, part: &str, fence: Option<&Fence>) -> Result<bool> {
        let Some(fence) = fence else { return Ok(false) };
        let forward = self.item(&keys::forward(&self.tenant.id, part)).await?;
        let is_erased = |item: &Attributes| fence.accepted.is_before_erasure(item);
        if forward.as_ref().is_some_and(is_erased) {
            return Ok(true);
        }
        let Some(home) = Locator::of_record_part(part) else {
            return Ok(false);
        };
        let home = self.item(&keys::person(&self.tenant.id, &home)).await?;
        Ok(home.as_ref().is_some_and(is_erased))
    }

    async fn upsert_by_gsid(&self, call: &mut Call<'_>, part: &str) -> Outcome {
        match &call.write.email {
            None => self.upsert_where_it_lives(call, part, &Expect::Gsid(part.to_owned())).await,
            Some(email) => self.upsert_with_email(call, part, email).await,
        }
    }

    /// Writes to the person with this record part, if it is as expected: at home, or one hop further.
    async fn upsert_where_it_lives(
        &self,
        call: &mut Call<'_>,
        part: &str,
        expect: &Expect,
    ) -> Outcome {
        let Some(mut path) = Path::of(part) else { return Ok(Err(Refusal::NotFound)) };
        loop {
            if let Wrote::Done(item) = self.write_at(call, &path.place, part, expect).await? {
                return self.written(item, call).map(Ok);
            }
            if !path.follow(self.forwarded(part).await?).await? {
                return Ok(Err(Refusal::NotFound));
            }
        }
    }

    /// What an earlier attempt at a job's write did, told by the mark that it left; none when it
    /// did nothing.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn applied(
        &self,
        write: &PersonWrite,
        mark: &Mark,
    ) -> Result<Option<Upserted>> {
        let call = Call::new(write, mark);
        let item = self.item_of(&write.who).await?;
        match item.filter(|item| call.is_applied_to(item)) {
            Some(item) => self.written_by(item, &call).await,
            None => Ok(None),
        }
    }

    /// The person of a row that an earlier attempt has written, as it stands now; none when it is
    /// there no more.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn written_earlier(
        &self,
        write: &PersonWrite,
        mark: &Mark,
    ) -> Result<Option<Upserted>> {
        let call = Call::new(write, mark);
        match self.item_of(&write.who).await? {
            Some(item) => self.written_by(item, &call).await,
            None => Ok(None),
        }
    }

    /// The person that an earlier attempt has written: in this item, or moved away from its place.
    async fn written_by(&self, item: Attributes, call: &Call<'_>) -> Result<Option<Upserted>> {
        match call.applied_to(&item) {
            Some(part) => Ok(self.written_before(part, call).await?.ok()),
            None => self.written_if_there(item, call),
        }
    }

    /// The item that names the person of a row: where it lives, or what it left at its email's place.
    async fn item_of(&self, who: &Who) -> Result<Option<Attributes>> {
        let part = match who {
            Who::Email(email) | Who::Found(email) => {
                let place = keys::person(&self.tenant.id, &self.mint().locator(email));
                let item = self.item(&place).await?;
                match item.as_ref().and_then(|item| text(item, AT)) {
                    Some(part) => part.to_owned(),
                    None => return Ok(item),
                }
            }
            Who::Gsid(gsid, _) => match self.mint().person_part(gsid) {
                Some(part) => part.to_owned(),
                None => return Ok(None),
            },
            Who::Nobody => return Ok(None),
        };
        Ok(self.by_part(&part).await?.map(|(_, item)| item))
    }

    /// What a row did that was applied before its person moved away.
    async fn written_before(&self, part: &str, call: &Call<'_>) -> Outcome {
        match self.by_part(part).await? {
            Some((_, item)) => self.written(item, call).map(Ok),
            None => Ok(Err(Refusal::Erased)),
        }
    }

    fn written(&self, item: Attributes, call: &Call<'_>) -> Result<Upserted> {
        self.written_if_there(item, call)?.ok_or_else(|| StoreError::corrupt("person"))
    }

    fn written_if_there(&self, item: Attributes, call: &Call<'_>) -> Result<Option<Upserted>> {
        let inserted = call.has_made_person(&item);
        let Some(person) = Person::read(item, self.mint()) else { return Ok(None) };
        let made = call.made(&person);
        Ok(Some(Upserted { person: Arc::new(person), inserted, made }))
    }
}

/// Why nobody was written at an email's place.
fn not_at_email(write: &PersonWrite, may_create: bool) -> Refusal {
    match (may_create, &write.who) {
        (true, _) => Refusal::EmailTaken,
        (false, Who::Email(_)) => Refusal::RequiredMissing,
        (false, _) => Refusal::NotFound,
    }
}
