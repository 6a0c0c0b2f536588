//! Writes batches of records of one object, all or nothing (contract: objects#insert-and-update).

use std::collections::BTreeMap;
use std::sync::Arc;

use people_domain::ids::gsid::GsidKind;
use people_domain::limit;
use people_domain::lookup::Lookup;
use people_domain::objects::record::Record;
use people_domain::objects::{
    self, ObjectCode, ObjectFault, ObjectPlan, ObjectRow, ObjectWrite, WrittenRecord,
};
use people_domain::people::needs::{Known, Needs};
use people_domain::schema::metadata::{Metadata, Object};
use serde_json::{Map, Value as Json};

use crate::objects::generation::changes_cached_values;
use crate::table::budget::ReadBudget;
use crate::{ObjectChange, Result, StoreError, TenantStore};

/// The written records in the order in which they were sent, or the faults of each.
pub type ObjectsOutcome = std::result::Result<Vec<WrittenRecord>, Vec<Vec<ObjectFault>>>;

/// Attempts at an update whose records others change.
pub(super) const UPDATE_ATTEMPTS_MAX: usize = 8;

impl TenantStore {
    pub async fn insert_objects(
        &self,
        name: &str,
        records: &[Json],
        lookups: &[Lookup],
    ) -> Result<ObjectsOutcome> {
        let metadata = self.read_metadata().await?;
        let Some((object, kind)) = find_writable_object(&metadata, name) else {
            return Ok(Err(unknown_object_faults(name)));
        };
        let rows: Vec<_> = records
            .iter()
            .map(|raw| objects::parse_record(raw, object, lookups, &metadata))
            .collect();
        let budget = ReadBudget::for_call(self.usage());
        let known = self.resolve_needs(&collect_needs(&rows), &budget).await?;
        check_read_limits(&known)?;
        let plans = rows.iter().map(|row| objects::plan_insert(row, &known)).collect();
        let plans = match reject_faulty_plans(plans) {
            Ok(plans) => plans,
            Err(faults) => return Ok(Err(faults)),
        };
        let gsids = self
            .insert_records(object, kind, plans.into_iter().map(|plan| plan.write).collect())
            .await?;
        self.add_dropdown_items(&known.new_labels).await?;
        let written = |gsid| WrittenRecord { sent: Map::new(), gsid, count: 1 };
        Ok(Ok(gsids.into_iter().map(written).collect()))
    }

    /// Updates the records that match in the fields `keys`, whose names ignore case.
    pub async fn update_objects(
        &self,
        name: &str,
        keys: &[String],
        records: &[Json],
        lookups: &[Lookup],
    ) -> Result<ObjectsOutcome> {
        let metadata = self.read_metadata().await?;
        let Some((object, _)) = find_writable_object(&metadata, name) else {
            return Ok(Err(unknown_object_faults(name)));
        };
        let keys = match canonicalize_keys(object, keys) {
            Ok(keys) => keys,
            Err(fault) => return Ok(Err(vec![vec![fault]])),
        };
        let rows: Vec<_> = records
            .iter()
            .map(|raw| objects::parse_record(raw, object, lookups, &metadata))
            .collect();
        for _ in 0..UPDATE_ATTEMPTS_MAX {
            let known = self.resolve_for_update(&rows, &keys).await?;
            let plans = rows.iter().map(|row| objects::plan_update(row, &keys, &known)).collect();
            let plans = match reject_faulty_plans(plans) {
                Ok(plans) => plans,
                Err(faults) => return Ok(Err(faults)),
            };
            let changes = merge_changes(&plans);
            if changes.len() > limit::UPDATE_RECORDS_MAX {
                return Ok(Err(vec![vec![too_many_matches_fault(&keys)]]));
            }
            if self.update_records(object, &changes).await? {
                if changes_cached_values(object, &keys, &changes) {
                    self.advance_generation().await?;
                }
                self.add_dropdown_items(&known.new_labels).await?;
                let written = |(row, plan): (ObjectRow<'_>, ObjectPlan)| {
                    let first = plan.targets.first();
                    WrittenRecord {
                        sent: row.sent,
                        gsid: first.map(|record| record.gsid.clone()).unwrap_or_default(),
                        count: plan.targets.len(),
                    }
                };
                return Ok(Ok(rows.into_iter().zip(plans).map(written).collect()));
            }
        }
        Err(StoreError::contended("a record"))
    }

