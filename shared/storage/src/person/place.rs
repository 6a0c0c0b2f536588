//! Writing at one place: a single `UpdateItem`, or, where its expression would be too long, a
//! read, a merge and a `PutItem` under the revision that was read (design: "limits, each with
//! its way out").

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{
    ReturnConsumedCapacity, ReturnValue, ReturnValuesOnConditionCheckFailure,
};
use people_domain::mint::Locator;
use people_domain::person::{Assign, ERASED, Mark, TO, apply, left_by};
use people_domain::record::{Attributes, REVISED, text};

use super::TRIES;
use crate::clock::back_off;
use crate::convert::{to_attributes, to_item};
use crate::error::missed;
use crate::expect::Expect;
use crate::expression::{self, Placeholders};
use crate::keys::{self, PK};
use crate::{Result, StoreError, TenantStore};

/// How often a write that meets a transaction at its item is tried.
const CONFLICTS: u32 = 6;

/// What became of a write at a place.
pub(super) enum Wrote {
    /// It is done; the item as it stands now.
    New(Attributes),
    /// It was done before, to the person with this record part, who has moved away since.
    Moved(String),
    /// Something else is there.
    Missed(Option<Attributes>),
}

impl TenantStore {
    /// Writes at a place if what stands there is as expected.
    pub(super) async fn write_at(
        &self,
        place: &Locator,
        list: &[(String, Assign)],
        expect: &Expect,
        by: &Mark,
    ) -> Result<Wrote> {
        let mut placeholders = Placeholders::default();
        let Some(update) = expression::update(list, &mut placeholders) else {
            return self.merge_at(place, list, expect, by).await;
        };
        let condition = expect.condition(by.fence.as_ref(), &mut placeholders);
        let (names, values) = placeholders.into_parts();
        let key = keys::person(&self.tenant.id, place).attributes();
        let call = self.store.db.update_item().table_name(&*self.store.table).set_key(Some(key));
        let call = call.update_expression(update).condition_expression(condition);
        let call =
            call.set_expression_attribute_names(names).set_expression_attribute_values(values);
        let call = call
            .return_values(ReturnValue::AllNew)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let call = call
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        for attempt in 0..CONFLICTS {
            match self.store.meter.time(call.clone().send()).await {
                Ok(answer) => {
                    self.store.meter.consumed(answer.consumed_capacity());
                    return Ok(Wrote::New(to_attributes(answer.attributes.unwrap_or_default())));
                }
                Err(error) if is_conflict(&error) => back_off(attempt).await,
                Err(error) => {
                    let old = missed(error)?.map(to_attributes);
                    return Ok(by_fence(old, expect, by));
                }
            }
        }
        Err(StoreError::Unavailable("a person that keeps moving".to_owned()))
    }

    async fn merge_at(
        &self,
        place: &Locator,
        list: &[(String, Assign)],
        expect: &Expect,
        by: &Mark,
    ) -> Result<Wrote> {
        for _ in 0..TRIES {
            let old = self.item(&keys::person(&self.tenant.id, place)).await?;
            // An earlier try may have arrived though its answer was lost.
            if old.as_ref().and_then(|old| text(old, REVISED)) == Some(by.stamp.as_str()) {
                return Ok(Wrote::New(old.unwrap_or_default()));
            }
            if !expect.holds(old.as_ref(), by.fence.as_ref()) {
                return Ok(by_fence(old, expect, by));
            }
            let mut new = old.clone().unwrap_or_default();
            apply(&mut new, list);
            if self.replace(place, &new, old.as_ref()).await? {
                return Ok(Wrote::New(new));
            }
        }
        Err(StoreError::Unavailable("a person that others keep changing".to_owned()))
    }

    /// Puts a whole item in place of `old`; false when that is not there any more.
    pub(super) async fn replace(
        &self,
        place: &Locator,
        new: &Attributes,
        old: Option<&Attributes>,
    ) -> Result<bool> {
        let mut placeholders = Placeholders::default();
        let condition = unchanged(old, &mut placeholders);
        let (names, values) = placeholders.into_parts();
        let item = to_item(&keys::person(&self.tenant.id, place), new);
        let call = self.store.db.put_item().table_name(&*self.store.table).set_item(Some(item));
        let call = call
            .condition_expression(condition)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let call =
            call.set_expression_attribute_names(names).set_expression_attribute_values(values);
        match self.store.meter.time(call.send()).await {
            Ok(answer) => {
                self.store.meter.consumed(answer.consumed_capacity());
                Ok(true)
            }
            Err(SdkError::ServiceError(error))
                if error.err().is_conditional_check_failed_exception() =>
            {
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Where the person whose home this record part names lives now, if it moved away.
    pub(super) async fn forwarded(&self, part: &str) -> Result<Option<Locator>> {
        let item = self.item(&keys::forward(&self.tenant.id, part)).await?;
        Ok(item.and_then(|item| Locator::parse(text(&item, TO)?)))
    }
}

/// A miss, unless the same rows of the same job were applied here before: to whom is here, or to
/// whom has moved away since.
fn by_fence(old: Option<Attributes>, expect: &Expect, by: &Mark) -> Wrote {
    let applied = |old: &Attributes| by.fence.as_ref().is_some_and(|fence| fence.is_behind(old));
    match old {
        Some(old) if applied(&old) => match left_by(&old) {
            Some(part) => Wrote::Moved(part.to_owned()),
            None if expect.is_met_by(&old) => Wrote::New(old),
            None => Wrote::Missed(Some(old)),
        },
        old => Wrote::Missed(old),
    }
}

/// The condition that an item is still as it was read.
pub(super) fn unchanged(old: Option<&Attributes>, placeholders: &mut Placeholders) -> String {
    let stands =
        |name: &str| old.and_then(|old| Some((name.to_owned(), text(old, name)?.to_owned())));
    match stands(REVISED).or_else(|| stands(ERASED)) {
        Some((name, value)) => {
            format!("{}={}", placeholders.name(&name), placeholders.text(&value))
        }
        None => format!("attribute_not_exists({})", placeholders.name(PK)),
    }
}

/// Whether a transaction was at the item: the client itself does not try that again.
fn is_conflict(error: &SdkError<UpdateItemError>) -> bool {
    error.as_service_error().is_some_and(UpdateItemError::is_transaction_conflict_exception)
}
