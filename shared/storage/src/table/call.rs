//! Calls to the table. Each one is metered, and a condition that does not hold is an outcome
//! rather than an error.

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::{
    batch_get_item, batch_write_item, delete_item, get_item, put_item, query, transact_write_items,
    update_item,
};
use aws_sdk_dynamodb::types::{
    ReturnConsumedCapacity, ReturnValue, ReturnValuesOnConditionCheckFailure as OldValues,
};
use batch_get_item::builders::BatchGetItemFluentBuilder;
use batch_get_item::{BatchGetItemError, BatchGetItemOutput};
use batch_write_item::builders::BatchWriteItemFluentBuilder;
use batch_write_item::{BatchWriteItemError, BatchWriteItemOutput};
use delete_item::builders::DeleteItemFluentBuilder;
use delete_item::{DeleteItemError, DeleteItemOutput};
use get_item::builders::GetItemFluentBuilder;
use get_item::{GetItemError, GetItemOutput};
use put_item::builders::PutItemFluentBuilder;
use put_item::{PutItemError, PutItemOutput};
use query::builders::QueryFluentBuilder;
use query::{QueryError, QueryOutput};
use transact_write_items::builders::TransactWriteItemsFluentBuilder;
use transact_write_items::{TransactWriteItemsError, TransactWriteItemsOutput};
use update_item::builders::UpdateItemFluentBuilder;
use update_item::{UpdateItemError, UpdateItemOutput};

use crate::table::convert::TableItem;
use crate::table::expression::Placeholders;
use crate::table::keys::ItemKey;
use crate::table::meter::Meter;
use crate::{Result, Store, StoreError};

/// A call whose count, time and consumed capacity go into a meter.
pub(crate) trait MeteredCall {
    type Output;
    type Error;

    /// Sends the call and adds it to `meter`.
    async fn send_metered(
        self,
        meter: &Meter,
    ) -> std::result::Result<Self::Output, SdkError<Self::Error>>;
}

macro_rules! metered_calls {
    ($($call:ty => $output:ty, $error:ty;)*) => {$(
        impl MeteredCall for $call {
            type Output = $output;
            type Error = $error;

            async fn send_metered(
                self,
                meter: &Meter,
            ) -> std::result::Result<Self::Output, SdkError<Self::Error>> {
                let call = self.return_consumed_capacity(ReturnConsumedCapacity::Total);
                let output = meter.time_call(call.send()).await?;
                meter.add_consumed(output.consumed_capacity());
                Ok(output)
            }
        }
    )*};
}

metered_calls! {
    BatchGetItemFluentBuilder => BatchGetItemOutput, BatchGetItemError;
    BatchWriteItemFluentBuilder => BatchWriteItemOutput, BatchWriteItemError;
    DeleteItemFluentBuilder => DeleteItemOutput, DeleteItemError;
    GetItemFluentBuilder => GetItemOutput, GetItemError;
    PutItemFluentBuilder => PutItemOutput, PutItemError;
    QueryFluentBuilder => QueryOutput, QueryError;
    TransactWriteItemsFluentBuilder => TransactWriteItemsOutput, TransactWriteItemsError;
    UpdateItemFluentBuilder => UpdateItemOutput, UpdateItemError;
}

/// The outcome of a conditional write of one item.
#[derive(Debug)]
pub(crate) enum ConditionalWrite {
    /// Written. Holds the new item of an update, and nothing for a put or a delete.
    Done(TableItem),
    /// The condition failed. Holds the item found by an update or a delete, if there is one.
    Missed(Option<TableItem>),
    /// A transaction holds the item; the SDK does not retry this.
    Conflict,
}

impl ConditionalWrite {
    /// Turns a conflict into an error, for callers that leave the retry to the next delivery.
    pub(crate) fn reject_conflict(self) -> Result<Self> {
        match self {
            Self::Conflict => {
                Err(StoreError::Unavailable("TransactionConflictException".to_owned()))
            }
            other => Ok(other),
        }
    }

    pub(crate) fn is_done(&self) -> bool {
        matches!(self, Self::Done(_))
    }
}

