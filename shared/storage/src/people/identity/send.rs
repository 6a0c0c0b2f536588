//! Sends the writes of slots: one as it is, several in a transaction.

use aws_sdk_dynamodb::types::TransactWriteItem;
use people_domain::identity::{SlotChange, SlotWrite};
use people_domain::ids::stamp::Stamp;

use crate::people::precondition::ordered_condition;
use crate::table::call::ConditionalWrite;
use crate::table::convert::to_item;
use crate::table::expression::{Placeholders, build_update_expression};
use crate::table::keys;
use crate::table::transaction::TransactionOutcome;
use crate::{Result, StoreError, TenantStore};

impl TenantStore {
    /// Applies all of the writes or none. Those that fail return the items found.
    pub(crate) async fn apply_slot_writes(
        &self,
        writes: &[SlotWrite],
        stamp: Stamp,
    ) -> Result<TransactionOutcome> {
        if let [write] = writes {
            return Ok(match self.apply_slot_write(write, stamp).await? {
                ConditionalWrite::Done(_) => TransactionOutcome::Committed,
                ConditionalWrite::Missed(item) => {
                    TransactionOutcome::ConditionFailed(vec![(0, item)])
                }
                ConditionalWrite::Conflict => TransactionOutcome::Conflict,
            });
        }
        let actions: Vec<_> = writes
            .iter()
            .map(|write| self.build_slot_action(write, stamp))
            .collect::<Result<_>>()?;
        self.store.run_transaction(actions).await
    }

    /// Applies one write. Returns the item as it is stored now.
    pub(crate) async fn apply_slot_write(
        &self,
        write: &SlotWrite,
        stamp: Stamp,
    ) -> Result<ConditionalWrite> {
        let key = keys::redirect_key(&self.tenant.id, &write.sort_key);
        let mut placeholders = Placeholders::default();
        match &write.change {
            SlotChange::Put(item) => {
                let condition = ordered_condition(&write.precondition, stamp, &mut placeholders);
                let item = to_item(&key, item);
                let put = self.store.put_item_if(item.clone(), condition, placeholders).await?;
                Ok(if put.is_done() { ConditionalWrite::Done(item) } else { put })
            }
            SlotChange::Update(assignments) => {
                let Some(update) = build_update_expression(assignments, &mut placeholders) else {
                    // A slot that was not read has to be.
                    let Some(put) = write.to_put() else {
                        return Ok(ConditionalWrite::Missed(None));
                    };
                    return Box::pin(self.apply_slot_write(&put, stamp)).await;
                };
                let condition = ordered_condition(&write.precondition, stamp, &mut placeholders);
                self.store.update_item(&key, update, Some(condition), placeholders).await
            }
        }
    }

    fn build_slot_action(&self, write: &SlotWrite, stamp: Stamp) -> Result<TransactWriteItem> {
        let key = keys::redirect_key(&self.tenant.id, &write.sort_key);
        let mut placeholders = Placeholders::default();
        match &write.change {
            SlotChange::Put(item) => {
                let condition = ordered_condition(&write.precondition, stamp, &mut placeholders);
                self.store.build_conditional_put(&key, item, condition, placeholders)
            }
            SlotChange::Update(assignments) => {
                let Some(update) = build_update_expression(assignments, &mut placeholders) else {
                    let put = write.to_put().ok_or_else(|| StoreError::corrupt("slot"))?;
                    return self.build_slot_action(&put, stamp);
                };
                let condition = ordered_condition(&write.precondition, stamp, &mut placeholders);
                self.store.build_update(&key, update, condition, placeholders)
            }
        }
    }
}
