//! Imports companies, relationships and records of custom objects, a batch at a time.

use std::collections::HashSet;

use people_domain::limit;
use people_domain::objects::ObjectFault;
use people_domain::schema::metadata::Object;
use serde_json::Value as Json;

use super::DirectoryImport;
use super::person_refs::PersonRefs;
use super::records_file::{Place, PlacedRecord};
use super::result::ImportResult;
use crate::error::CommandError;
use crate::output::print_message;

/// Bytes of the lines of a batch: it is one transaction, and may have entries beside its records.
const BATCH_BYTES_MAX: usize = limit::TRANSACTION_BYTES_MAX / 4;

/// Refused records that are shown.
const REFUSALS_SHOWN_MAX: u64 = 10;

/// Records of one file that are written together.
#[derive(Default)]
struct Batch {
    file: String,
    records: Vec<PlacedRecord>,
    bytes: usize,
}

/// The outcome of the first step that the second one needs, by object.
#[derive(Default)]
pub(super) struct FirstStep {
    /// Records that were refused: the second step must not make rows of their references.
    refused: HashSet<Place>,
    /// The number of records that can't be written before the people.
    deferred: u64,
}

impl DirectoryImport<'_> {
    /// Imports the records of an object without the ids of people that they hold, but not those
    /// that need such an id.
    pub(super) async fn import_records(
        &self,
        object: &str,
        refs: &mut PersonRefs,
        result: &mut ImportResult,
    ) -> Result<FirstStep, CommandError> {
        let metadata = self.store.read_metadata().await?;
        let (target, before) = (metadata.object(object), result.records);
        let mut deferred = 0;
        let prepare = |_, record: &mut Json| {
            let needs_people = self.needs_people(target, record);
            deferred += u64::from(needs_people);
            refs.split_record(record, &self.ids);
            !needs_people
        };
        let refused = self.write_records(object, result, prepare).await?;
        let counts = result.records.since(before);
        if deferred > 0 {
            print_message(&format!("{object}: {counts}; {deferred} after the people they need"));
        } else {
            print_message(&format!("{object}: {counts}"));
        }
        Ok(FirstStep { refused, deferred })
    }

    /// Writes the ids of people into the records of an object, and the records that need them.
    pub(super) async fn import_record_refs(
        &self,
        object: &str,
        first: &FirstStep,
        refs: &mut PersonRefs,
        result: &mut ImportResult,
    ) -> Result<(), CommandError> {
        let metadata = self.store.read_metadata().await?;
        let (target, before) = (metadata.object(object), result.records);
        if first.deferred > 0 {
            let prepare = |_, record: &mut Json| {
                let needs_people = self.needs_people(target, record);
                refs.fill_record(record, &self.ids);
                needs_people
            };
            self.write_records(object, result, prepare).await?;
            print_message(&format!("{object}: {}", result.records.since(before)));
        }
        let mut again = ImportResult::default();
        let prepare = |place, record: &mut Json| {
            if first.refused.contains(&place) || self.needs_people(target, record) {
                return false;
            }
            let Some(mut own) = refs.split_record(record, &self.ids) else { return false };
            refs.fill_record(&mut own, &self.ids);
            *record = own;
            true
        };
        self.write_records(object, &mut again, prepare).await?;
        result.records.failed += again.records.failed;
        Ok(())
    }

    /// Whether a required field holds the id of a person: without it the record is refused.
    fn needs_people(&self, target: Option<&Object>, record: &Json) -> bool {
        let is_required =
            |name: &str| target.and_then(|target| target.field(name)).is_some_and(|f| f.required);
        let is_person = |value: &Json| value.as_str().is_some_and(|id| self.ids.is_person_id(id));
        record.as_object().is_some_and(|members| {
            members.iter().any(|(name, value)| is_person(value) && is_required(name))
        })
    }

    /// Writes the records that `prepare` keeps. Returns those that were refused.
    async fn write_records(
        &self,
        object: &str,
        result: &mut ImportResult,
        mut prepare: impl FnMut(Place, &mut Json) -> bool,
    ) -> Result<HashSet<Place>, CommandError> {
        let mut refused = HashSet::new();
        for file in self.files_of(object) {
            let new_batch = || Batch { file: file.name(), ..Batch::default() };
            let mut batch = new_batch();
            for record in file.read()? {
                let mut record = record?;
                if !prepare(record.place, &mut record.record) {
                    continue;
                }
                self.ids.map_document(&mut record.record);
                let bytes = record.record.to_string().len();
                if batch.records.len() == limit::BATCH_RECORDS_MAX
                    || batch.bytes + bytes > BATCH_BYTES_MAX
                {
                    let full = std::mem::replace(&mut batch, new_batch());
                    self.write_batch(object, full, result, &mut refused).await?;
                }
                batch.bytes += bytes;
                batch.records.push(record);
            }
            self.write_batch(object, batch, result, &mut refused).await?;
        }
        Ok(refused)
    }

    /// Writes a batch; the records that are refused are left out of it and reported.
    async fn write_batch(
        &self,
        object: &str,
        mut batch: Batch,
        result: &mut ImportResult,
        refused: &mut HashSet<Place>,
    ) -> Result<(), CommandError> {
        while !batch.records.is_empty() {
            let records: Vec<_> =
                batch.records.iter().map(|placed| placed.record.clone()).collect();
            let faults = match self.store.import_objects(object, &records).await? {
                Ok(imported) => {
                    result.records.add(imported);
                    return Ok(());
                }
                Err(faults) => faults,
            };
            if faults.len() != batch.records.len() {
                return Err(unknown_object(object, &self.state.tenant, self.args.tenant.as_str()));
            }
            let mut faults = faults.into_iter();
            batch.records.retain(|placed| {
                let faults = faults.next().unwrap_or_default();
                if !faults.is_empty() {
                    result.records.failed += 1;
                    refused.insert(placed.place);
                    report_refusal(&batch.file, placed.place, &faults, result.records.failed);
                }
                faults.is_empty()
            });
        }
        Ok(())
    }
}

fn report_refusal(file: &str, place: Place, faults: &[ObjectFault], count: u64) {
    if count > REFUSALS_SHOWN_MAX {
        return;
    }
    let faults: Vec<_> =
        faults.iter().map(|fault| format!("{} ({})", fault.field, fault.code.as_str())).collect();
    print_message(&format!("{file}, line {}: refused: {}", place.line, faults.join(", ")));
}

fn unknown_object(object: &str, source: &str, target: &str) -> CommandError {
    CommandError::Refused(format!(
        "tenant {target} has no object {object}: first give it the schema (`people schema export \
         {source} > schema.yaml`, `people schema apply {target} schema.yaml`)"
    ))
}
