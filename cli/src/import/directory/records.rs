//! Imports companies, relationships and records of custom objects, a batch at a time.

use people_domain::limit;
use people_domain::objects::ObjectFault;
use serde_json::Value as Json;

use super::DirectoryImport;
use super::person_refs::PersonRefs;
use super::records_file::NumberedRecord;
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
    records: Vec<NumberedRecord>,
    bytes: usize,
}

impl DirectoryImport<'_> {
    /// Imports the records of an object without the ids of people that they hold.
    pub(super) async fn import_records(
        &self,
        object: &str,
        refs: &mut PersonRefs,
        result: &mut ImportResult,
    ) -> Result<(), CommandError> {
        let before = result.records;
        self.write_records(object, result, |record| {
            refs.split_record(record, &self.ids);
            true
        })
        .await?;
        print_message(&format!("{object}: {}", result.records.since(before)));
        Ok(())
    }

    /// Writes the ids of people into the records of an object.
    pub(super) async fn import_record_refs(
        &self,
        object: &str,
        refs: &mut PersonRefs,
        result: &mut ImportResult,
    ) -> Result<(), CommandError> {
        let mut again = ImportResult::default();
        self.write_records(object, &mut again, |record| {
            let Some(mut own) = refs.split_record(record, &self.ids) else { return false };
            refs.fill_record(&mut own, &self.ids);
            *record = own;
            true
        })
        .await?;
        result.records.failed += again.records.failed;
        Ok(())
    }

    /// Writes the records that `prepare` keeps.
    async fn write_records(
        &self,
        object: &str,
        result: &mut ImportResult,
        mut prepare: impl FnMut(&mut Json) -> bool,
    ) -> Result<(), CommandError> {
        for file in self.files_of(object) {
            let new_batch = || Batch { file: file.name(), ..Batch::default() };
            let mut batch = new_batch();
            for record in file.read()? {
                let mut record = record?;
                if !prepare(&mut record.record) {
                    continue;
                }
                self.ids.map_document(&mut record.record);
                let bytes = record.record.to_string().len();
                if batch.records.len() == limit::BATCH_RECORDS_MAX
                    || batch.bytes + bytes > BATCH_BYTES_MAX
                {
                    let full = std::mem::replace(&mut batch, new_batch());
                    self.write_batch(object, full, result).await?;
                }
                batch.bytes += bytes;
                batch.records.push(record);
            }
            self.write_batch(object, batch, result).await?;
        }
        Ok(())
    }

    /// Writes a batch; the records that are refused are left out of it and reported.
    async fn write_batch(
        &self,
        object: &str,
        mut batch: Batch,
        result: &mut ImportResult,
    ) -> Result<(), CommandError> {
        while !batch.records.is_empty() {
            let records: Vec<_> =
                batch.records.iter().map(|numbered| numbered.record.clone()).collect();
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
            batch.records.retain(|numbered| {
                let faults = faults.next().unwrap_or_default();
                if !faults.is_empty() {
                    result.records.failed += 1;
                    report_refusal(&batch.file, numbered.line, &faults, result.records.failed);
                }
                faults.is_empty()
            });
        }
        Ok(())
    }
}

fn report_refusal(file: &str, line: usize, faults: &[ObjectFault], count: u64) {
    if count > REFUSALS_SHOWN_MAX {
        return;
    }
    let faults: Vec<_> =
        faults.iter().map(|fault| format!("{} ({})", fault.field, fault.code.as_str())).collect();
    print_message(&format!("{file}, line {line}: refused: {}", faults.join(", ")));
}

fn unknown_object(object: &str, source: &str, target: &str) -> CommandError {
    CommandError::Refused(format!(
        "tenant {target} has no object {object}: first give it the schema (`people schema export \
         {source} > schema.yaml`, `people schema apply {target} schema.yaml`)"
    ))
}
