//! Accounts: one item each, written by one blind conditional update like a person.

use people_domain::identity::{IdentityRefusal, WriteMode};
use people_domain::objects::record::{
    Attributes, CREATED, UPDATED, attribute_stamp, attribute_text,
};
use people_domain::people::{Assignment, apply_assignments};
use people_domain::px::{PxAccount, PxAccountId, PxAccountWrite};
use people_domain::values::Value;

use crate::people::precondition::unchanged_condition;
use crate::table::call::ConditionalWrite;
use crate::table::convert::{to_attributes, to_item};
use crate::table::expression::{self, Placeholders};
use crate::table::keys::{self, ItemKey};
use crate::table::retry::Contention;
use crate::table::sent_stamps::SentStamps;
use crate::{Result, StoreError, TenantStore};

/// The outcome of a write of an account.
#[derive(Debug)]
pub enum PxAccountOutcome {
    Written { account: PxAccount, created: bool },
    Refused(IdentityRefusal),
}

/// A write in progress.
struct AccountCall<'w> {
    write: &'w PxAccountWrite,
    key: ItemKey,
    stamps: SentStamps,
    contention: Contention,
}

/// The step after a refused sending.
enum NextStep {
    Done(PxAccountOutcome),
    /// Only the order refused it, so it is sent again.
    SendAgain,
}

impl TenantStore {
    pub async fn read_px_account(&self, id: &PxAccountId) -> Result<Option<PxAccount>> {
        let item =
            self.read_attributes(&keys::px_account_key(&self.tenant.id, id.as_str())).await?;
        Ok(item.and_then(|item| PxAccount::from_attributes(id.as_str(), item)))
    }

    /// Writes an account, whole or not at all.
    pub async fn write_px_account(&self, write: &PxAccountWrite) -> Result<PxAccountOutcome> {
        let mut call = AccountCall {
            write,
            key: keys::px_account_key(&self.tenant.id, write.id.as_str()),
            stamps: SentStamps::new(self.store.new_stamp()),
            contention: Contention::new(),
        };
        match self.send_account(&mut call).await {
            Err(StoreError::TooLarge) => Ok(PxAccountOutcome::Refused(IdentityRefusal::TooLarge)),
            other => other,
        }
    }

    async fn send_account(&self, call: &mut AccountCall<'_>) -> Result<PxAccountOutcome> {
        loop {
            let sent = match self.update_account(call).await? {
                Some(sent) => sent,
                None => self.merge_account(call).await?,
            };
            match sent {
                ConditionalWrite::Done(item) => return call.to_written(to_attributes(item)),
                ConditionalWrite::Missed(old) => {
                    let old = old.map(to_attributes);
                    match call.classify_miss(old.as_ref())? {
                        NextStep::Done(outcome) => return Ok(outcome),
                        NextStep::SendAgain => {
                            let seen = old.and_then(|old| attribute_stamp(&old, UPDATED));
                            call.stamps.add(self.store.clock.new_stamp_after(seen));
                        }
                    }
                }
                ConditionalWrite::Conflict => {}
            }
            call.contention.wait_for_retry("an account").await?;
        }
    }

    /// Sends the write once; `None` when its expression would be too long.
    async fn update_account(&self, call: &AccountCall<'_>) -> Result<Option<ConditionalWrite>> {
        let mut placeholders = Placeholders::default();
        let assignments = call.build_assignments();
        let update = expression::build_update_expression(&assignments, &mut placeholders);
        let Some(update) = update else { return Ok(None) };
        let condition = call.condition_expression(&mut placeholders);
        self.store.update_item(&call.key, update, Some(condition), placeholders).await.map(Some)
    }

    /// Reads, merges and puts the account, if it is still as it was read.
    async fn merge_account(&self, call: &AccountCall<'_>) -> Result<ConditionalWrite> {
        let old = self.read_attributes(&call.key).await?;
        if !call.admits(old.as_ref()) {
            return Ok(ConditionalWrite::Missed(old.map(|old| to_item(&call.key, &old))));
        }
        let mut new = old.clone().unwrap_or_default();
        apply_assignments(&mut new, &call.build_assignments());
        let mut placeholders = Placeholders::default();
        let unchanged = unchanged_condition(old.as_ref(), &mut placeholders);
        let item = to_item(&call.key, &new);
        Ok(match self.store.put_item_if(item.clone(), unchanged, placeholders).await? {
            ConditionalWrite::Done(_) => ConditionalWrite::Done(item),
            // It is read again.
            ConditionalWrite::Missed(_) | ConditionalWrite::Conflict => ConditionalWrite::Conflict,
        })
    }
}

impl AccountCall<'_> {
    fn build_assignments(&self) -> Vec<(String, Assignment)> {
        let stamp = Value::Text(self.stamps.last().as_str().to_owned());
        let own = [
            (CREATED.to_owned(), Assignment::SetOnce(stamp.clone())),
            (UPDATED.to_owned(), Assignment::Set(Some(stamp))),
        ];
        own.into_iter().chain(self.write.assignments.iter().cloned()).collect()
    }

    /// The mode of the write, and the order of writes.
    fn condition_expression(&self, placeholders: &mut Placeholders) -> String {
        let updated = placeholders.add_name(UPDATED);
        let absent = format!("attribute_not_exists({updated})");
        let older = |placeholders: &mut Placeholders| {
            format!("{updated}<{}", placeholders.add_text(self.stamps.last().as_str()))
        };
        match self.write.mode {
            WriteMode::Create => absent,
            WriteMode::Update => older(placeholders),
            WriteMode::Upsert => format!("{absent} OR {}", older(placeholders)),
        }
    }

    /// Checks the condition on an item that was read.
    fn admits(&self, old: Option<&Attributes>) -> bool {
        let updated = old.and_then(|old| attribute_text(old, UPDATED));
        match (updated, self.write.mode) {
            (None, mode) => mode != WriteMode::Update,
            (Some(_), WriteMode::Create) => false,
            (Some(updated), _) => updated < self.stamps.last().as_str(),
        }
    }

    fn classify_miss(&self, old: Option<&Attributes>) -> Result<NextStep> {
        let Some(old) = old else {
            return Ok(NextStep::Done(PxAccountOutcome::Refused(IdentityRefusal::Unknown)));
        };
        let creates = self.write.mode == WriteMode::Create;
        if self.stamps.has_written(old) || creates && self.stamps.has_created(old) {
            return self.to_written(old.clone()).map(NextStep::Done);
        }
        Ok(match self.write.mode {
            WriteMode::Create => NextStep::Done(PxAccountOutcome::Refused(IdentityRefusal::Known)),
            WriteMode::Update | WriteMode::Upsert => NextStep::SendAgain,
        })
    }

    fn to_written(&self, item: Attributes) -> Result<PxAccountOutcome> {
        let account = PxAccount::from_attributes(self.write.id.as_str(), item)
            .ok_or_else(|| StoreError::corrupt("account"))?;
        let created = self.stamps.contains(account.created);
        Ok(PxAccountOutcome::Written { account, created })
    }
}
