//! Transactions: all actions are written or none is, and the failed conditions are an outcome.

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure as Old;
use aws_sdk_dynamodb::types::builders::PutBuilder;
use aws_sdk_dynamodb::types::{ConditionCheck, Put, TransactWriteItem, Update};
use people_domain::objects::record::Attributes;

use crate::table::call::MeteredCall;
use crate::table::convert::{TableItem, to_item};
use crate::table::expression::Placeholders;
use crate::table::keys::ItemKey;
use crate::table::retry::sleep_backoff;
use crate::{Result, Store, StoreError};

/// Attempts at a transaction that conflicts with another one.
const CONFLICT_ATTEMPTS_MAX: u32 = 5;

/// The outcome of a transaction.
#[derive(Debug, PartialEq)]
pub(crate) enum TransactionOutcome {
    /// All actions were written.
    Committed,
    /// Nothing was written, because the conditions of these actions failed. Holds their indexes,
    /// and the items found if the actions ask for them.
    ConditionFailed(Vec<(usize, Option<TableItem>)>),
    /// Nothing was written, because another transaction holds one of the items.
    Conflict,
}

impl Store {
    pub(crate) async fn run_transaction(
        &self,
        actions: Vec<TransactWriteItem>,
    ) -> Result<TransactionOutcome> {
        for attempt in 0..CONFLICT_ATTEMPTS_MAX {
            let call = self.db.transact_write_items().set_transact_items(Some(actions.clone()));
            let outcome = match call.send_metered(&self.meter).await {
                Ok(_) => TransactionOutcome::Committed,
                Err(error) => classify_cancellation(error)?,
            };
            if outcome != TransactionOutcome::Conflict {
                return Ok(outcome);
            }
            sleep_backoff(attempt).await;
        }
        Ok(TransactionOutcome::Conflict)
    }

    /// Runs a transaction; false when a condition failed. A conflict is a retryable error.
    pub(crate) async fn write_all_or_none(&self, actions: Vec<TransactWriteItem>) -> Result<bool> {
        match self.run_transaction(actions).await? {
            TransactionOutcome::Committed => Ok(true),
            TransactionOutcome::ConditionFailed(_) => Ok(false),
            TransactionOutcome::Conflict => {
                Err(StoreError::Unavailable("TransactionConflict".to_owned()))
            }
        }
    }

    /// Puts an item where there is none.
    pub(crate) fn build_insert(&self, item: TableItem) -> Result<TransactWriteItem> {
        let put = self.put_item_builder(item).condition_expression("attribute_not_exists(pk)");
        Ok(TransactWriteItem::builder().put(put.build()?).build())
    }

    /// Puts an item unconditionally.
    pub(crate) fn build_put(&self, item: TableItem) -> Result<TransactWriteItem> {
        Ok(TransactWriteItem::builder().put(self.put_item_builder(item).build()?).build())
    }

    fn put_item_builder(&self, item: TableItem) -> PutBuilder {
        Put::builder().table_name(&*self.table).set_item(Some(item))
    }

    /// Puts an item under a condition; a failed condition returns the item found.
    pub(crate) fn build_conditional_put(
        &self,
        key: &ItemKey,
        attributes: &Attributes,
        condition: String,
        placeholders: Placeholders,
    ) -> Result<TransactWriteItem> {
        let (names, values) = placeholders.into_parts();
        let put = self
            .put_item_builder(to_item(key, attributes))
            .condition_expression(condition)
            .set_expression_attribute_names(names)
            .set_expression_attribute_values(values)
            .return_values_on_condition_check_failure(Old::AllOld);
        Ok(TransactWriteItem::builder().put(put.build()?).build())
    }

    /// Updates an item under a condition; a failed condition returns the item found.
    pub(crate) fn build_update(
        &self,
        key: &ItemKey,
        update: String,
        condition: String,
        placeholders: Placeholders,
    ) -> Result<TransactWriteItem> {
        let (names, values) = placeholders.into_parts();
        let update = Update::builder()
            .table_name(&*self.table)
            .set_key(Some(key.to_attributes()))
            .update_expression(update)
            .condition_expression(condition)
            .set_expression_attribute_names(names)
            .set_expression_attribute_values(values)
            .return_values_on_condition_check_failure(Old::AllOld);
        Ok(TransactWriteItem::builder().update(update.build()?).build())
    }

    /// Checks a condition and writes nothing.
    pub(crate) fn build_condition_check(
        &self,
        key: &ItemKey,
        condition: String,
        placeholders: Placeholders,
    ) -> Result<TransactWriteItem> {
        let (names, values) = placeholders.into_parts();
        let check = ConditionCheck::builder()
            .table_name(&*self.table)
            .set_key(Some(key.to_attributes()))
            .condition_expression(condition)
            .set_expression_attribute_names(names)
            .set_expression_attribute_values(values);
        Ok(TransactWriteItem::builder().condition_check(check.build()?).build())
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
        return Err(StoreError::Unexpected("TransactionCanceledException".to_owned()));
    };
    let reasons = canceled.cancellation_reasons.unwrap_or_default();
    let codes: Vec<_> =
        reasons.iter().map(|reason| reason.code.clone().unwrap_or_default()).collect();
    let has = |code: &str| codes.iter().any(|known| known == code);
    // In a conflict the other conditions were checked against a state that is not final.
    if has("TransactionConflict") {
        Ok(TransactionOutcome::Conflict)
    } else if has("ConditionalCheckFailed") {
        let failed = reasons.into_iter().zip(&codes).enumerate();
        let failed = failed.filter(|(_, (_, code))| *code == "ConditionalCheckFailed");
        Ok(TransactionOutcome::ConditionFailed(
            failed.map(|(at, (reason, _))| (at, reason.item)).collect(),
        ))
    } else if has("ValidationError") {
        Err(StoreError::TooLarge)
    } else {
        Err(StoreError::Unavailable(codes.join(",")))
    }
}
