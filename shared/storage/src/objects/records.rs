//! Records of objects: a batch is one transaction of records alone. Lookup entries are written
//! before it and stale ones removed after it, so that a crash leaves only hints that no record
//! confirms (ADR 12).

use std::collections::HashMap;
use std::sync::Arc;

use aws_sdk_dynamodb::types::{TransactWriteItem, Update};
use futures::future::try_join_all;
use people_domain::ids::gsid::GsidKind;
use people_domain::ids::stamp::Stamp;
use people_domain::limit;
use people_domain::objects::ObjectWrite;
use people_domain::objects::record::{CREATED, Record, UPDATED, attribute_stamp};
use people_domain::people::Assignment;
use people_domain::schema::metadata::Object;
use people_domain::values::Value;

use crate::table::clock::random_u128;
use crate::table::convert::to_item;
use crate::table::expression::{self, Placeholders};
use crate::table::keys;
use crate::table::transaction::TransactionOutcome;
use crate::{Result, StoreError, TenantStore};

/// A change of one record.
#[derive(Debug)]
pub struct ObjectChange {
    /// The record as it was read.
    pub record: Arc<Record>,
    /// What to set.
    pub write: ObjectWrite,
}

impl TenantStore {
    /// Inserts records, all or none; their GSIDs in the same order.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn insert_records(
        &self,
        object: &Object,
        kind: GsidKind,
        writes: Vec<ObjectWrite>,
    ) -> Result<Vec<String>> {
        check_transaction_size(&writes)?;
        let records: Vec<_> =
            writes.into_iter().map(|write| self.build_record(object, kind, write)).collect();
        let entries = records
            .iter()
            .flat_map(|record| self.build_index_entries(object, record, record.created));
        self.write_index_entries(entries.collect()).await?;
        let actions = records.iter().map(|record| {
            let key = keys::record_key(&self.tenant.id, &record.object, &record.gsid);
            self.store.build_insert(to_item(&key, &record.attributes))
        });
        match self.store.run_transaction(actions.collect::<Result<_>>()?).await? {
            TransactionOutcome::Committed => {
                Ok(records.into_iter().map(|record| record.gsid).collect())
            }
            TransactionOutcome::ConditionFailed(_) => {
                Err(StoreError::Unexpected("a fresh GSID that exists".to_owned()))
            }
            TransactionOutcome::Conflict => Err(StoreError::Unavailable("conflict".to_owned())),
        }
    }

    fn build_record(&self, object: &Object, kind: GsidKind, write: ObjectWrite) -> Record {
        let born = self.store.new_stamp();
        let mark = || Some(Value::Text(born.as_str().to_owned()));
        let mut attributes: HashMap<_, _> = write.values.into_iter().collect();
        attributes.extend([(CREATED.to_owned(), mark()), (UPDATED.to_owned(), mark())]);
        let gsid = self.ids().new_gsid(kind, random_u128());
        Record {
            object: object.name.clone(),
            gsid,
            created: born,
            attributes: attributes.into_iter().collect(),
        }
    }

    /// Changes records, all or none. False when one of them was changed or deleted since it was
    /// read: then nothing was written, and the caller reads again.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn update_records(&self, object: &Object, changes: &[ObjectChange]) -> Result<bool> {
        check_transaction_size(changes.iter().map(|change| &change.write))?;
        let seen = changes
            .iter()
            .filter_map(|change| attribute_stamp(&change.record.attributes, UPDATED))
            .max();
        let stamp = self.store.clock.new_stamp_after(seen);
        let after: Vec<_> = changes.iter().map(|change| apply_change(change, stamp)).collect();
        let entries =
            after.iter().flat_map(|record| self.build_index_entries(object, record, stamp));
        self.write_index_entries(entries.collect()).await?;
        let actions =
            changes.iter().map(|change| self.build_update(change, stamp)).collect::<Result<_>>()?;
        let done = self.store.run_transaction(actions).await? == TransactionOutcome::Committed;
        changes.iter().for_each(|change| self.invalidate_record(&change.record));
        if done {
            let stale = changes.iter().zip(&after);
            let stale = stale.map(|(change, after)| {
                self.delete_stale_entries(object, &change.record, Some(after))
            });
            // The batch is written; an entry that stays is a hint that no record confirms.
            _ = try_join_all(stale).await;
        }
        Ok(done)
    }

    fn build_update(&self, change: &ObjectChange, stamp: Stamp) -> Result<TransactWriteItem> {
        let mut list = vec![(
            UPDATED.to_owned(),
            Assignment::Set(Some(Value::Text(stamp.as_str().to_owned()))),
        )];
        list.extend(
            change
                .write
                .values
                .iter()
                .map(|(code, value)| (code.clone(), Assignment::Set(value.clone()))),
        );
        let mut placeholders = Placeholders::default();
        let update = expression::build_update_expression(&list, &mut placeholders)
            .ok_or(StoreError::TooLarge)?;
        let seen =
            people_domain::objects::record::attribute_text(&change.record.attributes, UPDATED)
                .unwrap_or_default();
        let condition =
            format!("{}={}", placeholders.add_name(UPDATED), placeholders.add_text(seen));
        let (names, values) = placeholders.into_parts();
        let key = keys::record_key(&self.tenant.id, &change.record.object, &change.record.gsid);
        let action =
            Update::builder().table_name(&*self.store.table).set_key(Some(key.to_attributes()));
        let action = action.update_expression(update).condition_expression(condition);
        let action = action
            .set_expression_attribute_names(names)
            .set_expression_attribute_values(values)
            .build();
        action
            .map(|update| TransactWriteItem::builder().update(update).build())
            .map_err(|_| StoreError::corrupt("record"))
    }
}

/// A batch is one transaction, and that has an end.
fn check_transaction_size<'a>(writes: impl IntoIterator<Item = &'a ObjectWrite>) -> Result<()> {
    let bytes: usize = writes.into_iter().map(ObjectWrite::estimated_bytes).sum();
    if bytes > limit::TRANSACTION_BYTES_MAX { Err(StoreError::TooLarge) } else { Ok(()) }
}

/// A record as it will be after a change.
fn apply_change(change: &ObjectChange, stamp: Stamp) -> Record {
    let mut record = Record::clone(&change.record);
    record.attributes.extend(change.write.values.iter().cloned());
    record.attributes.insert(UPDATED.to_owned(), Some(Value::Text(stamp.as_str().to_owned())));
    record
}
