//! Transactions: all or nothing, and which conditions did not hold.

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure as Old;
use aws_sdk_dynamodb::types::{ConditionCheck, Put, TransactWriteItem};
use people_domain::objects::record::Attributes;

use crate::table::call::MeteredCall;
use crate::table::clock;
use crate::table::convert::{TableItem, to_item};
use crate::table::expression::Placeholders;
use crate::table::keys::ItemKey;
use crate::{Result, Store, StoreError};

/// How often a transaction that met another one is tried.
const CONFLICT_ATTEMPTS_MAX: u32 = 5;

/// What became of a transaction.
#[derive(Debug, PartialEq)]
pub(crate) enum TransactionOutcome {
    /// All of it was written.
    Committed,
    /// Nothing was: the conditions of these actions did not hold. With each the item that was there,
    /// where the action asks for it.
    ConditionFailed(Vec<(usize, Option<TableItem>)>),
    /// Nothing was: another transaction was at one of the items.
    Conflict,
}

impl Store {
    pub(crate) async fn run_transaction(
        &self,
        actions: Vec<TransactWriteItem>,
    ) -> Result<TransactionOutcome> {
        for attempt in 0..CONFLICT_ATTEMPTS_MAX {
            let call = self.db.transact_write_items().set_transact_items(Some(actions.clone()));
            let done = match call.send_metered(&self.meter).await {
                Ok(_) => TransactionOutcome::Committed,
                Err(error) => classify_cancellation(error)?,
            };
            if done != TransactionOutcome::Conflict {
                return Ok(done);
            }
            clock::sleep_backoff(attempt).await;
        }
        Ok(TransactionOutcome::Conflict)
    }

    /// Puts an item where there is none.
    pub(crate) fn build_insert(&self, item: TableItem) -> Result<TransactWriteItem> {
        self.put_action(item, Some("attribute_not_exists(pk)"))
    }

    /// Puts an item, whatever is there.
    pub(crate) fn build_put(&self, item: TableItem) -> Result<TransactWriteItem> {
        self.put_action(item, None)
    }

    /// Puts an item under a condition; one that does not hold brings what is there.
    pub(crate) fn build_conditional_put(
        &self,
        key: &ItemKey,
        attributes: &Attributes,
        condition: String,
        placeholders: Placeholders,
    ) -> Result<TransactWriteItem> {
        let (names, values) = placeholders.into_parts();
        let put = Put::builder().table_name(&*self.table).set_item(Some(to_item(key, attributes)));
        let put = put.condition_expression(condition);
        let put = put.return_values_on_condition_check_failure(Old::AllOld);
        let put = put
            .set_expression_attribute_names(names)
            .set_expression_attribute_values(values)
            .build();
        put.map(|put| TransactWriteItem::builder().put(put).build())
            .map_err(|_| StoreError::corrupt("put"))
    }

    /// Only checks a condition.
    pub(crate) fn build_condition_check(
        &self,
        key: &ItemKey,
        condition: String,
        placeholders: Placeholders,
    ) -> Result<TransactWriteItem> {
        let (names, values) = placeholders.into_parts();
        let check = ConditionCheck::builder().table_name(&*self.table);
        let check = check.set_key(Some(key.to_attributes())).condition_expression(condition);
        let check =
            check.set_expression_attribute_names(names).set_expression_attribute_values(values);
        let check = check.build().map_err(|_| StoreError::corrupt("check"))?;
        Ok(TransactWriteItem::builder().condition_check(check).build())
    }

    fn put_action(&self, item: TableItem, condition: Option<&str>) -> Result<TransactWriteItem> {
        let put = Put::builder().table_name(&*self.table).set_item(Some(item));
        let put = put.set_condition_expression(condition.map(str::to_owned)).build();
        put.map(|put| TransactWriteItem::builder().put(put).build())
            .map_err(|_| StoreError::corrupt("item"))
    }
}

fn classify_cancellation(error: SdkError<TransactWriteItemsError>) -> Result<TransactionOutcome> {
    let is_canceled = |error: &TransactWriteItemsError| error.is_transaction_canceled_exception();
    if !error.as_service_error().is_some_and(is_canceled) {
        return Err(error.into());
    }
    let TransactWriteItemsError::TransactionCanceledException(canceled) =
        error.into_service_error()
    else {
        return Err(StoreError::Unexpected("a transaction that is not canceled".to_owned()));
    };
    let reasons = canceled.cancellation_reasons.unwrap_or_default();
    let codes: Vec<_> =
        reasons.iter().map(|reason| reason.code.clone().unwrap_or_default()).collect();
    let has = |code: &str| codes.iter().any(|known| known == code);
    match () {
        // With a conflict in it the other conditions were checked against a state that is passing.
        () if has("TransactionConflict") => Ok(TransactionOutcome::Conflict),
        () if has("ConditionalCheckFailed") => {
            let failed = |code: &str| code == "ConditionalCheckFailed";
            let missed = reasons.into_iter().zip(&codes).enumerate();
            let missed = missed.filter(|(_, (_, code))| failed(code));
            Ok(TransactionOutcome::ConditionFailed(
                missed.map(|(at, (reason, _))| (at, reason.item)).collect(),
            ))
        }
        () if has("ValidationError") => Err(StoreError::TooLarge),
        () => Err(StoreError::Unavailable(codes.join(","))),
    }
}
