//! A changed email moves the person to where its new email lives, in one transaction, and
//! leaves a forward at the home that its GSID names (design: "the key finds itself").

use aws_sdk_dynamodb::types::{Delete, Put, TransactWriteItem};
use people_domain::email::Email;
use people_domain::mint::Locator;
use people_domain::person::{AT, EMAIL, Mark, TO, apply, assignments};
use people_domain::plan::PersonWrite;
use people_domain::record::{Attributes, REVISED, text};
use people_domain::value::Value;

use super::place::{Wrote, unchanged};
use super::{Outcome, Refusal, TRIES};
use crate::convert::to_item;
use crate::expect::{self, Expect};
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
                    Wrote::Missed(_) => continue,
                }
            }
            let mut new = old.clone();
            apply(&mut new, &list);
            match self.change_email(part, &place, &old, &new, &target).await? {
                Moved::Done => return self.written(new, by).map(Ok),
                Moved::Taken => return Ok(Err(Refusal::EmailTaken)),
                Moved::Changed => {}
            }
        }
        Err(StoreError::Unavailable("a person that others keep changing".to_owned()))
    }

    async fn change_email(
        &self,
        part: &str,
        place: &Locator,
        old: &Attributes,
        new: &Attributes,
        target: &Locator,
    ) -> Result<Moved> {
        let former = text(old, EMAIL).and_then(|email| Email::parse(email).ok());
        let former = former
            .map(|email| self.mint().locator(&email))
            .ok_or_else(|| StoreError::corrupt("email"))?;
        let actions = match former == *place {
            true => self.moving(part, place, old, new, target)?,
            false => self.repointing(part, place, old, new, target, &former)?,
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
        part: &str,
        place: &Locator,
        old: &Attributes,
        new: &Attributes,
        target: &Locator,
    ) -> Result<Vec<TransactWriteItem>> {
        let forward = keys::forward(&self.tenant.id, part);
        let at_home = Locator::of_record_part(part).as_ref() == Some(target);
        let forwarding =
            Attributes::from([(TO.to_owned(), Some(Value::Text(target.as_str().to_owned())))]);
        Ok(vec![
            self.put(&keys::person(&self.tenant.id, target), new, expect::free)?,
            self.delete(&keys::person(&self.tenant.id, place), |placeholders| {
                unchanged(Some(old), placeholders)
            })?,
            match at_home {
                true => self.delete(&forward, |_| String::new())?,
                false => self.store.any_item(to_item(&forward, &forwarding))?,
            },
        ])
    }

    /// The person lives at another id's place: only the pointer at its email's place moves.
    fn repointing(
        &self,
        part: &str,
        place: &Locator,
        old: &Attributes,
        new: &Attributes,
        target: &Locator,
        former: &Locator,
    ) -> Result<Vec<TransactWriteItem>> {
        let pointer = Attributes::from([(AT.to_owned(), Some(Value::Text(part.to_owned())))]);
        let points_here = |placeholders: &mut Placeholders| {
            format!("{}={}", placeholders.name(AT), placeholders.text(part))
        };
        Ok(vec![
            self.put(&keys::person(&self.tenant.id, target), &pointer, expect::free)?,
            self.put(&keys::person(&self.tenant.id, place), new, |placeholders| {
                unchanged(Some(old), placeholders)
            })?,
            self.delete(&keys::person(&self.tenant.id, former), points_here)?,
        ])
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
