//! Imports of records under given GSIDs: those that exist are updated where they differ, the others
//! inserted. An import that is repeated writes nothing.

use std::sync::Arc;

use people_domain::limit;
use people_domain::objects::record::Record;
use people_domain::objects::{self, ObjectFault, ObjectRow, ObjectWrite};
use people_domain::people::needs::Known;
use people_domain::schema::metadata::{Metadata, Object};
use serde_json::Value as Json;

use super::batches::{
    UPDATE_ATTEMPTS_MAX, check_read_limits, collect_needs, find_writable_object,
    reject_faulty_plans, unknown_object_faults,
};
use crate::objects::generation::changes_cached_values;
use crate::people::resolve::parse_record;
use crate::table::budget::ReadBudget;
use crate::table::keys;
use crate::{ObjectChange, Result, StoreError, TenantStore};

/// The field by which imported records are found.
const KEY: &str = "Gsid";

/// The outcomes of the records of a batch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ImportedRecords {
    pub inserted: usize,
    pub updated: usize,
    pub unchanged: usize,
}

/// The outcomes of a batch, or the faults of each of its records.
pub type ImportOutcome = std::result::Result<ImportedRecords, Vec<Vec<ObjectFault>>>;

/// The writes of a batch.
struct ImportPlan {
    inserts: Vec<(String, ObjectWrite)>,
    changes: Vec<ObjectChange>,
    new_labels: Vec<(String, String)>,
}

impl TenantStore {
    /// Imports records of one object, all or none; each has the member `Gsid`. At most
    /// [`limit::BATCH_RECORDS_MAX`], each GSID once.
    pub async fn import_objects(&self, name: &str, records: &[Json]) -> Result<ImportOutcome> {
        let metadata = self.read_metadata().await?;
        let Some((object, _)) = find_writable_object(&metadata, name) else {
            return Ok(Err(unknown_object_faults(name)));
        };
        for _ in 0..UPDATE_ATTEMPTS_MAX {
            let plan = match self.plan_import(object, &metadata, records).await? {
                Ok(plan) => plan,
                Err(faults) => return Ok(Err(faults)),
            };
            let (inserted, updated) = (plan.inserts.len(), plan.changes.len());
            if self.write_import(object, plan).await? {
                let unchanged = records.len().saturating_sub(inserted + updated);
                return Ok(Ok(ImportedRecords { inserted, updated, unchanged }));
            }
        }
        Err(StoreError::contended("a record"))
    }

    async fn plan_import(
        &self,
        object: &Object,
        metadata: &Metadata,
        records: &[Json],
    ) -> Result<std::result::Result<ImportPlan, Vec<Vec<ObjectFault>>>> {
        let rows: Vec<_> =
            records.iter().map(|raw| objects::parse_record(raw, object, &[], metadata)).collect();
        let budget = ReadBudget::for_call(self.usage());
        let mut known = self.resolve_needs(&collect_needs(&rows), &budget).await?;
        check_read_limits(&known)?;
        self.add_imported_records(object, &rows, &mut known).await?;
        let key = [KEY.to_owned()];
        let plan = |row: &ObjectRow<'_>| {
            let query = row.key_query(&key, &known);
            if query.is_some_and(|query| known.matches.contains_key(&query)) {
                objects::plan_update(row, &key, &known)
            } else {
                objects::plan_insert(row, &known)
            }
        };
        let plans = match reject_faulty_plans(rows.iter().map(plan).collect()) {
            Ok(plans) => plans,
            Err(faults) => return Ok(Err(faults)),
        };
        let (mut inserts, mut changes) = (Vec::new(), Vec::new());
        for (raw, plan) in records.iter().zip(plans) {
            match plan.targets.into_iter().next() {
                Some(record) => changes.extend(keep_changed(record, plan.write)),
                None => inserts.push((imported_gsid(raw).to_owned(), plan.write)),
            }
        }
        Ok(Ok(ImportPlan { inserts, changes, new_labels: known.new_labels }))
    }

    /// Reads the records that exist under the GSIDs of the rows, as matches of an update by GSID.
    async fn add_imported_records(
        &self,
        object: &Object,
        rows: &[ObjectRow<'_>],
        known: &mut Known,
    ) -> Result<()> {
        let queries = rows.iter().filter_map(|row| row.key_query(&[KEY.to_owned()], known));
        let keyed: Vec<_> = queries
            .filter_map(|query| {
                let (_, gsid) = query.conditions.first()?;
                let key = keys::record_key(&self.tenant.id, &object.name, gsid);
                Some((key, query))
            })
            .collect();
        let keys = keyed.iter().map(|(key, _)| key.clone()).collect();
        let mut found = self.batch_get_items(keys).await?;
        for (key, query) in keyed {
            if let Some(item) = found.remove(&key) {
                known.matches.insert(query, vec![Arc::new(parse_record(&key, item)?)]);
            }
        }
        Ok(())
    }

    /// Writes a batch; false when another writer came between.
    async fn write_import(&self, object: &Object, plan: ImportPlan) -> Result<bool> {
        if !plan.inserts.is_empty() && !self.insert_records_as(object, plan.inserts).await? {
            return Ok(false);
        }
        if !plan.changes.is_empty() {
            if !self.update_records(object, &plan.changes).await? {
                return Ok(false);
            }
            if changes_cached_values(object, &[KEY.to_owned()], &plan.changes) {
                self.advance_generation().await?;
            }
        }
        self.add_dropdown_items(&plan.new_labels).await?;
        Ok(true)
    }
}

fn imported_gsid(raw: &Json) -> &str {
    raw.get(KEY).and_then(Json::as_str).unwrap_or_default()
}

/// The change of a record by the values that differ; `None` if none does.
fn keep_changed(record: Arc<Record>, mut write: ObjectWrite) -> Option<ObjectChange> {
    write.values.retain(|(code, value)| record.attributes.get(code) != Some(value));
    (!write.values.is_empty()).then_some(ObjectChange { record, write })
}

const _: () = assert!(limit::BATCH_RECORDS_MAX <= limit::UPDATE_RECORDS_MAX);
