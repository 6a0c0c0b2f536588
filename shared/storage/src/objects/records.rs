//! Writes records of objects. A batch is one transaction of records alone. Lookup entries are
//! written before it and stale ones deleted after it, so a crash leaves only hints that no record
//! confirms (ADR 12).

use std::sync::Arc;

use aws_sdk_dynamodb::types::TransactWriteItem;
use futures::future::try_join_all;
use people_domain::ids::gsid::GsidKind;
use people_domain::ids::stamp::Stamp;
use people_domain::limit;
use people_domain::objects::ObjectWrite;
use people_domain::objects::record::{
    Attributes, CREATED, Record, UPDATED, attribute_stamp, attribute_text,
};
use people_domain::people::Assignment;
use people_domain::schema::metadata::Object;
use people_domain::values::Value;

use crate::table::convert::to_item;
use crate::table::entropy::random_u128;
use crate::table::expression::{self, Placeholders};
use crate::table::keys;
use crate::table::transaction::TransactionOutcome;
use crate::{Result, StoreError, TenantStore};

/// A change of one record.
#[derive(Debug)]
pub struct ObjectChange {
    /// The record as it was read.
    pub record: Arc<Record>,
    pub write: ObjectWrite,
}

impl TenantStore {
    /// Inserts records, all or none. Returns their GSIDs in the same order.
    pub async fn insert_records(
        &self,
        object: &Object,
        kind: GsidKind,
        writes: Vec<ObjectWrite>,
    ) -> Result<Vec<String>> {
        let writes = writes.into_iter();
        let writes: Vec<_> =
            writes.map(|write| (self.ids().new_gsid(kind, random_u128()), write)).collect();
        let gsids = writes.iter().map(|(gsid, _)| gsid.clone()).collect();
        if self.insert_records_as(object, writes).await? {
            Ok(gsids)
        } else {
            Err(StoreError::Unexpected("a new record's GSID exists already".to_owned()))
        }
    }

    /// Inserts records under these GSIDs, all or none; false when one of them exists.
    pub(super) async fn insert_records_as(
        &self,
        object: &Object,
        writes: Vec<(String, ObjectWrite)>,
    ) -> Result<bool> {
        check_transaction_size(writes.iter().map(|(_, write)| write))?;
        let records: Vec<_> = writes
            .into_iter()
            .map(|(gsid, write)| self.build_record(object, gsid, write))
            .collect();
        let entries = records
            .iter()
            .flat_map(|record| self.build_index_entries(object, record, record.created));
        self.write_index_entries(entries.collect()).await?;
        let actions = records.iter().map(|record| {
            let key = keys::record_key(&self.tenant.id, &record.object, &record.gsid);
            self.store.build_insert(to_item(&key, &record.attributes))
        });
        self.store.write_all_or_none(actions.collect::<Result<_>>()?).await
    }

    fn build_record(&self, object: &Object, gsid: String, write: ObjectWrite) -> Record {
        let created = self.store.new_stamp();
        let stamp = || Some(Value::Text(created.as_str().to_owned()));
        let mut attributes: Attributes = write.values.into_iter().collect();
        attributes.extend([(CREATED.to_owned(), stamp()), (UPDATED.to_owned(), stamp())]);
        Record { object: object.name.clone(), gsid, created, attributes }
    }

    /// Updates records, all or none. False when one of them was changed or deleted since it was
    /// read: nothing was written then, and the caller reads again.
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
        let is_written =
            self.store.run_transaction(actions).await? == TransactionOutcome::Committed;
        changes.iter().for_each(|change| self.invalidate_record(&change.record));
        if is_written {
            let stale = changes.iter().zip(&after);
            let stale = stale.map(|(change, after)| {
                self.delete_stale_entries(object, &change.record, Some(after))
            });
            // The batch is written; an entry that remains is a hint that no record confirms.
            _ = try_join_all(stale).await;
        }
        Ok(is_written)
    }

    fn build_update(&self, change: &ObjectChange, stamp: Stamp) -> Result<TransactWriteItem> {
        let stamp = Some(Value::Text(stamp.as_str().to_owned()));
        let values = change.write.values.iter().cloned().chain([(UPDATED.to_owned(), stamp)]);
        let assignments: Vec<_> =
            values.map(|(code, value)| (code, Assignment::Set(value))).collect();
        let mut placeholders = Placeholders::default();
        let update = expression::build_update_expression(&assignments, &mut placeholders)
            .ok_or(StoreError::TooLarge)?;
        let read = attribute_text(&change.record.attributes, UPDATED).unwrap_or_default();
        let condition =
            format!("{}={}", placeholders.add_name(UPDATED), placeholders.add_text(read));
        let key = keys::record_key(&self.tenant.id, &change.record.object, &change.record.gsid);
        self.store.build_update(&key, update, condition, placeholders)
    }
}

/// Refuses a batch that exceeds the bytes of one transaction.
fn check_transaction_size<'a>(writes: impl IntoIterator<Item = &'a ObjectWrite>) -> Result<()> {
    let bytes: usize = writes.into_iter().map(ObjectWrite::estimated_bytes).sum();
    if bytes > limit::TRANSACTION_BYTES_MAX { Err(StoreError::TooLarge) } else { Ok(()) }
}

/// The record after a change.
fn apply_change(change: &ObjectChange, stamp: Stamp) -> Record {
    let mut record = Record::clone(&change.record);
    record.attributes.extend(change.write.values.iter().cloned());
    record.attributes.insert(UPDATED.to_owned(), Some(Value::Text(stamp.as_str().to_owned())));
    record
}