/// An error of a single-item write. A failed condition and a conflict become outcomes.
trait WriteError {
    fn into_outcome(self) -> Result<ConditionalWrite>;
}

macro_rules! write_errors {
    ($($error:ident),*) => {$(
        impl WriteError for SdkError<$error> {
            fn into_outcome(self) -> Result<ConditionalWrite> {
                let is_outcome = |error: &$error| {
                    error.is_conditional_check_failed_exception()
                        || error.is_transaction_conflict_exception()
                };
                if !self.as_service_error().is_some_and(is_outcome) {
                    return Err(self.into());
                }
                Ok(match self.into_service_error() {
                    $error::ConditionalCheckFailedException(failed) => {
                        ConditionalWrite::Missed(failed.item)
                    }
                    _ => ConditionalWrite::Conflict,
                })
            }
        }
    )*};
}

write_errors!(DeleteItemError, PutItemError, UpdateItemError);

impl Store {
    /// Updates one item, under a condition if one is given.
    pub(crate) async fn update_item(
        &self,
        key: &ItemKey,
        update: String,
        condition: Option<String>,
        placeholders: Placeholders,
    ) -> Result<ConditionalWrite> {
        let (names, values) = placeholders.into_parts();
        let call = self
            .db
            .update_item()
            .table_name(&*self.table)
            .set_key(Some(key.to_attributes()))
            .update_expression(update)
            .set_condition_expression(condition)
            .set_expression_attribute_names(names)
            .set_expression_attribute_values(values)
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(OldValues::AllOld);
        match call.send_metered(&self.meter).await {
            Ok(output) => Ok(ConditionalWrite::Done(output.attributes.unwrap_or_default())),
            Err(error) => error.into_outcome(),
        }
    }

    /// Puts one item under a condition.
    pub(crate) async fn put_item_if(
        &self,
        item: TableItem,
        condition: String,
        placeholders: Placeholders,
    ) -> Result<ConditionalWrite> {
        let (names, values) = placeholders.into_parts();
        let call = self
            .db
            .put_item()
            .table_name(&*self.table)
            .set_item(Some(item))
            .condition_expression(condition)
            .set_expression_attribute_names(names)
            .set_expression_attribute_values(values);
        match call.send_metered(&self.meter).await {
            Ok(_) => Ok(ConditionalWrite::Done(TableItem::new())),
            Err(error) => error.into_outcome(),
        }
    }

    /// Puts one item unconditionally.
    pub(crate) async fn put_item(&self, item: TableItem) -> Result<()> {
        let call = self.db.put_item().table_name(&*self.table).set_item(Some(item));
        call.send_metered(&self.meter).await?;
        Ok(())
    }

    /// Deletes one item under a condition.
    pub(crate) async fn delete_item_if(
        &self,
        key: &ItemKey,
        condition: String,
        placeholders: Placeholders,
    ) -> Result<ConditionalWrite> {
        let (names, values) = placeholders.into_parts();
        let call = self
            .db
            .delete_item()
            .table_name(&*self.table)
            .set_key(Some(key.to_attributes()))
            .condition_expression(condition)
            .set_expression_attribute_names(names)
            .set_expression_attribute_values(values)
            .return_values_on_condition_check_failure(OldValues::AllOld);
        match call.send_metered(&self.meter).await {
            Ok(_) => Ok(ConditionalWrite::Done(TableItem::new())),
            Err(error) => error.into_outcome(),
        }
    }

    /// Deletes one item; succeeds when it is absent.
    pub(crate) async fn delete_item(&self, key: &ItemKey) -> Result<()> {
        let call =
            self.db.delete_item().table_name(&*self.table).set_key(Some(key.to_attributes()));
        call.send_metered(&self.meter).await?;
        Ok(())
    }

    /// Reads one item, strongly consistent.
    pub(crate) async fn read_item(&self, key: &ItemKey) -> Result<Option<TableItem>> {
        let call = self
            .db
            .get_item()
            .table_name(&*self.table)
            .consistent_read(true)
            .set_key(Some(key.to_attributes()));
        Ok(call.send_metered(&self.meter).await?.item)
    }
}
