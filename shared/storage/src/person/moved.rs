//! A changed email moves the person to where its new email lives, in one transaction, and
//! leaves a forward at the home that its GSID names (design: "the key finds itself").

use aws_sdk_dynamodb::types::{Delete, Put, TransactWriteItem};
use people_domain::email::{Email, EmailKey};
use people_domain::mint::Locator;
use people_domain::person::{AT, EMAIL, Mark, TO, apply, assignments, enter, is_taken, leave};
use people_domain::plan::PersonWrite;
use people_domain::record::{Attributes, REVISED, text};
use people_domain::value::Value;

use super::place::{Wrote, unchanged};
use super::{Outcome, Refusal, TRIES};
use crate::convert::to_item;
use crate::expect::Expect;
use crate::expression::Placeholders;
use crate::keys::{self, Key};
use crate::transact::Transacted;
use crate::{Result, StoreError, TenantStore};

/// What became of a move.
enum Moved {
    Done,
    /// Somebody is at the new place.
    Taken,
    /// The person changed meanwhile.
    Changed,
}

/// A person on its way to the place of another email.
struct Change<'c> {
    part: &'c str,
    place: &'c Locator,
    old: &'c Attributes,
    target: &'c Locator,
    /// What is at the new place though nobody is there.
    known: &'c Option<Attributes>,
}

impl TenantStore {
    /// Writes to a person by GSID and gives it this email, which it may have already.
    pub(super) async fn upsert_with_email(
        &self,
        write: &PersonWrite,
        part: &str,
        email: &Email,
        by: &Mark,
    ) -> Outcome {
        let target = self.mint().locator(email);
        let list = assignments(write, by, part);
        // Most such writes repeat the email that the person was made with: then it is at home.
        if Locator::of_record_part(part).as_ref() == Some(&target) {
            let expect = Expect::GsidAndEmail(part.to_owned(), email.key().to_owned());
            if let Wrote::New(item) = self.write_at(&target, &list, &expect, by).await? {
                return self.written(item, by).map(Ok);
            }
        }
        // What the new place remembers; it is read only where something turns out to be there.
        let mut known = None;
        for _ in 0..TRIES {
            let Some((place, old)) = self.by_part(part).await? else {
                return Ok(Err(Refusal::NotFound));
            };
            let is_behind = by.fence.as_ref().is_some_and(|fence| fence.is_behind(&old));
            if text(&old, REVISED) == Some(by.stamp.as_str()) || is_behind {
                return self.written(old, by).map(Ok);
            }
            if text(&old, EMAIL) == Some(email.key()) {
                let expect = Expect::GsidAndEmail(part.to_owned(), email.key().to_owned());
                match self.write_at(&place, &list, &expect, by).await? {
                    Wrote::New(item) => return self.written(item, by).map(Ok),
                    Wrote::Moved(_) | Wrote::Missed(_) => continue,
                }
            }
            let mut new = old.clone();
            apply(&mut new, &list);
            let change = Change { part, place: &place, old: &old, target: &target, known: &known };
            match self.change_email(&change, &mut new, by).await? {
                Moved::Done => return self.written(new, by).map(Ok),
                Moved::Taken => {
                    known = self.item(&keys::person(&self.tenant.id, &target)).await?;
                    if known.as_ref().is_some_and(is_taken) {
                        return Ok(Err(Refusal::EmailTaken));
                    }
                }
                Moved::Changed => {}
            }
        }
        Err(StoreError::Unavailable("a person that others keep changing".to_owned()))
    }

    async fn change_email(
        &self,
        change: &Change<'_>,
        new: &mut Attributes,
        by: &Mark,
    ) -> Result<Moved> {
        let former = text(change.old, EMAIL).map(EmailKey::from_stored);
        let former = former
            .map(|key| self.mint().locator_of_key(&key))
            .ok_or_else(|| StoreError::corrupt("email"))?;
        let actions = match former == *change.place {
            true => self.moving(change, new, by)?,
            false => self.repointing(change, new, &former, by).await?,
        };
        Ok(match self.store.transact(actions).await? {
            Transacted::Done => Moved::Done,
            // Only the new place was not free: otherwise the person itself is not as it was read.
            Transacted::Missed(missed) if missed == [0] => Moved::Taken,
            Transacted::Missed(_) | Transacted::Conflict => Moved::Changed,
        })
    }