    async fn resolve_for_update(&self, rows: &[ObjectRow<'_>], keys: &[String]) -> Result<Known> {
        let budget = ReadBudget::for_call(self.usage());
        let mut known = self.resolve_needs(&collect_needs(rows), &budget).await?;
        check_read_limits(&known)?;
        let queries = rows.iter().filter_map(|row| row.key_query(keys, &known)).collect();
        let found = self.search_many(&queries, limit::UPDATE_RECORDS_MAX + 1, &budget).await?;
        known.matches.extend(found.matches);
        known.over_read_limit.extend(found.too_much);
        check_read_limits(&known)?;
        Ok(known)
    }
}

/// Refuses an all-or-nothing call when a lookup of it exceeds the read limits.
pub(crate) fn check_read_limits(known: &Known) -> Result<()> {
    match known.over_read_limit.values().min() {
        Some(message) => Err(StoreError::ReadLimitExceeded(message.clone())),
        None => Ok(()),
    }
}

/// The object of this name, unless it is one of people, which are not written here (contract:
/// objects#people-are-not-written-here).
pub(super) fn find_writable_object<'m>(
    metadata: &'m Metadata,
    name: &str,
) -> Option<(&'m Object, GsidKind)> {
    let object = metadata.object(name)?;
    object.record_kind().map(|kind| (object, kind))
}

pub(super) fn unknown_object_faults(name: &str) -> Vec<Vec<ObjectFault>> {
    vec![vec![ObjectFault::with_value(ObjectCode::Invalid, "object", name)]]
}

fn canonicalize_keys(
    object: &Object,
    keys: &[String],
) -> std::result::Result<Vec<String>, ObjectFault> {
    let name = |key: &String| match object.field(key) {
        Some(field) => Ok(field.name.clone()),
        None => Err(ObjectFault::with_value(ObjectCode::Invalid, "keys", key.as_str())),
    };
    keys.iter().map(name).collect()
}

fn too_many_matches_fault(keys: &[String]) -> ObjectFault {
    let value = format!("{} match more than {} records", keys.join(","), limit::UPDATE_RECORDS_MAX);
    ObjectFault::with_value(ObjectCode::Invalid, "keys", value)
}

pub(super) fn collect_needs(rows: &[ObjectRow<'_>]) -> Needs {
    let mut needs = Needs::default();
    rows.iter().for_each(|row| row.add_needs(&mut needs));
    needs
}

/// The plans, if no plan has a fault, or the faults of each.
pub(super) fn reject_faulty_plans(
    plans: Vec<ObjectPlan>,
) -> std::result::Result<Vec<ObjectPlan>, Vec<Vec<ObjectFault>>> {
    if plans.iter().all(|plan| plan.faults.is_empty()) {
        Ok(plans)
    } else {
        Err(plans.into_iter().map(|plan| plan.faults).collect())
    }
}

/// Merges the plans into one change per record: a transaction accepts each item once, and the later
/// plan wins.
fn merge_changes(plans: &[ObjectPlan]) -> Vec<ObjectChange> {
    let mut changes: BTreeMap<&str, (Arc<Record>, BTreeMap<_, _>)> = BTreeMap::new();
    for plan in plans {
        for target in &plan.targets {
            let (_, values) =
                changes.entry(&target.gsid).or_insert_with(|| (target.clone(), BTreeMap::new()));
            values.extend(plan.write.values.iter().cloned());
        }
    }
    let change = |(record, values): (Arc<Record>, BTreeMap<_, _>)| ObjectChange {
        record,
        write: ObjectWrite { values: values.into_iter().collect() },
    };
    changes.into_values().map(change).collect()
}
