//! Writing at one place: a single `UpdateItem`, or, where its expression would be too long, a
//! read, a merge and a `PutItem` under the revision that was read (design: "limits, each with
//! its way out"). A write that is older than what stands there takes a later stamp and is sent again.

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{
    ReturnConsumedCapacity, ReturnValue, ReturnValuesOnConditionCheckFailure,
};
use people_domain::ids::mint::Locator;
use people_domain::objects::record::{Attributes, text};
use people_domain::people::{TO, apply};

use super::call::Call;
use crate::people::expect::{Expect, not_erased_since, unchanged};
use crate::table::convert::{to_attributes, to_item};
use crate::table::error::missed;
use crate::table::expression::{self, Placeholders};
use crate::table::keys;
use crate::table::transact::Transacted;
use crate::{Result, TenantStore};

/// What became of a write at a place.
pub(super) enum Wrote {
    /// It is done, now or by an earlier sending; the item as it stands.
    Done(Attributes),
    /// It was done before, to the person with this record part, who has moved away since.
    Moved(String),
    /// Something else is there.
    Missed(Option<Attributes>),
}

/// The outcome of one conditional `UpdateItem`.
enum Updated {
    Done(Attributes),
    Missed(Option<Attributes>),
    /// A transaction was at the item.
    Conflict,
}

impl TenantStore {
    /// Writes at a place if what stands there is as expected. `life`: the record part of the person
    /// there, or of the one that is made.
    pub(super) async fn write_at(
        &self,
        call: &mut Call<'_>,
        place: &Locator,
        life: &str,
        expect: &Expect,
    ) -> Result<Wrote> {
        if call.left.is_some() {
            return self.merge_at(call, place, life, expect).await;
        }
        loop {
            let Some(updated) = self.update_at(call, place, life, expect).await? else {
                return self.merge_at(call, place, life, expect).await;
            };
            match updated {
                Updated::Done(item) => return Ok(Wrote::Done(item)),
                Updated::Missed(None) => return Ok(Wrote::Missed(None)),
                Updated::Missed(Some(old)) => match call.judge(&old, expect) {
                    Some(wrote) => return Ok(wrote),
                    None => call.pass(&self.store.clock, Some(&old)),
                },
                Updated::Conflict => {}
            }
            call.contention.try_again("a person").await?;
        }
    }

    /// One sending; none when its expression would be too long.
    async fn update_at(
        &self,
        call: &Call<'_>,
        place: &Locator,
        life: &str,
        expect: &Expect,
    ) -> Result<Option<Updated>> {
        let mut placeholders = Placeholders::default();
        let Some(update) = expression::update(&call.assignments(life), &mut placeholders) else {
            return Ok(None);
        };
        let condition = call.guard(expect).condition(&mut placeholders);
        let (names, values) = placeholders.into_parts();
        let key = keys::person(&self.tenant.id, place).attributes();
        let sent = self.store.db.update_item().table_name(&*self.store.table).set_key(Some(key));
        let sent = sent.update_expression(update).condition_expression(condition);
        let sent =
            sent.set_expression_attribute_names(names).set_expression_attribute_values(values);
        let sent = sent
            .return_values(ReturnValue::AllNew)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let sent = sent
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match self.store.meter.time(sent.send()).await {
            Ok(answer) => {
                self.store.meter.consumed(answer.consumed_capacity());
                let item = answer.attributes.unwrap_or_default();
                Ok(Some(Updated::Done(to_attributes(item))))
            }
            Err(error) if is_conflict(&error) => Ok(Some(Updated::Conflict)),
            Err(error) => Ok(Some(Updated::Missed(missed(error)?.map(to_attributes)))),
        }
    }

