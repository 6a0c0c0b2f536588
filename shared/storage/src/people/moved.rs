//! A changed email moves the person to where its new email lives, in one transaction, and
//! leaves a forward at the home that its GSID names (ADR 7). Every place
//! that the person leaves keeps the stamp of the move.

use aws_sdk_dynamodb::types::TransactWriteItem;
use people_domain::ids::email::{Email, EmailKey};
use people_domain::ids::mint::Locator;
use people_domain::objects::record::{Attributes, text};
use people_domain::people::{AT, EMAIL, apply, enter, forward, is_taken, leave, pointer};

use super::call::Call;
use super::place::Wrote;
use super::{Outcome, Refusal};
use crate::people::expect::{Expect, in_order, unchanged};
use crate::table::convert::to_attributes;
use crate::table::expression::Placeholders;
use crate::table::keys::{self, Key};
use crate::table::transact::Transacted;
use crate::{Result, StoreError, TenantStore};

/// What became of a move.
enum Moved {
    Done,
    /// Something is at the new place that was not known.
    Taken(Option<Attributes>),
    /// The person changed meanwhile.
    Changed,
}

/// A person on its way to the place of another email.
struct Change<'c> {
    part: &'c str,
    place: &'c Locator,
    /// The person as it was read.
    old: &'c Attributes,
    target: &'c Locator,
    /// What is at the new place though nobody is there.
    known: Option<&'c Attributes>,
}

impl TenantStore {
    /// Writes to a person by GSID and gives it this email, which it may have already.
    pub(super) async fn upsert_with_email(
        &self,
        call: &mut Call<'_>,
        part: &str,
        email: &Email,
    ) -> Outcome {
        let target = self.mint().locator(email);
        let expect = Expect::GsidAndEmail(part.to_owned(), email.key().to_owned());
        // Most such writes repeat the email that the person was made with: then it is at home.
        if Locator::of_record_part(part).as_ref() == Some(&target)
            && let Wrote::Done(item) = self.write_at(call, &target, part, &expect).await?
        {
            return self.written(item, call).map(Ok);
        }
        // What the new place remembers; it is told by a transaction that finds it.
        let mut known = None;
        loop {
            let Some((place, old)) = self.by_part(part).await? else {
                return Ok(Err(Refusal::NotFound));
            };
            if call.is_last_of(&old) || call.is_applied_to(&old) {
                return self.written(old, call).map(Ok);
            }
            if text(&old, EMAIL) == Some(email.key()) {
                match self.write_at(call, &place, part, &expect).await? {
                    Wrote::Done(item) => return self.written(item, call).map(Ok),
                    Wrote::Moved(_) | Wrote::Missed(_) => {}
                }
            } else {
                let known_at_target = known.as_ref();
                let change = Change {
                    part,
                    place: &place,
                    old: &old,
                    target: &target,
                    known: known_at_target,
                };
                match self.change_email(&change, call).await? {
                    (Moved::Done, new) => return self.written(new, call).map(Ok),
                    (Moved::Taken(item), _) if item.as_ref().is_some_and(is_taken) => {
                        return Ok(Err(Refusal::EmailTaken));
                    }
                    (Moved::Taken(item), _) => known = item,
                    (Moved::Changed, _) => {}
                }
            }
            call.contention.try_again("a person on the move").await?;
        }
    }

    /// Moves the person, or the pointer that leads to it; what became of it, and the person as it is
    /// then.
    async fn change_email(
        &self,
        change: &Change<'_>,
        call: &mut Call<'_>,
    ) -> Result<(Moved, Attributes)> {
        let former = self.place_of_email(change.old)?;
        let pointed = match former == *change.place {
            true => None,
            false => self.item(&keys::person(&self.tenant.id, &former)).await?,
        };
        for seen in [Some(change.old), change.known, pointed.as_ref()] {
            call.pass(&self.store.clock, seen);
        }
        let mut new = change.old.clone();
        apply(&mut new, &call.assignments(change.part));
        let actions = match pointed {
            None => self.move_actions(change, &mut new, call)?,
            Some(pointed) => self.repoint_actions(change, &new, (&former, pointed), call)?,
        };
        let moved = match self.store.transact(actions).await? {
            Transacted::Done => Moved::Done,
            // Only the new place was not free: otherwise the person itself is not as it was read.
            Transacted::Missed(mut missed) if missed.len() == 1 => match missed.pop() {
                Some((0, item)) => Moved::Taken(item.map(to_attributes)),
                _ => Moved::Changed,
            },
            Transacted::Missed(_) | Transacted::Conflict => Moved::Changed,
        };
        Ok((moved, new))
    }

    /// The place that a person's email names. The stored key is taken as it is.
    pub(super) fn place_of_email(&self, item: &Attributes) -> Result<Locator> {
        let key = text(item, EMAIL).map(EmailKey::from_stored);
        key.map(|key| self.mint().locator_of_key(&key)).ok_or_else(|| StoreError::corrupt("email"))
    }

    /// The person lives where its email says: it moves, and its home forwards to the new place.
    fn move_actions(
        &self,
        change: &Change<'_>,
        new: &mut Attributes,
        call: &Call<'_>,
    ) -> Result<Vec<TransactWriteItem>> {
        let Change { part, place, old, target, known } = *change;
        let stamp = call.mark.stamp;
        let kept = leave(new, part, stamp);
        if let Some(known) = known {
            enter(new, known);
        }
        let is_home = Locator::of_record_part(part).as_ref() == Some(target);
        let forward = forward((!is_home).then_some(target), stamp);
        let person = |place| keys::person(&self.tenant.id, place);
        Ok(vec![
            self.put(&person(target), new, |p| unchanged(known, p))?,
            self.put(&person(place), &kept, |p| unchanged(Some(old), p))?,
            self.put(&keys::forward(&self.tenant.id, part), &forward, |p| in_order(&call.mark, p))?,
        ])
    }

    /// The person lives at another id's place: only the pointer at its email's place moves.
    fn repoint_actions(
        &self,
        change: &Change<'_>,
        new: &Attributes,
        (former, mut pointed): (&Locator, Attributes),
        call: &Call<'_>,
    ) -> Result<Vec<TransactWriteItem>> {
        let Change { part, place, old, target, known } = *change;
        let kept = leave(&mut pointed, part, call.mark.stamp);
        let mut pointer = pointer(part, call.mark.stamp);
        if let Some(known) = known {
            enter(&mut pointer, known);
        }
        let points_here = |placeholders: &mut Placeholders| {
            let here = format!("{}={}", placeholders.name(AT), placeholders.text(part));
            format!("{here} AND {}", in_order(&call.mark, placeholders))
        };
        let person = |place| keys::person(&self.tenant.id, place);
        Ok(vec![
            self.put(&person(target), &pointer, |p| unchanged(known, p))?,
            self.put(&person(place), new, |p| unchanged(Some(old), p))?,
            self.put(&person(former), &kept, points_here)?,
        ])
    }

    /// A put in a transaction that tells what was there when its condition does not hold.
    pub(super) fn put(
        &self,
        key: &Key,
        attributes: &Attributes,
        condition: impl FnOnce(&mut Placeholders) -> String,
    ) -> Result<TransactWriteItem> {
        let mut placeholders = Placeholders::default();
        let condition = condition(&mut placeholders);
        self.store.put_when(key, attributes, condition, placeholders)
    }
}
