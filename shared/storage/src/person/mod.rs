//! People in the table: one blind conditional write per upsert, one read per GET (design).

mod erase;
mod moved;
mod place;
mod read;

use std::sync::Arc;

use people_domain::email::Email;
use people_domain::mint::Mint;
use people_domain::person::{AT, Mark, Person, apply, assignments, left_by};
use people_domain::plan::PersonWrite;
use people_domain::record::{Attributes, BORN, stamp, text};
use people_domain::row::Who;
use serde::{Deserialize, Serialize};

use crate::clock::{back_off, random};
use crate::expect::Expect;
use crate::keys;
use crate::{Result, StoreError, TenantStore};
pub use erase::{Erasure, Found};
use place::Wrote;
use read::Path;

/// A person that was written.
#[derive(Debug)]
pub struct Upserted {
    /// As it stands now.
    pub person: Arc<Person>,
    /// Whether this write made it.
    pub inserted: bool,
}

/// Why a person was not written, though the store works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
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

type Outcome = Result<std::result::Result<Upserted, Refusal>>;

/// How often a write follows a person that moves meanwhile, or starts again for a field that
/// another writer changed.
const TRIES: usize = 12;

/// The same for a pointer whose person changes its email.
const MOVES: u32 = 6;

impl TenantStore {
    /// Does one planned write, whole or not at all.
    ///
    /// # Errors
    /// When the store fails; what it refuses is a [`Refusal`].
    pub async fn upsert(&self, write: &PersonWrite, by: &Mark) -> Outcome {
        let done = match &write.who {
            Who::Email(email) => {
                self.upsert_at_email(write, email, write.required.is_none(), by).await
            }
            Who::Found(email) => self.upsert_at_email(write, email, false, by).await,
            Who::Gsid(gsid, _) => match self.mint().person_part(gsid) {
                Some(part) => self.upsert_by_gsid(write, part, by).await,
                None => Ok(Err(Refusal::NotFound)),
            },
            Who::Nobody => Ok(Err(Refusal::NotFound)),
        };
        match done {
            Err(StoreError::TooLarge) => Ok(Err(Refusal::TooLarge)),
            other => other,
        }
    }

    /// Does a write that most likely makes its person: one `PutItem`, which costs the store less
    /// work than an update. None when somebody is at the place; then [`Self::upsert`] decides.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn insert(&self, write: &PersonWrite, by: &Mark) -> Result<Option<Upserted>> {
        let Who::Email(email) = &write.who else { return Ok(None) };
        let place = self.mint().locator(email);
        let mut item = Attributes::new();
        apply(&mut item, &assignments(write, by, &Mint::life(&place, random())));
        match self.replace(&place, &item, None).await {
            Ok(true) => self.written(item, by).map(Some),
            Ok(false) | Err(StoreError::TooLarge) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn upsert_at_email(
        &self,
        write: &PersonWrite,
        email: &Email,
        may_create: bool,
        by: &Mark,
    ) -> Outcome {
        let place = self.mint().locator(email);
        let key = email.key().to_owned();
        let expect = if may_create {
            Expect::EmailOrNobody(key.clone())
        } else {
            Expect::Email(key.clone())
        };
        let list = assignments(write, by, &Mint::life(&place, random()));
        for attempt in 0..MOVES {
            let old = match self.write_at(&place, &list, &expect, by).await? {
                Wrote::New(item) => return self.written(item, by).map(Ok),
                Wrote::Moved(part) => return self.written_before(&part, by).await,
                Wrote::Missed(old) => old.unwrap_or_default(),
            };
            if by.fence.as_ref().is_some_and(|fence| fence.was_erased(&old)) {
                return Ok(Err(Refusal::Erased));
            }
            let Some(part) = text(&old, AT) else {
                return Ok(Err(not_at_email(write, may_create)));
            };
            let expect = Expect::GsidAndEmail(part.to_owned(), key.clone());
            let done = self.upsert_where_it_lives(write, part, &expect, by).await?;
            if done.is_ok() {
                return Ok(done);
            }
            // The person has got another email since the pointer was read.
            back_off(attempt).await;
        }
        Err(StoreError::Unavailable("a pointer that leads nowhere".to_owned()))
    }

    async fn upsert_by_gsid(&self, write: &PersonWrite, part: &str, by: &Mark) -> Outcome {
        match &write.email {
            None => {
                self.upsert_where_it_lives(write, part, &Expect::Gsid(part.to_owned()), by).await
            }
            Some(email) => self.upsert_with_email(write, part, email, by).await,
        }
    }

    /// Writes to the person with this record part, if it is as expected: at home, or one hop further.
    async fn upsert_where_it_lives(
        &self,
        write: &PersonWrite,
        part: &str,
        expect: &Expect,
        by: &Mark,
    ) -> Outcome {
        let list = assignments(write, by, part);
        let Some(mut path) = Path::of(part) else { return Ok(Err(Refusal::NotFound)) };
        loop {
            if let Wrote::New(item) = self.write_at(&path.place, &list, expect, by).await? {
                return self.written(item, by).map(Ok);
            }
            if !path.follow(self.forwarded(part).await?) {
                return Ok(Err(Refusal::NotFound));
            }
        }
    }

    /// What an earlier attempt at a job's write did, told by the mark that it left; none when it
    /// did nothing.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn applied(&self, write: &PersonWrite, by: &Mark) -> Result<Option<Upserted>> {
        let marked = |item: &Attributes| by.fence.as_ref().is_some_and(|f| f.is_behind(item));
        let item = match &write.who {
            Who::Email(email) | Who::Found(email) => {
                let place = keys::person(&self.tenant.id, &self.mint().locator(email));
                let item = self.item(&place).await?;
                match item.as_ref().and_then(|item| text(item, AT)) {
                    Some(part) => self.by_part(part).await?.map(|(_, item)| item),
                    None => item,
                }
            }
            Who::Gsid(gsid, _) => match self.mint().person_part(gsid) {
                Some(part) => self.by_part(part).await?.map(|(_, item)| item),
                None => None,
            },
            Who::Nobody => None,
        };
        match item.filter(marked) {
            Some(item) => match left_by(&item) {
                Some(part) => Ok(self.written_before(part, by).await?.ok()),
                None => self.written(item, by).map(Some),
            },
            None => Ok(None),
        }
    }

    /// What a row did that was applied before its person moved away.
    async fn written_before(&self, part: &str, by: &Mark) -> Outcome {
        match self.by_part(part).await? {
            Some((_, item)) => self.written(item, by).map(Ok),
            None => Ok(Err(Refusal::Erased)),
        }
    }

    fn written(&self, item: Attributes, by: &Mark) -> Result<Upserted> {
        let inserted = stamp(&item, BORN) == Some(by.stamp);
        let person =
            Person::read(item, self.mint()).ok_or_else(|| StoreError::corrupt("person"))?;
        Ok(Upserted { person: Arc::new(person), inserted })
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