    async fn merge_at(
        &self,
        call: &mut Call<'_>,
        place: &Locator,
        life: &str,
        expect: &Expect,
    ) -> Result<Wrote> {
        loop {
            let old = self.item(&keys::person(&self.tenant.id, place)).await?;
            let judged = match &old {
                Some(old) => call.judge(old, expect),
                None => (!expect.holds(None)).then_some(Wrote::Missed(None)),
            };
            if let Some(wrote) = judged {
                return Ok(wrote);
            }
            call.pass(&self.store.clock, old.as_ref());
            let mut new = old.clone().unwrap_or_default();
            apply(&mut new, &call.assignments(life));
            match call.left.take() {
                // Missed: the leaver is looked at again.
                Some(left) => {
                    let is_done =
                        self.replace_unless_erased(call, &left, place, &new, old.as_ref()).await?;
                    return Ok(if is_done { Wrote::Done(new) } else { Wrote::Missed(old) });
                }
                None if self.replace(place, &new, old.as_ref()).await? => {
                    return Ok(Wrote::Done(new));
                }
                None => {}
            }
            call.contention.try_again("a person").await?;
        }
    }

    /// Puts a whole item of a job's row in place of `old`, whom somebody left that was not erased since
    /// the job was accepted; false when that is not so any more. One transaction: the erasure may come
    /// between the look at the leaver and the write.
    async fn replace_unless_erased(
        &self,
        call: &Call<'_>,
        left: &str,
        place: &Locator,
        new: &Attributes,
        old: Option<&Attributes>,
    ) -> Result<bool> {
        let tenant = &self.tenant.id;
        let key = keys::person(tenant, place);
        let mut actions = vec![self.put(&key, new, |p| unchanged(old, p))?];
        let home = Locator::of_record_part(left).map(|home| keys::person(tenant, &home));
        let homes = home.filter(|home| *home != key);
        if let Some(fence) = &call.mark.fence {
            for key in homes.into_iter().chain([keys::forward(tenant, left)]) {
                let mut placeholders = Placeholders::default();
                let condition = not_erased_since(&fence.accepted, &mut placeholders);
                actions.push(self.store.check(&key, condition, placeholders)?);
            }
        }
        Ok(self.store.transact(actions).await? == Transacted::Done)
    }

    /// Puts a whole item in place of `old`; false when that is not there any more, or a transaction
    /// is at it.
    pub(super) async fn replace(
        &self,
        place: &Locator,
        new: &Attributes,
        old: Option<&Attributes>,
    ) -> Result<bool> {
        self.put_when(place, new, |placeholders| unchanged(old, placeholders)).await
    }

    /// Puts an item under a condition; false when it does not hold, or a transaction is at the item.
    pub(super) async fn put_when(
        &self,
        place: &Locator,
        new: &Attributes,
        condition: impl FnOnce(&mut Placeholders) -> String,
    ) -> Result<bool> {
        let mut placeholders = Placeholders::default();
        let condition = condition(&mut placeholders);
        let (names, values) = placeholders.into_parts();
        let item = to_item(&keys::person(&self.tenant.id, place), new);
        let put = self.store.db.put_item().table_name(&*self.store.table).set_item(Some(item));
        let put = put
            .condition_expression(condition)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let put = put.set_expression_attribute_names(names).set_expression_attribute_values(values);
        match self.store.meter.time(put.send()).await {
            Ok(answer) => {
                self.store.meter.consumed(answer.consumed_capacity());
                Ok(true)
            }
            Err(error) if is_refused(&error) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Where the person whose home this record part names lives now, if it moved away.
    pub(super) async fn forwarded(&self, part: &str) -> Result<Option<Locator>> {
        let item = self.item(&keys::forward(&self.tenant.id, part)).await?;
        Ok(item.and_then(|item| Locator::parse(text(&item, TO)?)))
    }
}

/// Whether a transaction was at the item: the client itself does not try that again.
fn is_conflict(error: &SdkError<UpdateItemError>) -> bool {
    error.as_service_error().is_some_and(UpdateItemError::is_transaction_conflict_exception)
}

/// Whether a put is in conflict with a transaction, or its condition does not hold.
fn is_refused(error: &SdkError<PutItemError>) -> bool {
    error.as_service_error().is_some_and(|error| {
        error.is_conditional_check_failed_exception() || error.is_transaction_conflict_exception()
    })
}
