//! Transactions: all or nothing, and which conditions did not hold.

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{ConditionCheck, Put, ReturnConsumedCapacity, TransactWriteItem};

use crate::convert::Item;
use crate::expression::Placeholders;
use crate::keys::Key;
use crate::{Result, Store, StoreError, clock};

/// How often a transaction that met another one is tried.
const TRIES: u32 = 5;

/// What became of a transaction.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Transacted {
    /// All of it was written.
    Done,
    /// Nothing was: the conditions of these actions did not hold.
    Missed(Vec<usize>),
    /// Nothing was: another transaction was at one of the items.
    Conflict,
}

impl Store {
    pub(crate) async fn transact(&self, actions: Vec<TransactWriteItem>) -> Result<Transacted> {
        for attempt in 0..TRIES {
            let call = self.db.transact_write_items().set_transact_items(Some(actions.clone()));
            let call = call.return_consumed_capacity(ReturnConsumedCapacity::Total);
            let done = match self.meter.time(call.send()).await {
                Ok(answer) => {
                    self.meter.consumed(answer.consumed_capacity());
                    Transacted::Done
                }
                Err(error) => canceled(error)?,
            };
            if done != Transacted::Conflict {
                return Ok(done);
            }
            clock::back_off(attempt).await;
        }
        Ok(Transacted::Conflict)
    }

    /// Puts an item where there is none.
    pub(crate) fn new_item(&self, item: Item) -> Result<TransactWriteItem> {
        self.put_item(item, Some("attribute_not_exists(pk)"))
    }

    /// Puts an item, whatever is there.
    pub(crate) fn any_item(&self, item: Item) -> Result<TransactWriteItem> {
        self.put_item(item, None)
    }

    /// Only checks a condition.
    pub(crate) fn check(
        &self,
        key: &Key,
        condition: String,
        placeholders: Placeholders,
    ) -> Result<TransactWriteItem> {
        let (names, values) = placeholders.into_parts();
        let check = ConditionCheck::builder().table_name(&*self.table);
        let check = check.set_key(Some(key.attributes())).condition_expression(condition);
        let check =
            check.set_expression_attribute_names(names).set_expression_attribute_values(values);
        let check = check.build().map_err(|_| StoreError::corrupt("check"))?;
        Ok(TransactWriteItem::builder().condition_check(check).build())
    }

    fn put_item(&self, item: Item, condition: Option<&str>) -> Result<TransactWriteItem> {
        let put = Put::builder().table_name(&*self.table).set_item(Some(item));
        let put = put.set_condition_expression(condition.map(str::to_owned)).build();
        put.map(|put| TransactWriteItem::builder().put(put).build())
            .map_err(|_| StoreError::corrupt("item"))
    }
}

fn canceled(error: SdkError<TransactWriteItemsError>) -> Result<Transacted> {
    let Some(TransactWriteItemsError::TransactionCanceledException(canceled)) =
        error.as_service_error()
    else {
        return Err(error.into());
    };
    let reasons =
        canceled.cancellation_reasons().iter().map(|reason| reason.code().unwrap_or("None"));
    let reasons: Vec<_> = reasons.collect();
    let missed = reasons.iter().enumerate().filter(|(_, code)| **code == "ConditionalCheckFailed");
    let missed: Vec<_> = missed.map(|(at, _)| at).collect();
    match () {
        // With a conflict in it the other conditions were checked against a state that is passing.
        () if reasons.contains(&"TransactionConflict") => Ok(Transacted::Conflict),
        () if !missed.is_empty() => Ok(Transacted::Missed(missed)),
        () if reasons.contains(&"ValidationError") => Err(StoreError::TooLarge),
        () => Err(StoreError::Unavailable(reasons.join(","))),
    }
}