    /// The person lives where its email says: it moves, and its home forwards to the new place.
    fn moving(
        &self,
        change: &Change<'_>,
        new: &mut Attributes,
        by: &Mark,
    ) -> Result<Vec<TransactWriteItem>> {
        let Change { part, place, old, target, known } = *change;
        let kept = leave(new, part, by.stamp);
        if let Some(known) = known {
            enter(new, known);
        }
        let forward = keys::forward(&self.tenant.id, part);
        let at_home = Locator::of_record_part(part).as_ref() == Some(target);
        let forwarding =
            Attributes::from([(TO.to_owned(), Some(Value::Text(target.as_str().to_owned())))]);
        let place = keys::person(&self.tenant.id, place);
        let as_read = |placeholders: &mut Placeholders| unchanged(Some(old), placeholders);
        Ok(vec![
            self.arrive(change, new)?,
            match kept {
                Some(kept) => self.put(&place, &kept, as_read)?,
                None => self.delete(&place, as_read)?,
            },
            match at_home {
                true => self.delete(&forward, |_| String::new())?,
                false => self.store.any_item(to_item(&forward, &forwarding))?,
            },
        ])
    }

    /// The person lives at another id's place: only the pointer at its email's place moves.
    async fn repointing(
        &self,
        change: &Change<'_>,
        new: &Attributes,
        former: &Locator,
        by: &Mark,
    ) -> Result<Vec<TransactWriteItem>> {
        let Change { part, place, old, known, .. } = *change;
        let former = keys::person(&self.tenant.id, former);
        let kept = self.item(&former).await?.and_then(|mut item| leave(&mut item, part, by.stamp));
        let mut pointer = Attributes::from([(AT.to_owned(), Some(Value::Text(part.to_owned())))]);
        if let Some(known) = known {
            enter(&mut pointer, known);
        }
        let points_here = |placeholders: &mut Placeholders| {
            format!("{}={}", placeholders.name(AT), placeholders.text(part))
        };
        Ok(vec![
            self.arrive(change, &pointer)?,
            self.put(&keys::person(&self.tenant.id, place), new, |placeholders| {
                unchanged(Some(old), placeholders)
            })?,
            match kept {
                Some(kept) => self.put(&former, &kept, points_here)?,
                None => self.delete(&former, points_here)?,
            },
        ])
    }

    /// Puts an item at the new place, where nobody is: it is as it was read, or was never used.
    fn arrive(&self, change: &Change<'_>, item: &Attributes) -> Result<TransactWriteItem> {
        let Change { target, known, .. } = change;
        self.put(&keys::person(&self.tenant.id, target), item, |placeholders| {
            unchanged(known.as_ref(), placeholders)
        })
    }

    pub(super) fn put(
        &self,
        key: &Key,
        attributes: &Attributes,
        condition: impl FnOnce(&mut Placeholders) -> String,
    ) -> Result<TransactWriteItem> {
        let mut placeholders = Placeholders::default();
        let condition = condition(&mut placeholders);
        let (names, values) = placeholders.into_parts();
        let put =
            Put::builder().table_name(&*self.store.table).set_item(Some(to_item(key, attributes)));
        let put = put.condition_expression(condition);
        let put = put
            .set_expression_attribute_names(names)
            .set_expression_attribute_values(values)
            .build();
        put.map(|put| TransactWriteItem::builder().put(put).build())
            .map_err(|_| StoreError::corrupt("put"))
    }

    pub(super) fn delete(
        &self,
        key: &Key,
        condition: impl FnOnce(&mut Placeholders) -> String,
    ) -> Result<TransactWriteItem> {
        let mut placeholders = Placeholders::default();
        let condition =
            Some(condition(&mut placeholders)).filter(|condition| !condition.is_empty());
        let (names, values) = placeholders.into_parts();
        let delete =
            Delete::builder().table_name(&*self.store.table).set_key(Some(key.attributes()));
        let delete = delete.set_condition_expression(condition);
        let delete = delete
            .set_expression_attribute_names(names)
            .set_expression_attribute_values(values)
            .build();
        delete
            .map(|delete| TransactWriteItem::builder().delete(delete).build())
            .map_err(|_| StoreError::corrupt("delete"))
    }
}
