//! Imports people by bulk jobs: the records of the export are packed into payloads with the ids of
//! the importing tenant.

use std::fs::File;
use std::io::{BufWriter, Seek, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use people_domain::limit;
use people_domain::schema::metadata::object;
use serde_json::Value as Json;

use super::DirectoryImport;
use super::person_refs::PersonRefs;
use super::result::ImportResult;
use crate::error::CommandError;
use crate::import::file::{BYTES_PER_MB, PayloadFile};
use crate::import::send_payload;
use crate::job;

const HEAD: &[u8] = b"{\"records\":[";
const TAIL: &[u8] = b"]}";

/// A payload that is being packed into a temporary file.
struct PayloadBuilder {
    out: GzEncoder<BufWriter<File>>,
    plain_bytes: u64,
    rows: u64,
}

impl PayloadBuilder {
    fn new() -> std::io::Result<Self> {
        let mut out = GzEncoder::new(BufWriter::new(tempfile::tempfile()?), Compression::fast());
        out.write_all(HEAD)?;
        Ok(Self { out, plain_bytes: (HEAD.len() + TAIL.len()) as u64, rows: 0 })
    }

    fn push(&mut self, record: &[u8]) -> std::io::Result<()> {
        if self.rows > 0 {
            self.out.write_all(b",")?;
        }
        self.out.write_all(record)?;
        self.plain_bytes += record.len() as u64 + 1;
        self.rows += 1;
        Ok(())
    }

    fn finish(mut self) -> std::io::Result<PayloadFile> {
        self.out.write_all(TAIL)?;
        let file = self.out.finish()?.into_inner();
        let mut file = file.map_err(std::io::IntoInnerError::into_error)?;
        let size = file.stream_position()?;
        file.rewind()?;
        Ok(PayloadFile { file, size })
    }
}

fn describe_packing_error(error: &std::io::Error) -> CommandError {
    CommandError::Refused(format!("a payload can't be packed into a temporary file: {error}"))
}

impl DirectoryImport<'_> {
    /// Imports all people, without the ids of people in their fields.
    pub(super) async fn import_people(
        &self,
        refs: &mut PersonRefs,
        result: &mut ImportResult,
    ) -> Result<(), CommandError> {
        self.send_people(result, |record| {
            refs.split_record(record, &self.ids);
            true
        })
        .await
    }

    /// Writes the ids of people into fields of people and of their associations.
    pub(super) async fn import_people_refs(
        &self,
        refs: &mut PersonRefs,
        result: &mut ImportResult,
    ) -> Result<(), CommandError> {
        let mut again = ImportResult::default();
        self.send_people(&mut again, |record| {
            let Some(mut own) = refs.split_record(record, &self.ids) else { return false };
            refs.fill_record(&mut own, &self.ids);
            *record = own;
            true
        })
        .await?;
        result.add_second_step(again);
        Ok(())
    }

    /// Sends the people that `prepare` keeps, in payloads one after the other.
    async fn send_people(
        &self,
        result: &mut ImportResult,
        mut prepare: impl FnMut(&mut Json) -> bool,
    ) -> Result<(), CommandError> {
        let limit_bytes = u64::from(self.args.new.payload_limit_mb) * BYTES_PER_MB;
        let limit_bytes = limit_bytes.min(limit::EXPORT_PAYLOAD_BYTES_MAX);
        let new_payload = || PayloadBuilder::new().map_err(|error| describe_packing_error(&error));
        let mut payload = new_payload()?;
        for file in self.files_of(object::PERSON) {
            for record in file.read()? {
                let mut record = record?.record;
                if !prepare(&mut record) {
                    continue;
                }
                if let Some(members) = record.as_object_mut() {
                    // People are found by their emails: their ids are those of another tenant.
                    members.shift_remove("Gsid");
                }
                self.ids.map_document(&mut record);
                let record = record.to_string();
                if payload.rows > 0 && payload.plain_bytes + record.len() as u64 > limit_bytes {
                    self.send_job(std::mem::replace(&mut payload, new_payload()?), result).await?;
                }
                payload.push(record.as_bytes()).map_err(|error| describe_packing_error(&error))?;
            }
        }
        if payload.rows > 0 {
            self.send_job(payload, result).await?;
        }
        Ok(())
    }

    /// Sends a payload as a job and waits for it.
    async fn send_job(
        &self,
        payload: PayloadBuilder,
        result: &mut ImportResult,
    ) -> Result<(), CommandError> {
        let payload = payload.finish().map_err(|error| describe_packing_error(&error))?;
        let id = send_payload(&self.store, &self.jobs, payload, &self.args.tenant).await?;
        let summary = job::wait_for_job(&self.store, Some(&self.jobs), &id, self.args.wait).await?;
        result.add_job(&summary);
        Ok(())
    }
}
